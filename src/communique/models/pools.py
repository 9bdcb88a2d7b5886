"""A transport that spreads connections over small pools.

httpx's pool scans all of its connections whenever a request begins or ends, and polls the idle
ones. With a hundred questions in flight this dominates the time of a call; with a few per pool
it is negligible. Importing httpx is slow, so only code that asks a server imports this module.
"""

from __future__ import annotations

import ssl

import httpx2

__all__ = ["Pools"]

_PER_POOL = 16
"""Number of requests in flight per pool before another pool is opened."""

_MOST_POOLS = 64


class Pools(httpx2.AsyncBaseTransport):
    """A transport that opens pools as needed.

    Args:
        tls: context for encrypted connections.
        proxy: the proxy to connect through, or None.

    Raises:
        ImportError: the proxy needs a package that is not installed.
    """

    def __init__(self, tls: ssl.SSLContext, proxy: httpx2.Proxy | None = None) -> None:
        self._tls = tls
        self._proxy = proxy
        self._pools = [self._open()]
        self._in_flight = [0]

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request through the first pool that has room."""
        number = self._choose()
        self._in_flight[number] += 1
        try:
            return await self._pools[number].handle_async_request(request)
        finally:
            self._in_flight[number] -= 1

    async def aclose(self) -> None:
        """Close all connections."""
        for pool in self._pools:
            await pool.aclose()

    def _choose(self) -> int:
        for number, count in enumerate(self._in_flight):
            if count < _PER_POOL:
                return number
        if len(self._pools) < _MOST_POOLS:
            self._pools.append(self._open())
            self._in_flight.append(0)
        return self._in_flight.index(min(self._in_flight))

    def _open(self) -> httpx2.AsyncHTTPTransport:
        return httpx2.AsyncHTTPTransport(verify=self._tls, proxy=self._proxy, trust_env=False)
