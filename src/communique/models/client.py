"""Clients of openai's SDK, one per endpoint and event loop."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import getproxies
from weakref import WeakKeyDictionary

from communique.errors import SettingsError
from communique.models.secrets import remember, scrub

if TYPE_CHECKING:
    import ssl

    import httpx2
    from openai import AsyncOpenAI

    from communique.models.endpoint import Endpoint

__all__ = ["Clients", "open_client"]

CONNECT_SECONDS = 10

MOST_BYTES = 32 * 1024 * 1024
"""Maximum length of a response body. Answers have a few kilobytes."""


class Clients:
    """Clients by endpoint and event loop, since connections belong to a loop.

    Args:
        timeout: seconds to wait for a response.
    """

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self._clients: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[Endpoint, AsyncOpenAI]] = (
            WeakKeyDictionary()
        )

    def get(self, endpoint: Endpoint) -> AsyncOpenAI:
        """Return the running loop's client for an endpoint.

        Raises:
            SettingsError: a proxy, a certificate file or the URL can't be used.
        """
        loop = asyncio.get_running_loop()
        if loop not in self._clients:
            for other in [other for other in self._clients if other.is_closed()]:
                del self._clients[other]
            self._clients[loop] = {}
        clients = self._clients[loop]
        if endpoint not in clients:
            clients[endpoint] = open_client(endpoint, self._timeout)
        return clients[endpoint]

    async def aclose(self) -> None:
        """Close the running loop's connections."""
        for client in self._clients.pop(asyncio.get_running_loop(), {}).values():
            await client.close()


def open_client(endpoint: Endpoint, timeout: float) -> AsyncOpenAI:
    """Return a client that never retries: ``retrying.py`` does that.

    Raises:
        SettingsError: a proxy, a certificate file or the URL can't be used.
    """
    import httpx2
    from openai import AsyncOpenAI, DefaultAsyncHttpxClient, Omit, OpenAIError

    from communique.models.echoes import Unechoed
    from communique.models.pools import Pools

    remember(endpoint.api_key)
    # OPENAI_CUSTOM_HEADERS, _ORG_ID and _PROJECT_ID are meant for OpenAI only.
    foreign = endpoint.base_url is not None and not endpoint.is_openai
    names = os.environ.get("OPENAI_CUSTOM_HEADERS", "") if foreign else ""
    # A proxy set up for the internet can't reach a server on this machine.
    trust_env = not _is_loopback(endpoint.base_url)
    unwanted = [line.partition(":")[0].strip() for line in names.splitlines() if ":" in line]
    try:
        tls = _tls_context(
            trust_env, os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")
        )
        client = AsyncOpenAI(
            api_key=endpoint.api_key,
            base_url=endpoint.base_url,
            max_retries=0,
            timeout=httpx2.Timeout(timeout, connect=min(timeout, CONNECT_SECONDS)),
            default_headers={name: Omit() for name in unwanted},  # pyright: ignore[reportArgumentType] as its own default_headers
            http_client=DefaultAsyncHttpxClient(
                trust_env=trust_env,
                verify=tls,
                transport=None if trust_env and getproxies() else Unechoed(Pools(tls)),
                event_hooks={"response": [_bound]},
            ),
        )
    except (OSError, ValueError, ImportError, httpx2.InvalidURL, OpenAIError) as exc:
        raise SettingsError(
            f"no connection can be made with these settings: {scrub(str(exc))}. Look at the "
            "variables ALL_PROXY, HTTPS_PROXY, SSL_CERT_FILE and SSL_CERT_DIR, and at base_url"
        ) from exc
    if foreign:
        client.organization = client.project = None
    return client


@lru_cache(maxsize=8)
def _tls_context(trust_env: bool, *variables: str | None) -> ssl.SSLContext:  # noqa: ARG001 the key
    """Return a TLS context shared by all clients, since loading certificates is slow.

    Args:
        trust_env: whether environment variables may name other certificates.
        variables: current values of those variables, as part of the cache key.
    """
    import httpx2

    return httpx2.create_ssl_context(trust_env=trust_env)


async def _bound(response: httpx2.Response) -> None:
    """Make reading a response fail beyond `MOST_BYTES`."""
    import httpx2

    class Bounded(httpx2.AsyncByteStream):
        def __init__(self, stream: httpx2.AsyncByteStream) -> None:
            self._stream = stream

        async def __aiter__(self) -> AsyncIterator[bytes]:
            left = MOST_BYTES
            async for part in self._stream:
                left -= len(part)
                if left < 0:
                    raise httpx2.DecodingError(f"the response is longer than {MOST_BYTES:,} bytes")
                yield part

        async def aclose(self) -> None:
            await self._stream.aclose()

    if isinstance(response.stream, httpx2.AsyncByteStream):
        response.stream = Bounded(response.stream)


def _is_loopback(base_url: str | None) -> bool:
    host = urlsplit(base_url or "").hostname or ""
    return host in {"localhost", "::1"} or host.startswith("127.")
