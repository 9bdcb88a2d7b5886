"""Which fields of a matched statement are right: `SCORING.md`, "Fields".

`same_name`, `same_parties` and `same_text` are symmetric, and null only equals null.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast

from rapidfuzz.fuzz import ratio

from communique.grounding.content_words import has_no_spaces, plain_words, same_words
from communique.grounding.name_words import is_title, without_article
from communique.statements import KINDS, Statement

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["BEHALF", "same_name", "same_parties", "same_text", "wrong_fields"]

BEHALF = "on_behalf_of"
"""The field that full F1 leaves out and full+ asks for."""

SAME_NAME = 80
"""Minimum fuzzy ratio, in per cent, of two spellings of a name."""

_POSSESSIVE = re.compile(r"['’]s?(?!\w)")


def wrong_fields(gold: Statement, predicted: Statement) -> tuple[str, ...]:
    """Return the fields of a prediction that differ from the gold's, in the order of the class.

    Raises:
        ValueError: the statements are of different kinds.
    """
    if gold.kind != predicted.kind:
        raise ValueError(f"a {gold.kind} can't be compared with a {predicted.kind}")
    fields = KINDS[gold.kind].fields
    return tuple(name for name in fields if not _is_right(name, gold, predicted))


def same_name(one: str | None, other: str | None) -> bool:
    """Return whether two names mean the same actor.

    They do if they are equal but for case, titles and an article; if one is a form of the other
    (the same last word, or all its words are in the other); or if their fuzzy ratio is at least
    `SAME_NAME`.
    """
    if one is None or other is None:
        return one is other
    ours, theirs = _words(one), _words(other)
    # Where a title is all there is of one name, it may be in the other: "the Pope".
    return _is_part(ours, theirs) or _are_forms(_untitled(ours), _untitled(theirs))


def same_parties(ours: Sequence[str], theirs: Sequence[str]) -> bool:
    """Return whether each party of either side has its match on the other."""
    return all(any(same_name(one, other) for other in theirs) for one in ours) and all(
        any(same_name(one, other) for other in ours) for one in theirs
    )


def same_text(one: str | None, other: str | None) -> bool:
    """Return whether two texts share enough content words: see `content_words`."""
    if one is None or other is None:
        return one is other
    return same_words(one, other)


def _is_right(name: str, gold: Statement, predicted: Statement) -> bool:
    kind = KINDS[gold.kind]
    ours, theirs = getattr(gold, name), getattr(predicted, name)
    if name == kind.enumerated:
        return cast("bool", ours == theirs)
    if name not in kind.names:
        return same_text(ours, theirs)
    return same_parties(ours, theirs) if kind.is_joint else same_name(ours, theirs)


def _words(name: str) -> tuple[str, ...]:
    return plain_words(_POSSESSIVE.sub("", without_article(name)))


def _untitled(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(word for word in words if not is_title(word)) or words


def _are_forms(ours: tuple[str, ...], theirs: tuple[str, ...]) -> bool:
    if not ours or not theirs:
        return False
    if ours[-1] == theirs[-1] or _is_part(ours, theirs):
        return True
    return ratio(" ".join(ours), " ".join(theirs)) >= SAME_NAME


def _is_part(ours: tuple[str, ...], theirs: tuple[str, ...]) -> bool:
    """Return whether all words of one name are in the other."""
    if not ours or not theirs:
        return ours == theirs
    if any(map(has_no_spaces, ours + theirs)):  # 俄罗斯 is a word of 俄罗斯政府
        one, other = sorted(("".join(ours), "".join(theirs)), key=len)
        return one in other
    return set(ours) <= set(theirs) or set(theirs) <= set(ours)
