"""Traces by OpenTelemetry's conventions for generative AI, and what is never in them."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry import metrics, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from werkzeug import Response

from builders import KEY, answers, completion, status, summarizer
from communique import Article, Summarizer
from communique.errors import CommuniqueError
from communique.models import measures
from communique.models.tracing import CAPTURE_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_httpserver import HTTPServer

TEXT = "Ruritania opposes the dam. Talks go on."
WHOLE = Response(json.dumps(completion()), content_type="application/json")
EXPORTER = InMemorySpanExporter()


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(EXPORTER))
    monkeypatch.setattr(trace, "get_tracer", provider.get_tracer)
    monkeypatch.delenv(CAPTURE_VARIABLE, raising=False)
    EXPORTER.clear()
    return EXPORTER


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemoryMetricReader]:
    reader = InMemoryMetricReader()
    provider = MeterProvider([reader])
    monkeypatch.setattr(metrics, "get_meter", provider.get_meter)
    for instrument in (measures._durations, measures._tokens):
        instrument.cache_clear()
    yield reader
    for instrument in (measures._durations, measures._tokens):
        instrument.cache_clear()


def points(reader: InMemoryMetricReader) -> dict[str, list[Any]]:
    """The recorded points of each metric."""
    data = reader.get_metrics_data()
    assert data is not None
    (resource,) = data.resource_metrics
    (scope,) = resource.scope_metrics
    assert scope.scope.name == "communique"
    return {metric.name: list(metric.data.data_points) for metric in scope.metrics}


def test_a_request_is_a_span_below_its_article(
    httpserver: HTTPServer, spans: InMemorySpanExporter
) -> None:
    """Names, kinds and attributes are those of the conventions; no text and no key is in them."""
    answers(httpserver, completion())
    with summarizer(httpserver) as reader:
        reader.summarize(TEXT)
    request, article = spans.get_finished_spans()
    assert (request.name, request.kind) == ("chat test", trace.SpanKind.CLIENT)
    assert dict(request.attributes or {}) == {
        "communique.article.id": Article(text=TEXT).id,
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.output.type": "json",
        "gen_ai.request.model": "test",
        "gen_ai.request.temperature": 0.0,
        "gen_ai.request.max_tokens": reader.prompt.sampling.max_tokens,
        "gen_ai.request.seed": reader.prompt.sampling.seed,
        "server.address": httpserver.host,
        "server.port": httpserver.port,
        "gen_ai.response.model": "test-1",
        "gen_ai.response.finish_reasons": ("stop",),
        "gen_ai.usage.input_tokens": 100,
        "gen_ai.usage.output_tokens": 20,
        "gen_ai.usage.cache_read.input_tokens": 40,
    }
    assert request.parent is not None
    assert request.parent.span_id == article.context.span_id
    assert article.name == "summarize"
    assert dict(article.attributes or {}) == {
        "communique.article.id": Article(text=TEXT).id,
        "communique.prompt": "v1",
        "communique.strategy": "whole",
        "communique.sentences": 2,
        "communique.statements": 1,
    }
    everything = request.to_json() + article.to_json()
    assert KEY not in everything
    assert "Ruritania" not in everything


def test_each_attempt_is_a_span_with_its_error(
    httpserver: HTTPServer, spans: InMemorySpanExporter
) -> None:
    """Both failed requests and the article say which error it was, and nothing of its text."""
    answers(httpserver, status(503, Retry_After="0"))
    with summarizer(httpserver) as reader, pytest.raises(CommuniqueError):
        reader.summarize(TEXT)
    finished = spans.get_finished_spans()
    assert [span.name for span in finished] == ["chat test", "chat test", "summarize"]
    for span in finished:
        assert span.status.status_code is trace.StatusCode.ERROR
        assert (span.attributes or {})["error.type"] == "ProviderUnavailable"
        assert not span.events
        assert KEY not in span.to_json()


def test_content_is_recorded_only_if_wished(
    httpserver: HTTPServer, spans: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the conventions' variable set, messages and answers are there, in their JSON form."""
    monkeypatch.setenv(CAPTURE_VARIABLE, "true")
    answers(httpserver, completion())
    with summarizer(httpserver) as reader:
        reader.summarize(TEXT)
    attributes = spans.get_finished_spans()[0].attributes or {}
    assert "Ruritania opposes the dam." in str(attributes["gen_ai.input.messages"])
    assert str(attributes["gen_ai.output.messages"]).startswith('[{"role": "assistant", "parts"')
    assert KEY not in str(attributes)


@pytest.mark.parametrize("way", ["stream", "astream"])
def test_a_stream_has_its_articles_span(
    httpserver: HTTPServer, spans: InMemorySpanExporter, way: str
) -> None:
    """It is that of `summarize`, with the request below it; the caller's spans are not below it."""
    answers(httpserver, WHOLE)
    tracer = trace.get_tracer("program")

    async def read(reader: Summarizer) -> None:
        async with reader.astream(TEXT) as statements:
            async for _ in statements:
                tracer.start_span("between").end()
        await reader.aclose()

    with summarizer(httpserver) as reader, tracer.start_as_current_span("program"):
        if way == "astream":
            asyncio.run(read(reader))
        else:
            for _ in reader.stream(TEXT):
                tracer.start_span("between").end()
    found = {span.name: span for span in spans.get_finished_spans()}
    assert set(found) == {"chat test", "between", "summarize", "program"}
    assert found["chat test"].parent == found["summarize"].context
    assert found["between"].parent == found["program"].context
    assert found["summarize"].parent == found["program"].context
    about = found["summarize"].attributes or {}
    assert (about["communique.statements"], about["communique.prompt"]) == (1, "v1")
    assert about["communique.article.id"] == Article(text=TEXT).id


@pytest.mark.parametrize("way", ["left", "failed", "cancelled"])
def test_a_stream_that_ends_early(
    httpserver: HTTPServer, spans: InMemorySpanExporter, way: str
) -> None:
    """Its span ends, too: as an error only if there was one."""
    answers(httpserver, WHOLE if way == "left" else status(503, Retry_After="0"))
    with summarizer(httpserver) as reader:
        if way == "left":
            with reader.stream(TEXT) as statements:
                next(statements)
        elif way == "failed":
            with pytest.raises(CommuniqueError):
                list(reader.stream(TEXT))
        else:
            asyncio.run(_cancelled(reader))
    (article,) = [span for span in spans.get_finished_spans() if span.name == "summarize"]
    kind = {"left": None, "failed": "ProviderUnavailable", "cancelled": "CancelledError"}[way]
    assert (article.attributes or {}).get("error.type") == kind


async def _cancelled(reader: Summarizer) -> None:
    async def read() -> None:
        async for _ in reader.astream(TEXT):
            raise AssertionError

    task = asyncio.ensure_future(read())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await reader.aclose()


def test_durations_and_tokens_are_measured(
    httpserver: HTTPServer, measured: InMemoryMetricReader
) -> None:
    """By the conventions' names, units, attributes and boundaries, for failed requests, too."""
    answers(httpserver, status(503, Retry_After="0"), completion())
    with summarizer(httpserver) as reader:
        reader.summarize(TEXT)
    found = points(measured)
    assert set(found) == {"gen_ai.client.operation.duration", "gen_ai.client.token.usage"}
    where = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "test",
        "server.address": httpserver.host,
        "server.port": httpserver.port,
    }
    durations = found["gen_ai.client.operation.duration"]
    assert [dict(point.attributes) for point in durations] == [
        {**where, "error.type": "ProviderUnavailable"},
        where,
    ]
    assert durations[0].explicit_bounds[:3] == (0.01, 0.02, 0.04)
    assert all(point.count == 1 and 0 < point.sum < 60 for point in durations)
    tokens = {
        point.attributes["gen_ai.token.type"]: point for point in found["gen_ai.client.token.usage"]
    }
    assert {kind: point.sum for kind, point in tokens.items()} == {"input": 100, "output": 20}
    assert tokens["input"].attributes["gen_ai.response.model"] == "test-1"
    assert tokens["input"].explicit_bounds[-1] == 67_108_864


def test_works_without_opentelemetry() -> None:
    """A machine that has no OpenTelemetry gets its summary all the same."""
    program = """
import sys
sys.modules["opentelemetry"] = None
from communique import summarize
from communique.testing import ScriptedModel
print(len(summarize("Ruritania opposes the dam.", model=ScriptedModel(['{"gist": "A dam.", "statements": []}']), prompt="v1").statements))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.stdout == "0\n", done.stderr
