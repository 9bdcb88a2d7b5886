"""Validation of the setting ``extra_body``."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, cast

__all__ = ["check_extra_body"]

_OWN = frozenset(
    {
        "messages",
        "model",
        "n",
        "response_format",
        "stream",
        "stream_options",
        "tool_choice",
        "tools",
    }
)
_CREDENTIAL = re.compile(r"api[_-]?key|authorization|password|secret|bearer", re.IGNORECASE)


def check_extra_body(given: object) -> dict[str, Any]:
    """Return a JSON object, given as such or as its text.

    Raises:
        ValueError: it is not a JSON object, has an item that communique sets itself, or has one
            whose name is that of a credential.
    """
    body = _parsed(given)
    if own := sorted(_OWN & body.keys()):
        raise ValueError(f"must not contain {', '.join(own)}: communique sets it itself")
    if found := next(filter(_CREDENTIAL.search, _names(body)), None):
        raise ValueError(
            f"must not contain credentials ({found}), since it is recorded in summaries; give the "
            "key as api_key"
        )
    return body


def _parsed(given: object) -> dict[str, Any]:
    text = given if isinstance(given, str) else None
    try:
        if text is None:
            text = json.dumps(dict(given) if isinstance(given, Mapping) else given, allow_nan=False)  # pyright: ignore[reportUnknownArgumentType] any mapping, checked by json
        body: object = json.loads(text, parse_constant=_refuse)
    except (ValueError, TypeError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise ValueError('must be a JSON object, such as {"top_p": 0.9}')  # noqa: TRY004 pydantic expects ValueError
    return cast("dict[str, Any]", body)


def _refuse(constant: str) -> None:
    raise ValueError(constant)  # NaN and Infinity are not JSON


def _names(value: object) -> list[str]:
    """Return the names of all items, at any depth."""
    if isinstance(value, dict):
        items = cast("dict[str, object]", value)
        return [*items, *(name for item in items.values() for name in _names(item))]
    if isinstance(value, list):
        return [name for item in cast("list[object]", value) for name in _names(item)]
    return []
