"""Traces by OpenTelemetry's conventions for generative AI, and what is never in them."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from builders import KEY, answers, completion, status, summarizer
from communique.errors import CommuniqueError
from communique.models.tracing import CAPTURE_VARIABLE

if TYPE_CHECKING:
    from pytest_httpserver import HTTPServer

TEXT = "Ruritania opposes the dam. Talks go on."
EXPORTER = InMemorySpanExporter()


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(EXPORTER))
    monkeypatch.setattr(trace, "get_tracer", provider.get_tracer)
    monkeypatch.delenv(CAPTURE_VARIABLE, raising=False)
    EXPORTER.clear()
    return EXPORTER


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
