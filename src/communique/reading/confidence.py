"""The model's confidence in what it wrote, computed from the probabilities of its tokens."""

from __future__ import annotations

import json
import math
import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import Any

from communique.models import Answer

__all__ = ["statement_confidences"]

# A string of JSON, whole or cut off, and the colon after it if it is a key. It matches at every
# quotation mark that begins a string, so that none within a string is taken for a beginning.
_STRING = re.compile(r'"(?:[^"\\]|\\(?s:.)?)*+(?:"(\s*+:)?)?')
_ITEM = re.compile(r"[\s,]*+[{\[]")
_PUNCTUATION = frozenset('{}[],: \n\t"')


def statement_confidences(answer: Answer[Any], count: int) -> list[float | None]:
    """Return the model's confidence in each statement that an answer lists.

    The confidence is the geometric mean of the probabilities of the tokens in the statement's
    values, from 0 to 1; the JSON around them, which the form dictates, does not count. It
    says how certain the wording was, and is not the probability that the statement is right.

    Args:
        answer: the answer.
        count: number of statements that it lists.

    Returns:
        A confidence for each statement, or None where the server sent no log-probabilities.
    """
    raw = answer.raw
    spans = _spans(raw)
    tokens = [token for token, _ in answer.logprobs]
    # A token that is part of a character has no text, so that tokens can't be matched to values.
    if len(spans) != count or not tokens or "".join(tokens) != raw:
        return [None] * count
    ends = list(accumulate(map(len, tokens)))
    return [_confidence(answer, ends, start, end) for start, end in spans]


def _spans(raw: str) -> list[tuple[int, int]]:
    """Return the start and end of each item in the list that is the answer or part of it."""
    found = re.search(r'^\s*\[|"statements"\s*:\s*\[', raw)
    spans: list[tuple[int, int]] = []
    decoder = json.JSONDecoder()
    at = found.end() if found else len(raw)
    while (item := _ITEM.match(raw, at)) is not None:
        start = item.end() - 1
        try:
            _, at = decoder.raw_decode(raw, start)
        except ValueError:
            return []
        spans.append((start, at))
    return spans


def _confidence(answer: Answer[Any], ends: Sequence[int], start: int, end: int) -> float | None:
    """Return the confidence in the item between two offsets; ``ends`` are those of the tokens."""
    keys = [m.span() for m in _STRING.finditer(answer.raw, start, end) if m[1]]
    inside = range(bisect_right(ends, start), bisect_right(ends, end))
    values = [
        logprob
        for (token, logprob), stop in ((answer.logprobs[n], ends[n]) for n in inside)
        if not set(token) <= _PUNCTUATION and not _touches(stop - len(token), stop, keys)
    ]
    return round(math.exp(sum(values) / len(values)), 4) if values else None


def _touches(start: int, stop: int, spans: Sequence[tuple[int, int]]) -> bool:
    """Return whether a token has a part of one of these spans, which are in order."""
    after = bisect_left(spans, (stop, 0))  # the first span that begins where the token ends
    return after > 0 and start < spans[after - 1][1]
