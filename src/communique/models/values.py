"""The border where a server's data enters: no value that it sends is used without these functions.

Each accepts anything and never fails. A value of the wrong kind, or beyond all reason, counts as
missing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import cast

__all__ = [
    "LONGEST_NAME",
    "count",
    "first",
    "get",
    "items",
    "line",
    "logprob",
    "number",
    "text",
]

_LONGEST_LINE = 400
"""Most characters of a server's words in a message or a log."""

LONGEST_NAME = 200
"""Most characters of a model's name, or of a code."""

_MOST = 10**12


def get(holder: object, *path: str | int) -> object:
    """Return the value at a path of attributes, keys and list indices, or None."""
    for step in path:
        if isinstance(step, int):
            listed = items(holder)
            holder = listed[step] if step < len(listed) else None
        elif isinstance(holder, dict | Mapping):  # a dict is recognised in a fraction of the time
            holder = cast("Mapping[str, object]", holder).get(step)
        else:
            try:
                holder = getattr(holder, step, None)
            except Exception:  # noqa: BLE001 an SDK's property may compute anything
                return None
    return holder


def first(holder: object, paths: tuple[tuple[str | int, ...], ...]) -> object:
    """Return the first value that there is at one of the paths, or None."""
    return next((found for path in paths if (found := get(holder, *path)) is not None), None)


def items(value: object) -> list[object]:
    """Return a list's items; nothing else has any."""
    return list(cast("list[object]", value)) if isinstance(value, list | tuple) else []


def number(value: object) -> float | None:
    """Return a number from 0 to 10^12, or None. A truth value is no number."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= _MOST:
        return None
    return float(value)


def count(value: object) -> int:
    """Return a count, such as of tokens, or 0. Cohere reports counts as floats."""
    return int(number(value) or 0)


def logprob(value: object) -> float | None:
    """Return a log-probability, or None. Servers round 0 to a little more."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not value <= 0.001:
        return None
    return min(0.0, float(value)) if value >= -_MOST else -math.inf


def text(value: object) -> str:
    """Return a text that any file can hold, or an empty one."""
    if not isinstance(value, str):
        return ""
    if value.isascii():
        return value
    # Halves of a character, which a server may send one after the other, become whole.
    return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def line(value: object, most: int = _LONGEST_LINE) -> str:
    """Return any value in words, for a message: one line without controls, and not long."""
    try:
        words = value if isinstance(value, str) else str(value)
    except Exception:  # noqa: BLE001 such as an integer of 5,000 digits, or a list of 500 levels
        words = f"({type(value).__name__})"
    # Characters that are not printable are white space, controls, surrogates and directions.
    shown = "".join(c if c.isprintable() else " " for c in words[: 4 * most])
    shown = " ".join(shown.split())
    return shown if len(shown) <= most else f"{shown[: most - 1]}…"
