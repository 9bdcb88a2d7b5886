"""Pauses that servers ask for in response headers."""

from __future__ import annotations

import email.utils
import time

from communique.models.values import first

__all__ = ["retry_after"]

_LONGEST_SECONDS = 86_400.0
"""Longest pause to believe in: the day after which daily limits end."""


def retry_after(cause: BaseException) -> float | None:
    """Return the seconds that the server asks to wait before a retry, or None.

    ``Retry-After`` holds seconds or a date (RFC 9110), ``retry-after-ms`` milliseconds. A pause
    of more than a day, such as ``inf``, counts as none.
    """
    exact = _number(_header(cause, "retry-after-ms"))
    value = _header(cause, "retry-after")
    if exact is not None:
        seconds = exact / 1000
    elif value is not None:
        seconds = _number(value)
        seconds = _until(value) if seconds is None else seconds
    else:
        seconds = None
    # Comparisons with NaN are false.
    return max(0.0, seconds) if seconds is not None and seconds <= _LONGEST_SECONDS else None


def _until(date: str) -> float | None:
    try:
        return email.utils.parsedate_to_datetime(date).timestamp() - time.time()
    except (ValueError, TypeError, OverflowError, OSError):  # no date, or none of our era
        return None


def _number(value: str | None) -> float | None:
    try:
        return float(value or "")
    except ValueError:
        return None


def _header(cause: BaseException, name: str) -> str | None:
    holders = (("response", "headers"), ("raw_response", "headers"), ("headers",))
    value = first(cause, tuple((*path, key) for path in holders for key in (name, name.title())))
    return value[:100] if isinstance(value, str) else None
