"""The openai client for an endpoint, and how instructor calls it."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from communique.errors import SettingsError
from communique.models.secrets import guard_logs, remember, scrub

if TYPE_CHECKING:
    import ssl

    import httpx2
    from openai import AsyncOpenAI

    from communique.models.endpoint import Endpoint

__all__ = ["Create", "open_client", "plain_create"]

CONNECT_SECONDS = 10

MOST_BYTES = 32 * 1024 * 1024
"""Longest body of a response that is read. Answers have some kilobytes."""

Create = Callable[..., Awaitable[Any]]
"""``chat.completions.create`` of an openai client, or what stands in for it."""


def open_client(endpoint: Endpoint, timeout: float) -> AsyncOpenAI:
    """A client without retries of its own: one policy owns them.

    Raises:
        SettingsError: a proxy, a certificate file or the URL can't be used.
    """
    import httpx2
    from openai import AsyncOpenAI, DefaultAsyncHttpxClient, Omit, OpenAIError

    remember(endpoint.api_key)
    # OPENAI_CUSTOM_HEADERS, _ORG_ID and _PROJECT_ID are meant for OpenAI, not for others.
    foreign = endpoint.base_url is not None and not endpoint.is_openai
    names = os.environ.get("OPENAI_CUSTOM_HEADERS", "") if foreign else ""
    # A proxy set up for the internet can't reach a server on this machine.
    trust_env = not _is_loopback(endpoint.base_url)
    unwanted = [line.partition(":")[0].strip() for line in names.splitlines() if ":" in line]
    try:
        client = AsyncOpenAI(
            api_key=endpoint.api_key,
            base_url=endpoint.base_url,
            max_retries=0,
            timeout=httpx2.Timeout(timeout, connect=min(timeout, CONNECT_SECONDS)),
            default_headers={name: Omit() for name in unwanted},  # pyright: ignore[reportArgumentType] as its own default_headers
            http_client=DefaultAsyncHttpxClient(
                trust_env=trust_env,
                verify=_tls_context(
                    trust_env, os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")
                ),
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
    guard_logs()
    return client


@lru_cache(maxsize=8)
def _tls_context(trust_env: bool, *variables: str | None) -> ssl.SSLContext:  # noqa: ARG001 the key
    """One context for all clients: to load the certificates takes longer than all else of one.

    Args:
        trust_env: whether the environment may name other certificates.
        variables: what it names now.
    """
    import httpx2

    return httpx2.create_ssl_context(trust_env=trust_env)


def plain_create(client: AsyncOpenAI) -> Create:
    """The client's ``create``, for messages that are plain JSON already.

    The SDK converts each message by its type, which takes longer than all else that is done
    for a question with many of them; what is in ``extra_body`` is sent as it is.
    """

    async def create(*, messages: object, **options: Any) -> Any:
        completions: Any = client.chat.completions  # its overloads know no passed-on options
        return await completions.create(messages=[], **options, extra_body={"messages": messages})

    return create


async def _bound(response: httpx2.Response) -> None:
    """Have the body of a response read only up to `MOST_BYTES`."""
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
