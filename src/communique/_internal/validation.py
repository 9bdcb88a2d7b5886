"""Readable descriptions of pydantic's errors."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

__all__ = ["brief", "describe", "shown"]

_LONGEST = 60
_LONGEST_MESSAGE = 300

_WORDS = {
    "missing": "is missing",
    "extra_forbidden": "is not a field of the form",
    "literal_error": "{value} is not one of {expected}",
    "too_long": "has {actual_length} items, more than {max_length}",
    "too_short": "is an empty list",
    "greater_than_equal": "{value} is less than {ge}",
    "string_type": "{value} is not text",
    "list_type": "{value} is not a list",
    "int_type": "{value} is not a whole number",
    "int_parsing": "{value} is not a whole number",
    "int_from_float": "{value} is not a whole number",
    "model_type": "{value} is not an object",
    "dict_type": "{value} is not an object",
    "value_error": "{message}",
}
"""Wording by pydantic's error type."""


def describe(error: ValidationError) -> str:
    """Describe all faults, each with the name of its field; items count from 1.

    Examples:
        >>> from pydantic import ValidationError
        >>> from communique._internal.validation import describe
        >>> from communique.reading.forms import GistReply
        >>> try:
        ...     GistReply.model_validate({"gist": 7, "mood": "bad"})
        ... except ValidationError as exc:
        ...     print(describe(exc))
        gist: 7 is not text; mood: is not a field of the form
    """
    return "; ".join(_fault(fault) for fault in error.errors(include_url=False))


def shown(value: object) -> str:
    """Return a value's representation for a message, shortened if necessary."""
    # The representation of a long text can be four times as long as the text.
    text = repr(value[: _LONGEST + 1] if isinstance(value, str | bytes) else value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def brief(message: str) -> str:
    """Return another's message on one line, shortened if necessary."""
    text = " ".join(message[: 2 * _LONGEST_MESSAGE].split())
    return text if len(text) <= _LONGEST_MESSAGE else f"{text[: _LONGEST_MESSAGE - 1]}…"


def _fault(fault: Any) -> str:
    where = " ".join(str(part + 1 if isinstance(part, int) else part) for part in fault["loc"])
    context: dict[str, Any] = fault.get("ctx", {})
    if fault["type"] == "literal_error":  # 'a', 'b' or 'c'
        context["expected"] = str(context["expected"]).replace("'", "").replace(" or ", ", ")
    wording = _WORDS.get(fault["type"], "{message}, not {value}")
    message = fault["msg"].removeprefix("Value error, ")
    what = wording.format(value=shown(fault["input"]), message=message, **context)
    return f"{where}: {what}" if where else what
