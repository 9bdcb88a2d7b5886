"""OpenTelemetry traces and metrics by its conventions for generative AI, if it is installed.

Each article has a span, with a child span for each request to a model:
https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/. All of them have the article's
id. Spans contain articles and answers only if
``OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT`` is ``true``, and never keys. Each request
counts in the conventions' two metrics of a client, its duration and its tokens: see `measures`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Generator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from communique._internal.logs import about_article, article_id
from communique.models.measures import count_tokens, timed

if TYPE_CHECKING:
    from opentelemetry.trace import Span

    from communique.models.base import Message
    from communique.models.endpoint import Endpoint
    from communique.models.receipts import Tally
    from communique.prompts import Sampling

__all__ = [
    "ARTICLE_ID",
    "CAPTURE_VARIABLE",
    "ArticleTrace",
    "Attributes",
    "request_span",
    "trace_article",
]

Attributes = Mapping[str, str | int | float | bool | Sequence[str] | None]
"""Attributes of a span; None values are omitted."""

ARTICLE_ID = "communique.article.id"

CAPTURE_VARIABLE = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"


class Recorder:
    """A writer of attributes to a span, if there is one."""

    def __init__(self, span: Span | None) -> None:
        self._span = span

    def add(self, attributes: Attributes) -> None:
        """Add attributes; None values are omitted."""
        if self._span is not None:
            self._span.set_attributes(_known(attributes))

    def fail(self, error: BaseException) -> None:
        """Record the class of an error. Its message may quote the answer, and is left out."""
        if self._span is not None:
            from opentelemetry.trace import Status, StatusCode

            self._span.set_attribute("error.type", type(error).__qualname__)
            self._span.set_status(Status(StatusCode.ERROR))


class ArticleTrace(Recorder):
    """The trace of one article's reading, which may be interrupted between its statements."""

    def __init__(self, span: Span | None, article: str, sha256: str) -> None:
        super().__init__(span)
        self._article = article
        self._sha256 = sha256

    @contextmanager
    def step(self) -> Generator[None]:
        """Make requests and log lines part of the article's trace during the ``with`` block.

        The block must begin and end in the same task. Between the statements of a stream,
        the caller's own spans and log lines are not part of it.
        """
        with about_article(self._article, self._sha256), self._current():
            yield

    def _current(self) -> AbstractContextManager[object]:
        if self._span is None:
            return nullcontext()
        from opentelemetry.trace import use_span

        return use_span(self._span, record_exception=False, set_status_on_exception=False)


@contextmanager
def trace_article(article: str, sha256: str, attributes: Attributes) -> Generator[ArticleTrace]:
    """Trace the reading of an article during the ``with`` block; record an error that ends it.

    Args:
        article: the article's id.
        sha256: the hash of its text.
        attributes: attributes known at the start.
    """
    if not _is_installed():
        yield ArticleTrace(None, article, sha256)
        return
    from opentelemetry.trace import get_tracer

    span = get_tracer("communique").start_span(
        "summarize", attributes=_known({ARTICLE_ID: article, **attributes})
    )
    trace = ArticleTrace(span, article, sha256)
    try:
        yield trace
    except GeneratorExit:  # a stream that is left early is no failure
        raise
    except BaseException as error:
        trace.fail(error)
        raise
    finally:
        span.end()


@contextmanager
def _request(name: str, attributes: Attributes) -> Generator[Recorder]:
    """Open a span for a request to a server during the ``with`` block."""
    from opentelemetry.trace import SpanKind, get_tracer

    with get_tracer("communique").start_as_current_span(
        name,
        kind=SpanKind.CLIENT,
        attributes=_known({ARTICLE_ID: article_id(), **attributes}),
        record_exception=False,
        set_status_on_exception=False,
    ) as started:
        recorder = Recorder(started)
        try:
            yield recorder
        except BaseException as error:
            recorder.fail(error)
            raise


@contextmanager
def request_span(
    provider: str,
    endpoint: Endpoint,
    messages: Sequence[Message],
    sampling: Sampling,
    tally: Tally,
) -> Generator[None]:
    """Trace one request; its answer is what the tally gains meanwhile."""
    if not _is_installed():
        yield
        return
    before = len(tally.receipts)
    where = _where("chat", provider, endpoint)
    with (
        timed(where),
        _request(
            f"chat {endpoint.model}",
            {
                **where,
                "gen_ai.output.type": "json",
                "gen_ai.request.temperature": float(sampling.temperature),
                "gen_ai.request.max_tokens": sampling.max_tokens,
                "gen_ai.request.seed": sampling.seed,
            },
        ) as recorder,
    ):
        if _captures_content():
            said = [(message["role"], message["content"]) for message in messages]
            recorder.add({"gen_ai.input.messages": _messages_attribute(said)})
        try:
            yield
        finally:
            for receipt in tally.receipts[before:]:
                count_tokens(where, receipt)
                recorder.add(
                    {
                        "gen_ai.response.model": receipt.model,
                        "gen_ai.response.finish_reasons": receipt.finish_reason
                        and [receipt.finish_reason],
                        "gen_ai.usage.input_tokens": receipt.usage.input_tokens,
                        "gen_ai.usage.output_tokens": receipt.usage.output_tokens,
                        "gen_ai.usage.cache_read.input_tokens": receipt.usage.cached_input_tokens,
                        "gen_ai.output.messages": _messages_attribute([("assistant", receipt.raw)])
                        if _captures_content()
                        else None,
                    }
                )


def _where(operation: str, provider: str, endpoint: Endpoint) -> dict[str, str | int | None]:
    """Return the attributes that name operation, provider, model and server."""
    server = urlsplit(endpoint.base_url or "")
    return {
        "gen_ai.operation.name": operation,
        "gen_ai.provider.name": provider,
        "gen_ai.request.model": endpoint.model,
        "server.address": server.hostname,
        "server.port": server.port,
    }


def _captures_content() -> bool:
    """Return whether spans may contain messages and answers."""
    return os.environ.get(CAPTURE_VARIABLE, "").strip().casefold() == "true"


def _messages_attribute(messages: Sequence[tuple[str, str]]) -> str:
    """Return roles and texts in the JSON form of the conventions."""
    return json.dumps(
        [{"role": r, "parts": [{"type": "text", "content": text}]} for r, text in messages],
        ensure_ascii=False,
    )


def _known(attributes: Attributes) -> dict[str, Any]:
    return {name: value for name, value in attributes.items() if value is not None}


@lru_cache(maxsize=1)
def _is_installed() -> bool:
    try:
        import opentelemetry.trace  # noqa: F401  # pyright: ignore[reportUnusedImport]
    except ImportError:
        return False
    return True
