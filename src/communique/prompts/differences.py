"""Descriptions of how a released version differs from what the library would send today."""

from __future__ import annotations

import json
from collections.abc import Iterator

from pydantic import JsonValue

__all__ = ["prefix_difference", "schema_difference"]

_SHOWN = 30
"""Number of characters shown of two texts, starting shortly before they differ."""

_SKELETON = frozenset({"properties", "$defs", "schema", "items", "anyOf"})
"""Steps of a path in a JSON schema that do not help to identify a field."""


def schema_difference(recorded: str, rendered: str) -> str | None:
    """Return the first difference between two texts of ``schema.json``, or None.

    Args:
        recorded: the text with which a version was released.
        rendered: the text that the code generates now.

    Example:
        >>> schema_difference('{"gist": {"maxLength": 9}}', '{"gist": {"maxLength": 8}}')
        'the form `gist` of the code differs from schema.json: maxLength is 8, not 9'
    """
    if recorded == rendered:
        return None
    old, new = _loaded(recorded), _loaded(rendered)
    if not isinstance(old, dict) or not isinstance(new, dict):
        return "schema.json holds no forms"
    for form in dict.fromkeys([*old, *new]):
        if form not in new or form not in old:
            has, lacks = ("schema.json", "the code") if form in old else ("the code", "schema.json")
            return f"{has} has a form `{form}` that {lacks} lacks"
        for difference in _differences(old[form], new[form], ()):
            return f"the form `{form}` of the code differs from schema.json: {difference}"
    return "schema.json is written differently by the code: in another order, or other spaces"


def prefix_difference(recorded: str, rendered: str) -> str | None:
    """Return the first difference between two texts of ``prefix.json``, or None.

    Args:
        recorded: the text with which a version was released.
        rendered: the text that the code generates now.
    """
    if recorded == rendered:
        return None
    old, new = _loaded(recorded), _loaded(rendered)
    if not isinstance(old, list) or not isinstance(new, list):
        return "prefix.json holds no messages"
    for number, (before, now) in enumerate(zip(old, new, strict=False), start=1):
        if before != now:
            return f"message {number} differs from prefix.json: {_texts(before, now)}"
    if len(old) != len(new):
        return f"prefix.json has {len(old)} messages, not {len(new)}"
    return "prefix.json is written differently by the code: in another order, or other spaces"


def _loaded(text: str) -> JsonValue:
    """Return the value of a JSON text, or None if it is not JSON."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _differences(old: JsonValue, new: JsonValue, path: tuple[str, ...]) -> Iterator[str]:
    if isinstance(old, dict) and isinstance(new, dict):
        yield from _of_mappings(old, new, path)
    elif isinstance(old, list) and isinstance(new, list):
        yield from _of_lists(old, new, path)
    elif old != new or type(old) is not type(new):
        yield _named(path, f"is {json.dumps(new)}, not {json.dumps(old)}")


def _of_mappings(
    old: dict[str, JsonValue], new: dict[str, JsonValue], path: tuple[str, ...]
) -> Iterator[str]:
    yield from (_named(path, f"gained {key!r}") for key in new if key not in old)
    yield from (_named(path, f"lost {key!r}") for key in old if key not in new)
    for key, value in new.items():
        if key in old:
            yield from _differences(old[key], value, (*path, key))
    if list(old) != list(new):
        yield _named(path, f"has another order: {', '.join(new)}")


def _of_lists(old: list[JsonValue], new: list[JsonValue], path: tuple[str, ...]) -> Iterator[str]:
    if len(old) == len(new) and not any(isinstance(value, str) for value in old):
        for number, (before, now) in enumerate(zip(old, new, strict=True), start=1):
            yield from _differences(before, now, (*path, str(number)))
        return
    yield from (_named(path, f"gained {_word(value)}") for value in new if value not in old)
    yield from (_named(path, f"lost {_word(value)}") for value in old if value not in new)
    if old != new:
        yield _named(path, f"has another order or number: {', '.join(map(_word, new))}")


def _word(value: JsonValue) -> str:
    return repr(value) if isinstance(value, str) else json.dumps(value)


def _named(path: tuple[str, ...], what: str) -> str:
    """Describe a difference with the part that it concerns: ``enum stance gained 'abstains'``."""
    *field, last = [step for step in path if step not in _SKELETON] or ["it"]
    if field and last in {"enum", "required"}:
        return f"{last} {'.'.join(field)} {what}"
    return f"{'.'.join((*field, last))} {what}"


def _texts(before: JsonValue, now: JsonValue) -> str:
    """Describe how two messages differ, from shortly before the first difference."""
    old, new = _content(before), _content(now)
    equal = zip(old, new, strict=False)
    start = next((n for n, (a, b) in enumerate(equal) if a != b), min(len(old), len(new)))
    start = max(0, start - _SHOWN // 2)
    return f"it has {new[start : start + _SHOWN]!r}, not {old[start : start + _SHOWN]!r}"


def _content(message: JsonValue) -> str:
    return str(message.get("content") if isinstance(message, dict) else message)
