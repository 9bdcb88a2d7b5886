"""Pauses that servers ask for in response headers."""

from __future__ import annotations

import email.utils
import math
import time
from typing import Any

__all__ = ["retry_after"]


def retry_after(cause: BaseException) -> float | None:
    """Return the seconds that the server asks to wait before a retry, or None.

    ``Retry-After`` holds seconds or a date (RFC 9110), ``retry-after-ms`` milliseconds.
    """
    if (exact := _number(_header(cause, "retry-after-ms"))) is not None:
        return exact / 1000
    value = _header(cause, "retry-after")
    if value is None:
        return None
    if (seconds := _number(value)) is not None:
        return seconds
    try:
        return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time.time())
    except ValueError:
        return None


def _number(value: str | None) -> float | None:
    """Return the value as a non-negative number, or None if it is not one."""
    try:
        found = float(value or "nan")
    except ValueError:
        return None
    return None if math.isnan(found) else max(0.0, found)


def _header(cause: BaseException, name: str) -> str | None:
    response: Any = getattr(cause, "response", None) or getattr(cause, "raw_response", None)
    headers: Any = getattr(response, "headers", None) or getattr(cause, "headers", None) or {}
    value: Any = headers.get(name) or headers.get(name.title())
    return value if isinstance(value, str) else None
