"""Reading a reply: the JSON that was asked for, or that JSON in a fence or among prose."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from pydantic import ValidationError

from communique.models.base import ReplyT

__all__ = ["read_reply"]

_FENCE = re.compile(r"```[\w-]*[ \t]*\r?\n?(.*?)```", re.DOTALL)
_END_OF_THOUGHT = re.compile(r"</(?:think|thinking|thought|reasoning)>", re.IGNORECASE)
_LONGEST = 1 << 18
"""Characters of a reply in which JSON is searched for. Answers have some kilobytes."""

_MOST_STARTS = 256
"""Braces that are tried; each may cost the time to read the rest of the reply."""


def read_reply(form: type[ReplyT], text: str) -> ReplyT:
    """Return a model's reply in the form that was asked for.

    If the text is not that JSON, it may hold it: in a Markdown fence, after the model's
    thoughts, or among prose. The last object of the form counts, since that is the answer.

    Args:
        form: the form.
        text: what the model wrote.

    Raises:
        ValidationError: there is no such object; the error is about the one that is nearest.
    """
    try:
        return form.model_validate_json(text)
    except ValidationError as error:
        nearest = error
    for candidate in _candidates(text):
        try:
            return form.model_validate_json(candidate)
        except ValidationError as error:
            if _parses(error) and not _parses(nearest):
                nearest = error
    raise nearest


def _candidates(text: str) -> Iterator[str]:
    """Parts of the text that may be the answer, the likeliest first."""
    if len(text) > _LONGEST:
        return
    *_, said = _END_OF_THOUGHT.split(text)
    yield from reversed(_FENCE.findall(said))
    yield from reversed(_objects(said))


def _objects(text: str) -> list[str]:
    """The JSON objects that stand in a text, without those inside others."""
    decoder = json.JSONDecoder()
    found: list[str] = []
    at = 0
    for _ in range(_MOST_STARTS):
        if (start := text.find("{", at)) < 0:
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
