"""Traces for OpenTelemetry, by its semantic conventions for generative AI, if its API is there.

One span for an article, and below it one for each request that is sent to a model:
https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/. What was said (the article and
the answers) is in a span only if ``OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT`` is
``true``; keys never are.
"""

from __future__ import annotations

import json
import os
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from opentelemetry.trace import Span

__all__ = ["CAPTURE_VARIABLE", "Attributes", "captures_content", "messages_attribute", "span"]

Attributes = Mapping[str, str | int | float | bool | Sequence[str] | None]
"""A span's attributes; those that are None are left out."""

CAPTURE_VARIABLE = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"


class Recorder:
    """Adds attributes to a span, if there is one."""

    def __init__(self, span: Span | None) -> None:
        self._span = span

    def add(self, attributes: Attributes) -> None:
        """Those that are None are left out."""
        if self._span is not None:
            self._span.set_attributes(_known(attributes))


@contextmanager
def span(name: str, attributes: Attributes, *, is_request: bool = False) -> Generator[Recorder]:
    """A span around what is done, with the class of the error that ends it.

    Args:
        name: the span's name.
        attributes: what is known from the start.
        is_request: whether another server is asked.
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


def captures_content() -> bool:
    """Whether what was said may stand in a span."""
    return os.environ.get(CAPTURE_VARIABLE, "").strip().casefold() == "true"


def messages_attribute(messages: Sequence[tuple[str, str]]) -> str:
    """Roles and texts in the JSON form of the conventions."""
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
