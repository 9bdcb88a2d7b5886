"""The caller's data about an article, its id and metadata, as databases and tables give them."""

from __future__ import annotations

import datetime
import decimal
import json
import math
import unicodedata
import uuid
from collections.abc import Mapping
from typing import Any, cast

from pydantic import JsonValue

from communique._internal.validation import shown
from communique.dates import is_missing

__all__ = ["LONGEST_ID", "LONGEST_METADATA", "read_id", "read_metadata"]

LONGEST_ID = 1_000
"""Most characters of an id: those of a long path or URL."""

LONGEST_METADATA = 1_000_000
"""Most characters of all metadata of an article, as JSON."""

_DEEPEST = 50
_NO_NAME = frozenset({"Cc", "Cs", "Zl", "Zp"})  # these break lines of logs and tables, and files
_EXACT = 2**53  # below it, a float can be told from its neighbours


def read_id(value: Any) -> str | None:
    """Return an id as text, or None if it is missing: None, NaN, NA, or blank.

    Accepted are text, whole numbers and UUIDs. A table with a missing id turns whole numbers into
    floats, so ``12.0`` is ``"12"``.

    Raises:
        ValueError: the value is something else, or a text that is too long or has control
            characters.
    """
    if is_missing(value):
        return None
    if isinstance(value, str):
        return _checked_id(str.__str__(value)) if value.strip() else None
    if isinstance(value, uuid.UUID):
        return str(value)
    if not isinstance(value, bool) and type(value).__name__ not in {"bool_", "bool"}:
        if hasattr(value, "__index__"):
            return _checked_id(_digits(value.__index__()))
        if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT:
            return str(int(value))
    raise ValueError(f"must be text or a whole number, not {shown(value)}")


def read_metadata(value: Any) -> dict[str, JsonValue]:
    """Return a copy of metadata that JSON can hold; missing metadata is an empty dict.

    Missing values become None, and dates and times text in the format of ISO 8601. Decimal
    numbers and UUIDs become text, scalars and arrays of numpy numbers and lists.

    Raises:
        ValueError: it is no mapping, or has a key or value that JSON can't hold, or is larger
            than `LONGEST_METADATA`.
    """
    if is_missing(value):
        return {}
    if not isinstance(value, Mapping):
        raise ValueError(f"must be a dict, not {type(value).__name__}")  # noqa: TRY004 pydantic expects ValueError
    data = _mapping(cast("Mapping[object, object]", value), "", 0)
    try:
        length = len(json.dumps(data, ensure_ascii=False))
    except ValueError as exc:  # an integer of thousands of digits
        raise ValueError(f"can't be written as JSON: {exc}") from exc
    if length > LONGEST_METADATA:
        raise ValueError(
            f"has {length:,} characters as JSON, at most {LONGEST_METADATA:,} are kept; leave out "
            "what can be looked up by the article's id"
        )
    return data


def _checked_id(text: str) -> str:
    if len(text) > LONGEST_ID:
        raise ValueError(f"has {len(text):,} characters, at most {LONGEST_ID:,} are allowed")
    wrong = next((c for c in text if unicodedata.category(c) in _NO_NAME), None)
    if wrong is not None:
        raise ValueError(
            f"has the control character U+{ord(wrong):04X} at offset {text.index(wrong)}"
        )
    return text


def _digits(number: int) -> str:
    try:
        return str(number)
    except ValueError as exc:  # Python writes no integer of more than 4,300 digits
        raise ValueError(f"is a number with more than {LONGEST_ID:,} digits") from exc


def _mapping(value: Mapping[object, object], where: str, depth: int) -> dict[str, JsonValue]:
    data: dict[str, JsonValue] = {}
    for key, each in value.items():
        if not isinstance(key, str):
            raise ValueError(f"{where}has the key {shown(key)}, which is not text")  # noqa: TRY004 pydantic expects ValueError
        _check_encodable(key, f"{where}a key")
        data[key] = _json_value(each, f"{where}{shown(key)}: ", depth + 1)
    return data


def _json_value(value: Any, where: str, depth: int) -> JsonValue:
    """Return a value as JSON has it; ``where`` says at which key it is, for an error."""
    if depth > _DEEPEST:
        raise ValueError(f"is nested more than {_DEEPEST} levels deep")
    if isinstance(value, Mapping):
        return _mapping(cast("Mapping[object, object]", value), where, depth)
    if _is_array(value):
        value = value.tolist()
    if isinstance(value, list | tuple | set | frozenset):
        items = enumerate(cast("list[object]", value), start=1)
        return [_json_value(each, f"{where}item {n}: ", depth + 1) for n, each in items]
    return None if is_missing(value) else _number_or_text(value, where)


def _number_or_text(value: Any, where: str) -> JsonValue:
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        if math.isinf(value):
            raise ValueError(f"{where}infinity is not valid JSON")
        return float(value)
    text = _text(value)
    if text is None:
        raise ValueError(
            f"{where}{type(value).__name__} is not valid JSON; convert it to text first"
        )
    _check_encodable(text, where)
    return text


def _text(value: Any) -> str | None:
    """Return a value that JSON has as text, or None."""
    if isinstance(value, str):
        return str.__str__(value)  # the value of an enumeration, too
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, decimal.Decimal | uuid.UUID) or type(value).__name__ == "datetime64":
        return str(value)
    return None


def _is_array(value: Any) -> bool:
    """Return whether a value is an array or a scalar of numpy or its relatives."""
    is_theirs = hasattr(value, "dtype") and hasattr(value, "tolist")
    # numpy makes a number of a time in nanoseconds.
    return is_theirs and type(value).__name__ != "datetime64" and not isinstance(value, float)


def _check_encodable(text: str, where: str) -> None:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as exc:
        raise ValueError(
            f"{where.removesuffix(': ')} has a lone surrogate at offset {exc.start}, which no file "
            "can hold"
        ) from exc
