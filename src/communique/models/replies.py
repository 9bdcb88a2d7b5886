"""Parsing of replies: JSON, also inside a Markdown fence or prose."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from pydantic import BaseModel, RootModel, ValidationError

from communique.errors import InvalidReply
from communique.models.base import ReplyT

__all__ = ["LONGEST_ANSWER", "check_length", "read_reply"]

LONGEST_ANSWER = 1 << 20
"""Most characters of an answer, with the model's thoughts before it."""

_FENCE = re.compile(r"```[\w-]*+[ \t]*+(?:\r?\n)?+(.*?)```", re.DOTALL)
_END_OF_THOUGHT = re.compile(r"</(?:think|thinking|thought|reasoning)>", re.IGNORECASE)
_LONGEST = 1 << 18
"""Most characters of a reply that is searched for JSON. Answers have a few kilobytes."""

_MOST_STARTS = 256
"""Maximum number of braces to try; each attempt may parse the rest of the reply."""


def read_reply(form: type[ReplyT], text: str) -> ReplyT:
    """Return a model's reply, parsed into the requested form.

    If the text is not JSON itself, look for JSON in a Markdown fence, after the model's
    reasoning, or within prose. The last object (or list) that has the form counts as the answer.

    Args:
        form: the requested form.
        text: the model's text.

    Raises:
        ValidationError: no object has the form; the error describes the likeliest candidate.
    """
    try:
        return form.model_validate_json(text)
    except ValidationError as error:
        nearest = error
    for candidate in _candidates(text, _opening(form)):
        try:
            return form.model_validate_json(candidate)
        except ValidationError as error:
            if _parses(error) and not _parses(nearest):
                nearest = error
    raise nearest


def check_length(length: int) -> None:
    """Check the length of an answer, which may still be incomplete.

    Raises:
        InvalidReply: it is longer than any answer.
    """
    if length > LONGEST_ANSWER:
        raise InvalidReply(f"the answer is longer than {LONGEST_ANSWER:,} characters")


def _opening(form: type[BaseModel]) -> str:
    return "[" if issubclass(form, RootModel) else "{"


def _candidates(text: str, opening: str) -> Iterator[str]:
    """Yield parts of the text that may be the answer, the likeliest first."""
    if len(text) > _LONGEST:
        return
    *_, said = _END_OF_THOUGHT.split(text)
    yield from reversed(_FENCE.findall(said))
    yield from reversed(_values(said, opening))


def _values(text: str, opening: str) -> list[str]:
    """Return the outermost JSON objects or lists in a text."""
    decoder = json.JSONDecoder()
    found: list[str] = []
    at = 0
    for _ in range(_MOST_STARTS):
        if (start := text.find(opening, at)) < 0:
            break
        try:
            _, at = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            at = start + 1
        else:
            found.append(text[start:at])
    return found


def _parses(error: ValidationError) -> bool:
    return error.errors(include_url=False, include_input=False)[0]["type"] != "json_invalid"
