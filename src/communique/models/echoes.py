"""A transport that hides keys in what a server sends back beside its answer.

Other libraries log status lines and headers at the level DEBUG, so a key that a server repeats
there must be gone before they see it. Importing httpx is slow, so only code that asks a server
imports this module.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any, cast

import httpx2

from communique.models.secrets import scrub, scrub_exception

__all__ = ["Unechoed"]

_WIRE_LOG = "httpcore2.http11"


class Unechoed(httpx2.AsyncBaseTransport):
    """A transport whose responses have no keys in their status lines and headers.

    Args:
        inner: the transport that sends the requests.
    """

    def __init__(self, inner: httpx2.AsyncBaseTransport) -> None:
        self._inner = inner

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request, and return its response without echoes of keys."""
        if logging.getLogger(_WIRE_LOG).isEnabledFor(logging.DEBUG):
            request.extensions["trace"] = _before_logging(request.extensions.get("trace"))
        response = await self._inner.handle_async_request(request)
        # As bytes: a server may send what is no text.
        response.headers = httpx2.Headers([(n, _scrubbed(v)) for n, v in response.headers.raw])
        if reason := response.extensions.get("reason_phrase"):
            response.extensions["reason_phrase"] = _scrubbed(reason)
        return response

    async def aclose(self) -> None:
        """Close all connections."""
        await self._inner.aclose()


_Tracer = Callable[[str, dict[str, Any]], Awaitable[None]]


def _before_logging(others: _Tracer | None) -> _Tracer:
    """Return a tracer, which httpcore calls with each event before it logs the same event."""

    async def trace(name: str, event: dict[str, Any]) -> None:
        if others is not None:
            await others(name, event)
        scrub_exception(event.get("exception"))
        if "return_value" in event:
            event["return_value"] = _scrubbed(event["return_value"])

    return trace


def _scrubbed(value: Any) -> Any:
    """Return bytes, or the status and headers that contain some, without keys."""
    if isinstance(value, bytes):
        return scrub(value.decode("latin-1")).encode("latin-1")
    if type(value) is tuple or type(value) is list:
        items = cast("list[object] | tuple[object, ...]", value)
        return type(items)(_scrubbed(item) for item in items)
    return value
