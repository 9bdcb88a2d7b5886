"""Dates of publication in the forms that feeds, archives and tables give them."""

from __future__ import annotations

import datetime
import decimal
import email.utils
import re
from typing import Any

__all__ = ["day_in", "is_missing", "read_date"]

_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ].+)?", re.IGNORECASE)
_GDELT = re.compile(r"([0-9]{8})(?:T?([0-9]{6})(Z?))?", re.IGNORECASE)
# Only the time zones of RFC 822: the standard library drops the offset of others.
_RSS = re.compile(
    r"(?:[a-z]{3},\s*)?\d{1,2}\s+[a-z]{3}\s+(?:\d{2}){1,2}\s+\d{2}:\d{2}(?::\d{2})?\s+"
    r"(?:[+-]\d{4}|GMT|UTC?|Z|[ECMP][SD]T)",
    re.IGNORECASE,
)
_MISSING = {"NaTType", "NAType"}
_NO_DATE = {"", "nat", "nan"}  # the latter two by pandas, once its dates are text
_DAYS_OR_FINER = re.compile(r"\[(?:D|h|m|s|ms|us|ns|ps|fs|as)\]")


def is_missing(value: Any) -> bool:
    """Return whether a value is missing: None, NaN, or the NA and NaT of pandas and numpy."""
    if value is None or type(value).__name__ in _MISSING:
        return True
    if isinstance(value, decimal.Decimal):
        return value.is_nan()
    if isinstance(value, float) or type(value).__name__ == "datetime64":
        return bool(value != value)  # noqa: PLR0124 detects NaN and NaT without numpy
    return False


def day_in(published: datetime.date | None) -> datetime.date | None:
    """Return the day of a date, or of a date and time."""
    return published.date() if isinstance(published, datetime.datetime) else published


def read_date(value: Any) -> datetime.date | None:
    """Return the date, or date and time, that ``value`` represents, or None if it is missing.

    A date stays a date, and a time keeps its offset, if any. Accepted are dates and times of
    Python, numpy and pandas, and strings in the formats of ISO 8601, RSS (``Tue, 10 Jun 2003
    04:00:00 GMT``) and GDELT (``20260131``, ``20260131T120000Z``, ``20260131120000``).

    Raises:
        ValueError: the value is something else, or is ambiguous.
    """
    if is_missing(value):
        return None
    if isinstance(value, str):
        text = value.strip()
        return None if text.lower() in _NO_DATE else _read_text(text, value)
    if type(value).__name__ == "datetime64" and _DAYS_OR_FINER.search(str(value.dtype)):
        unit = "D" if str(value.dtype).endswith("[D]") else "us"
        return value.astype(f"datetime64[{unit}]").item()
    if hasattr(value, "to_pydatetime"):
        return value.to_pydatetime(warn=False)  # nanoseconds are dropped
    if isinstance(value, datetime.date):
        return value
    # GDELT's times are numbers once a table has read them. Shorter ones could be seconds.
    if hasattr(value, "__index__") and len(str(value)) == 14:
        return _read_text(str(value), value)
    raise ValueError(_not_a_date(value))


def _read_text(text: str, given: object) -> datetime.date:
    try:
        if iso := _ISO.fullmatch(text):
            read = datetime.datetime if iso[1] else datetime.date
            return read.fromisoformat(text.upper())
        if gdelt := _GDELT.fullmatch(text):
            read = datetime.datetime if gdelt[2] else datetime.date
            return read.fromisoformat(
                f"{gdelt[1]}T{gdelt[2]}{gdelt[3].upper()}" if gdelt[2] else gdelt[1]
            )
        if _RSS.fullmatch(text):
            return email.utils.parsedate_to_datetime(text)
    except ValueError as exc:
        raise ValueError(_not_a_date(given)) from exc
    raise ValueError(_not_a_date(given))


def _not_a_date(value: object) -> str:
    return f"{value!r} is not a date; write it as 2026-01-31 or 2026-01-31T12:00:00Z"
