"""Readable descriptions of pydantic's errors."""

from __future__ import annotations

import json
from typing import Any

from pydantic import ValidationError
from pydantic_core import InitErrorDetails

__all__ = ["brief", "describe", "one_fault", "shown", "writable_error"]

_LONGEST = 60
_LONGEST_INPUT = 500
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


def one_fault(
    title: str, where: tuple[int | str, ...], given: object, error: ValueError
) -> ValidationError:
    """Return pydantic's error for one field of a model."""
    fault = InitErrorDetails(
        type="value_error", loc=where, input=_writable(given), ctx={"error": error}
    )
    return ValidationError.from_exception_data(title, [fault])


def writable_error(error: ValidationError) -> ValidationError:
    """Return the same error with inputs and places that can be written as JSON.

    A service answers a bad request with these, and would fail itself at a lone surrogate, NaN,
    infinity or deep nesting, or send back a whole book. Texts are shortened, and lists and
    objects named by their lengths.
    """
    faults: list[InitErrorDetails] = []
    for fault in error.errors(include_url=False):
        if fault["type"] == "default_factory_not_called":
            continue  # which only says that there is another fault
        where = tuple(_writable_text(p) if isinstance(p, str) else p for p in fault["loc"])
        details = InitErrorDetails(type=fault["type"], loc=where, input=_writable(fault["input"]))
        if "ctx" in fault:
            details["ctx"] = fault["ctx"]
        faults.append(details)
    return ValidationError.from_exception_data(error.title, faults)


def _writable(value: Any) -> Any:
    if isinstance(value, str):
        return _writable_text(value)
    if isinstance(value, list | tuple | dict):
        return f"{type(value).__name__} of length {len(value)}"  # pyright: ignore[reportUnknownArgumentType] of anything
    try:
        json.dumps(value, allow_nan=False, default=id)
    except ValueError:  # NaN, infinity, or an integer with too many digits
        return f"{value:g}" if isinstance(value, float) else type(value).__name__
    return value


def _writable_text(text: str) -> str:
    cut = text if len(text) <= _LONGEST_INPUT else f"{text[: _LONGEST_INPUT - 1]}…"
    return cut.encode("utf-8", "backslashreplace").decode("utf-8")


def _fault(fault: Any) -> str:
    where = " ".join(str(part + 1 if isinstance(part, int) else part) for part in fault["loc"])
    context: dict[str, Any] = fault.get("ctx", {})
    if fault["type"] == "literal_error":  # 'a', 'b' or 'c'
        context["expected"] = str(context["expected"]).replace("'", "").replace(" or ", ", ")
    wording = _WORDS.get(fault["type"], "{message}, not {value}")
    message = fault["msg"].removeprefix("Value error, ")
    what = wording.format(value=shown(fault["input"]), message=message, **context)
    return f"{where}: {what}" if where else what
