"""Recovery of a condition's outcome from its sentence, where the model left it out.

A small model fills in what must hold, "the nine are home", and leaves the outcome null, although
the sentence states it: "The measures will stay until the nine are home." Without its outcome, a
condition with "until" would turn into a bare demand.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from communique.reading.choosing.cues import find_cue
from communique.statements import StatementReply

__all__ = ["stated_outcome", "with_outcome"]

_WORD = re.compile(r"\w+")
# What stands before a speaker's words, and what stands after them
_REPORTING = re.compile(
    r"^.*(?:\b(?:said|says|warned|added|insisted|vowed|told \w+)(?: that)?\b[ ,:]*|[“„«])"
    r"|^.*\b(?:que|qu['’]|що)(?=\W|\w)\s*",
    re.IGNORECASE | re.DOTALL,
)
_LEADING = re.compile(r"^(?:(?:but|and|then|yet|however|only)\b[\s,]*|[\W_]+)+", re.IGNORECASE)
_TRAILING = re.compile(r"(?:\b(?:and|or|but|only|not)\b|[\s,;:—–“„«(-])+$", re.IGNORECASE)
_CLAUSE = re.compile(r"[,;:”»]\s")
_FEWEST_WORDS = 2


def with_outcome(reply: StatementReply, sentences: Iterable[str]) -> StatementReply:
    """Return a condition without outcome with the one that its sentences state, if any.

    A demand (``only_if``) needs no outcome; it is returned as it is, like other kinds of reply.
    """
    if reply.kind != "condition" or reply.outcome is not None or reply.relation == "only_if":
        return reply
    found = (stated_outcome(text, reply.condition, reply.relation) for text in sentences)
    return reply.model_copy(update={"outcome": next(filter(None, found), None)})


def stated_outcome(sentence: str, condition: str, relation: str) -> str | None:
    """Return the outcome that a sentence states for a condition, in its own words, or None.

    Args:
        sentence: a sentence of the statement's evidence.
        condition: what must hold, in the model's words.
        relation: the relation of outcome and condition; the sentence must have words for it.

    Example:
        >>> from communique.reading.outcomes import stated_outcome
        >>> stated_outcome(
        ...     "But the measures will stay until the nine are home, Lind said.",
        ...     "the nine are home",
        ...     "until",
        ... )
        'the measures will stay'
    """
    cue = find_cue("condition", relation, sentence)
    if cue is None:
        return None
    before, after = sentence[: cue[0]], sentence[cue[1] :]
    if _shared(condition, after) < _shared(condition, before):
        return None  # the cue belongs to another condition
    outcome = _TRAILING.sub("", _LEADING.sub("", _REPORTING.sub("", before)))
    if not _is_said(outcome):  # "Unless the port is opened, nothing will be signed."
        rest = _CLAUSE.split(after, maxsplit=1)
        outcome = _LEADING.sub("", _CLAUSE.split(rest[-1])[0]).rstrip(" ,.!?”»") if rest[1:] else ""
    return outcome if _is_said(outcome) else None


def _is_said(text: str) -> bool:
    return len(_WORD.findall(text)) >= _FEWEST_WORDS


def _shared(condition: str, text: str) -> int:
    words = {word.casefold() for word in _WORD.findall(text)}
    return sum(word.casefold() in words for word in _WORD.findall(condition))
