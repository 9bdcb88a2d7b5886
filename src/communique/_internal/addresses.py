"""Base URLs of servers."""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import SplitResult, parse_qsl, urlsplit, urlunsplit

__all__ = ["check_base_url", "is_loopback", "split_query"]


def check_base_url(url: str) -> str:
    """Return an API's base URL without white space around it.

    Raises:
        ValueError: it is not a valid base URL. The message never shows a password in it.
    """
    url = url.strip()
    form = "write it like http://127.0.0.1:8000/v1"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as exc:
        raise ValueError(f"must be a URL ({exc}); {form}") from None
    if parts.username is not None or parts.password is not None:
        raise ValueError("must not contain credentials; give the key as api_key")
    if parts.scheme not in {"http", "https"} or not parts.hostname or port == 0:
        raise ValueError(f"must be the URL of an HTTP server, not {_shown(parts)!r}; {form}")
    return url


def split_query(url: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Return a base URL without its query, and the query's items.

    The query is sent with each request, and may hold a key, so it is no part of what is shown.
    """
    parts = urlsplit(url)
    return _shown(parts), tuple(parse_qsl(parts.query, keep_blank_values=True))


def is_loopback(url: str) -> bool:
    """Return whether a URL's host is this machine, in any spelling of its address or localhost."""
    host = (urlsplit(url).hostname or "").rstrip(".")
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        try:
            address = ipaddress.ip_address(socket.inet_aton(host))  # 127.1, 0x7f000001
        except (OSError, ValueError):
            return False
    mapped = getattr(address, "ipv4_mapped", None) or address
    return mapped.is_loopback or mapped.is_unspecified


def _shown(parts: SplitResult) -> str:
    return urlunsplit(parts._replace(query="", fragment=""))
