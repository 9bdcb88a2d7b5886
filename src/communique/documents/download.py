"""Downloads of single pages, with limits of size, time and redirects."""

from __future__ import annotations

import asyncio
import http
import re
import zlib
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from communique.documents.document_fields import Unreadable
from communique.documents.source_bytes import MOST_BYTES

if TYPE_CHECKING:
    import httpx2

__all__ = ["Download", "download"]

_MOST_REDIRECTS = 5
_CONNECT_SECONDS = 10
_LONGEST_URL = 2_000
_SAVE = "open it in a browser and save it as .html, or copy its text to a .txt file"
_REFUSED = frozenset({401, 402, 403, 451})
_LATER = frozenset({408, 425, 429, 500, 502, 503, 504})
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([^\s\"';]+)", re.IGNORECASE)
_HEADERS = {
    "accept": "text/html, application/xhtml+xml, text/plain;q=0.9, */*;q=0.8",
    "accept-encoding": "gzip",
}


@dataclass(frozen=True, slots=True)
class Download:
    """What a server sent.

    Attributes:
        raw: the body, decompressed.
        url: the address after redirects, without a fragment.
        media_type: what the server calls it, such as ``text/html``, or an empty string.
        charset: the encoding that the server names, or None.
        suffix: that of the last part of the address, such as ``.csv``, or an empty string.
    """

    raw: bytes
    url: str
    media_type: str
    charset: str | None
    suffix: str


async def download(url: str, *, seconds: float, private_addresses: bool) -> Download:
    """Return what is at a URL.

    Args:
        url: an address that begins with ``http://`` or ``https://``.
        seconds: the time for all of it, redirects included.
        private_addresses: whether hosts with private addresses may be asked.

    Raises:
        Unreadable: it can't be had.
    """
    import httpx2

    from communique.documents.public_hosts import PrivateAddressError

    try:
        async with asyncio.timeout(seconds):
            return await _download(_checked(url), private_addresses=private_addresses)
    except (TimeoutError, httpx2.TimeoutException) as exc:
        raise Unreadable(f"was not sent within {seconds:g} s", retryable=True) from exc
    except PrivateAddressError as exc:
        raise Unreadable(
            f"can't be read: {exc}, in your own network; if you trust it, ask for it with "
            "--private-addresses (private_addresses=True)"
        ) from exc
    except httpx2.ConnectError as exc:
        raise Unreadable(
            f"can't be reached: {exc}. A proxy, if you have one, is not used: download the page "
            "with it, and name the file",
            retryable=True,
        ) from exc
    except httpx2.NetworkError as exc:
        raise Unreadable("can't be read: the connection broke", retryable=True) from exc
    except (httpx2.HTTPError, httpx2.InvalidURL, ValueError) as exc:
        raise Unreadable(f"can't be read: {exc}") from exc


async def _download(url: httpx2.URL, *, private_addresses: bool) -> Download:
    import httpx2

    from communique.documents.public_hosts import CheckedTransport

    transport = CheckedTransport(private_addresses=private_addresses)
    async with httpx2.AsyncClient(
        transport=transport,
        trust_env=False,
        timeout=httpx2.Timeout(None, connect=_CONNECT_SECONDS),
        headers={**_HEADERS, "user-agent": f"communique/{version('communique')}"},
    ) as client:
        request = client.build_request("GET", url)
        for _ in range(_MOST_REDIRECTS + 1):
            response = await client.send(request, stream=True)
            try:
                if response.next_request is None:
                    return await _received(response)
                # The body of a redirect, which may have no end, is not read.
                request = response.next_request
                _checked(str(request.url))
            finally:
                await response.aclose()
    raise Unreadable(f"leads on more than {_MOST_REDIRECTS} times; {_SAVE}")


def _checked(url: str) -> httpx2.URL:
    import httpx2

    if len(url) > _LONGEST_URL:
        raise Unreadable(f"is an address of more than {_LONGEST_URL:,} characters")
    parsed = httpx2.URL(url)
    if parsed.scheme not in {"http", "https"} or not parsed.host:
        raise Unreadable("can't be read: only addresses of http and https are")
    if parsed.userinfo:
        raise Unreadable(f"can't be read: there is a password in the address; {_SAVE}")
    return parsed.copy_with(fragment=None)


async def _received(response: httpx2.Response) -> Download:
    status = response.status_code
    if status != http.HTTPStatus.OK:
        raise _unusual(response)
    kind = response.headers.get("content-type", "")
    charset = _CHARSET.search(kind)
    return Download(
        raw=await _body(response),
        url=str(response.url.copy_with(fragment=None)),
        media_type=kind.partition(";")[0].strip().lower(),
        charset=charset and charset[1],
        suffix=PurePosixPath(response.url.path).suffix,
    )


def _unusual(response: httpx2.Response) -> Unreadable:
    status = response.status_code
    if status in _REFUSED:
        way_out = f"the site may want a login, or no programs: {_SAVE}"
    elif status in _LATER:
        way_out = "try again later"
    else:
        way_out = "look whether the address is right"
    name = f"{status} {response.reason_phrase}".strip()
    return Unreadable(
        f"can't be read: the server answers {name}; {way_out}", retryable=status in _LATER
    )


async def _body(response: httpx2.Response) -> bytes:
    """Return the body of a response, decompressed by ourselves: httpx knows no limit for that."""
    encoding = response.headers.get("content-encoding", "").strip().lower()
    if encoding not in {"", "identity", "gzip", "x-gzip"}:
        raise Unreadable(f"can't be read: it is compressed with {encoding[:40]!r}; {_SAVE}")
    inflate = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16) if "gzip" in encoding else None
    body = bytearray()
    async for part in response.aiter_raw():
        try:
            # One byte more than is allowed shows that there is more.
            body += inflate.decompress(part, MOST_BYTES + 1 - len(body)) if inflate else part
        except zlib.error as exc:
            raise Unreadable("is damaged: not the gzip that it claims to be") from exc
        if len(body) > MOST_BYTES:
            raise Unreadable(f"is too large: over {MOST_BYTES:,} bytes")
    if inflate and body and not inflate.eof:
        raise Unreadable("can't be read: it ends too early", retryable=True)
    return bytes(body)
