"""Clients of openai's SDK, one per endpoint and event loop."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from openai import AsyncOpenAI

    from communique.models.endpoint import Endpoint

__all__ = ["NO_KEY", "Clients", "open_client"]

NO_KEY = "-"
"""What SDKs are given for a key, so that they look for none; the transport adds the real one."""


class Clients:
    """Clients by endpoint and event loop, since connections belong to a loop.

    Args:
        timeout: seconds to wait for a response.
        most_bytes: maximum length of a response; None: that of an answer.
    """

    def __init__(self, timeout: float, most_bytes: int | None = None) -> None:
        self._timeout = timeout
        self._most_bytes = most_bytes
        self._clients: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[Endpoint, AsyncOpenAI]] = (
            WeakKeyDictionary()
        )

    def get(self, endpoint: Endpoint) -> AsyncOpenAI:
        """Return the running loop's client for an endpoint.

        Raises:
            SettingsError: a proxy or a certificate file can't be used.
        """
        loop = asyncio.get_running_loop()
        if loop not in self._clients:
            for other in [other for other in self._clients if other.is_closed()]:
                del self._clients[other]
            self._clients[loop] = {}
        clients = self._clients[loop]
        if endpoint not in clients:
            clients[endpoint] = open_client(endpoint, self._timeout, self._most_bytes)
        return clients[endpoint]

    async def aclose(self) -> None:
        """Close the running loop's connections."""
        for client in self._clients.pop(asyncio.get_running_loop(), {}).values():
            await client.close()


def open_client(endpoint: Endpoint, timeout: float, most_bytes: int | None = None) -> AsyncOpenAI:
    """Return a client that never retries: ``retrying.py`` does that.

    Raises:
        SettingsError: a proxy or a certificate file can't be used.
    """
    from openai import AsyncOpenAI

    from communique.models.transport import MOST_BYTES, open_http_client

    http_client = open_http_client(endpoint, timeout, most_bytes=most_bytes or MOST_BYTES)
    return AsyncOpenAI(
        api_key=NO_KEY,
        base_url=endpoint.base_url,
        max_retries=0,
        timeout=http_client.timeout,
        http_client=http_client,
    )
