"""OpenTelemetry traces that follow its semantic conventions for generative AI, if it is installed.

Each article has a span, with a child span for each request to a model:
https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/. Spans contain articles and
answers only if ``OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT`` is
``true``, and never keys.
"""

from __future__ import annotations

import json
import os
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from opentelemetry.trace import Span

    from communique.models.base import Message
    from communique.models.endpoint import Endpoint
    from communique.models.receipts import Tally
    from communique.prompts import Sampling

__all__ = ["CAPTURE_VARIABLE", "Attributes", "request_span", "span"]

Attributes = Mapping[str, str | int | float | bool | Sequence[str] | None]
"""Attributes of a span; None values are omitted."""

CAPTURE_VARIABLE = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"


class Recorder:
    """A writer of attributes to a span, if there is one."""

    def __init__(self, span: Span | None) -> None:
        self._span = span

    def add(self, attributes: Attributes) -> None:
        """Add attributes; None values are omitted."""
        if self._span is not None:
            self._span.set_attributes(_known(attributes))


@contextmanager
def span(name: str, attributes: Attributes, *, is_request: bool = False) -> Generator[Recorder]:
    """Open a span for the ``with`` block; record the class of an error that ends it.

    Args:
        name: the span's name.
        attributes: attributes known at the start.
        is_request: whether the span is a request to another server.
    """
    if not _is_installed():
        yield Recorder(None)
        return
    from opentelemetry.trace import SpanKind, Status, StatusCode, get_tracer

    kind = SpanKind.CLIENT if is_request else SpanKind.INTERNAL
    tracer = get_tracer("communique")
    with tracer.start_as_current_span(
        name,
        kind=kind,
        attributes=_known(attributes),
        # An error's message may quote the answer.
        record_exception=False,
        set_status_on_exception=False,
    ) as started:
        try:
            yield Recorder(started)
        except BaseException as error:
            started.set_attribute("error.type", type(error).__qualname__)
            started.set_status(Status(StatusCode.ERROR))
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
    with span(
        f"chat {endpoint.model}",
        {
            **_where("chat", provider, endpoint),
            "gen_ai.output.type": "json",
            "gen_ai.request.temperature": float(sampling.temperature),
            "gen_ai.request.max_tokens": sampling.max_tokens,
            "gen_ai.request.seed": sampling.seed,
        },
        is_request=True,
    ) as recorder:
        if _captures_content():
            said = [(message["role"], message["content"]) for message in messages]
            recorder.add({"gen_ai.input.messages": _messages_attribute(said)})
        try:
            yield
        finally:
            for receipt in tally.receipts[before:]:
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
