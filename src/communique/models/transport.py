"""The border: what leaves for a server, and what of its response is read.

Every client of an SDK that lets us choose its transport gets this one, so there is one policy:

- Headers leave by allow-list: those of the protocol, and the endpoint's own credentials, whatever
  an SDK found in the environment.
- No redirect is followed, and no cookie is kept.
- A response has a longest length, counted after decompression, and no key in its headers.
- A proxy is used for other machines only.

Importing httpx is slow, so only code that asks a server imports this module.
"""

from __future__ import annotations

import inspect
import os
import ssl
import zlib
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from functools import lru_cache
from typing import Any, cast
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx2

from communique._internal.addresses import is_loopback
from communique._internal.background import in_thread
from communique._internal.credentials import clean_key
from communique.errors import AuthenticationFailed, SettingsError
from communique.models.echoes import Unechoed
from communique.models.endpoint import Endpoint
from communique.models.pools import Pools
from communique.models.secrets import remember, scrub

__all__ = ["CONNECT_SECONDS", "MOST_BYTES", "load", "open_http_client"]

CONNECT_SECONDS = 10

MOST_BYTES = 32 * 1024 * 1024
"""Maximum length of a decoded response body. Answers have a few kilobytes."""

_PROTOCOL = frozenset(
    {"accept", "anthropic-version", "connection", "content-length", "content-type", "host",
     "transfer-encoding", "user-agent"}
)  # fmt: skip
_DROPPED = frozenset({"content-encoding", "content-length", "set-cookie", "transfer-encoding"})


def open_http_client(
    endpoint: Endpoint,
    timeout: float,
    *,
    trusted: frozenset[str] = frozenset(),
    most_bytes: int = MOST_BYTES,
) -> httpx2.AsyncClient:
    """Return a client for one endpoint.

    Args:
        endpoint: the server, and the credentials that are sent to it.
        timeout: seconds to wait for each part of a response.
        trusted: headers by which an SDK sends credentials that it found itself for this endpoint.
        most_bytes: maximum length of a decoded response body.

    Raises:
        SettingsError: a proxy or a certificate file can't be used.
    """
    try:
        inner = Unechoed(_transport(endpoint))
    except (OSError, ValueError, ImportError, httpx2.InvalidURL) as exc:
        raise SettingsError(
            f"no connection can be made with these settings: {scrub(str(exc))}. Look at the "
            "variables ALL_PROXY, HTTPS_PROXY, SSL_CERT_FILE and SSL_CERT_DIR, and at base_url"
        ) from exc
    return httpx2.AsyncClient(
        transport=_Border(endpoint, inner, trusted, most_bytes),
        trust_env=False,
        follow_redirects=False,
        timeout=httpx2.Timeout(timeout, connect=min(timeout, CONNECT_SECONDS)),
    )


class _Border(httpx2.AsyncBaseTransport):
    def __init__(
        self,
        endpoint: Endpoint,
        inner: httpx2.AsyncBaseTransport,
        trusted: frozenset[str],
        most_bytes: int,
    ) -> None:
        self._endpoint = endpoint
        self._inner = inner
        self._kept = _PROTOCOL | trusted
        self._most_bytes = most_bytes

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        kept = {name: value for name, value in request.headers.items() if name in self._kept}
        sent = httpx2.Request(
            request.method,
            request.url.copy_merge_params(dict(self._endpoint.query)),
            headers={**kept, "accept-encoding": "gzip", **await _credentials(self._endpoint)},
            stream=request.stream,
            extensions=request.extensions,
        )
        response = await self._inner.handle_async_request(sent)
        return httpx2.Response(
            response.status_code,
            # As bytes: a server may send what is no text.
            headers=[
                h for h in response.headers.raw if h[0].decode("latin-1").lower() not in _DROPPED
            ],
            stream=_Decoded(response, self._most_bytes),
            extensions=response.extensions,
        )

    async def aclose(self) -> None:
        await self._inner.aclose()


class _Users(httpx2.AsyncBaseTransport):
    """The client that the user has given, which stays the user's to close."""

    def __init__(self, client: httpx2.AsyncClient) -> None:
        self._client = client

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        return await self._client.send(request, stream=True, follow_redirects=False)


class _Decoded(httpx2.AsyncByteStream):
    """The body of a response, decompressed by ourselves: SDKs know no limit for that."""

    def __init__(self, response: httpx2.Response, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._stream = cast("httpx2.AsyncByteStream", response.stream)
        self._encoding = response.headers.get("content-encoding", "identity").strip().lower()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        decompress = self._decompress()
        left = self._most_bytes
        async for part in self._stream:
            # One byte more than is allowed shows that there is more.
            decoded = decompress(part, left + 1)
            left -= len(decoded)
            if left < 0:
                raise httpx2.DecodingError(
                    f"the response is longer than {self._most_bytes:,} bytes"
                )
            if decoded:
                yield decoded

    def _decompress(self) -> Callable[[bytes, int], bytes]:
        if self._encoding in {"identity", ""}:
            return lambda part, most: part[:most]
        if self._encoding not in {"gzip", "x-gzip", "deflate"}:
            raise httpx2.DecodingError(f"the response has the encoding {self._encoding[:40]!r}")
        inflate = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32).decompress

        def decompress(part: bytes, most: int) -> bytes:
            try:
                return inflate(part, most)
            except zlib.error as exc:
                raise httpx2.DecodingError(f"the response is not valid {self._encoding}") from exc

        return decompress

    async def aclose(self) -> None:
        await self._stream.aclose()


async def _credentials(endpoint: Endpoint) -> Mapping[str, str]:
    """Return the headers that belong to an endpoint."""
    key = endpoint.api_key
    if key is not None and not isinstance(key, str):
        key = await _called(endpoint)
    if not key:
        return dict(endpoint.headers)
    remember(key)
    is_bearer = endpoint.key_header == "authorization" or key is not endpoint.api_key
    header = {"authorization": f"Bearer {key}"} if is_bearer else {endpoint.key_header: key}
    return {**header, **dict(endpoint.headers)}


async def _called(endpoint: Endpoint) -> str:
    """Return the key from the user's function, which may wait for the network."""
    function: Any = endpoint.api_key
    try:
        found = await in_thread(lambda _: function())
        key = clean_key(await found if inspect.isawaitable(found) else found)
    except Exception as exc:
        raise AuthenticationFailed(f"the function api_key failed: {type(exc).__name__}") from exc
    if not key:
        raise AuthenticationFailed("the function api_key returned an empty key")
    return key


def _transport(endpoint: Endpoint) -> httpx2.AsyncBaseTransport:
    if endpoint.http_client is not None:
        return _Users(cast("httpx2.AsyncClient", endpoint.http_client))
    url = endpoint.base_url or ""
    return Pools(_tls(), None if is_loopback(url) else _proxy(url))


def _proxy(url: str) -> httpx2.Proxy | None:
    """Return the proxy that the environment names for a server, if any."""
    parts = urlsplit(url)
    if proxy_bypass(parts.netloc):
        return None
    proxies = getproxies()
    address = proxies.get(parts.scheme) or proxies.get("all")
    if not address:
        return None
    found = httpx2.Proxy(address if "://" in address else f"http://{address}")
    for part in found.auth or ():
        remember(part)
    return found


def load() -> None:
    """Load what the first connection needs, which takes long: libraries and certificates."""
    with suppress(OSError, ValueError):  # certificates that can't be read are told of when needed
        Pools(_tls())


def _tls() -> ssl.SSLContext:
    return _tls_context(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))


@lru_cache(maxsize=8)
def _tls_context(*variables: str | None) -> ssl.SSLContext:  # noqa: ARG001 the key
    """Return a TLS context shared by all clients, since loading certificates is slow.

    Args:
        variables: current values of the variables that name other certificates.
    """
    return httpx2.create_ssl_context()
