"""How alike two wordings of an issue are: by their words, without function words and endings.

Shared words alone tell little: "the peace accord" and "the end of the peace accord" share all but
one, and are opposites. So two wordings are alike only if

- the same words turn them around, or limit them ("ending", "ban", "delay", "not"),
- they are about the same head: "safety inspections of the dam" are inspections, not the dam,
- neither has a name or number where the other has another one,
- and no two names have swapped places, as in "US tariffs on China" and "Chinese tariffs on the US".

Then the F1 of their words decides. `tests/dossiers/issue_pairs.tsv` has the labelled pairs on which
the threshold was chosen, and `tests/dossiers/test_similarity.py` the precision and recall.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from typing import Any

from communique.dossiers.naming import known_name, with_one_name
from communique.grounding.content_words import FUNCTION_WORDS, has_no_spaces, word_parts
from communique.grounding.inflection import base_form
from communique.grounding.spelling import place_of
from communique.grounding.words import SIGNS, folded

__all__ = ["SAME_ISSUE", "head_of", "is_same_issue", "similarity"]

SAME_ISSUE = 0.7
"""Minimum similarity of two wordings of one issue."""

_LETTERS = 5
_WORD = re.compile(rf"[^\W_](?:[^\W_]|[{SIGNS}])*(?:-[^\W_](?:[^\W_]|[{SIGNS}])*)*")
_CONJUNCTIONS = frozenset({"and", "or", "et", "ou", "y", "o", "e", "und", "oder", "й", "та", "и"})


@dataclass(slots=True)
class _Words:
    """The words of a wording.

    Attributes:
        content: stems of all words that count, names included.
        light: stems of words that are said of almost any issue.
        turns: the lines of words that turn a stance around which it has.
        names: names and numbers.
        before, after: the names before and after the head.
        head: what the wording is about: "inspections" in "safety inspections of the dam".
    """

    content: set[str] = field(default_factory=set[str])
    light: set[str] = field(default_factory=set[str])
    turns: set[str] = field(default_factory=set[str])
    names: set[str] = field(default_factory=set[str])
    before: set[str] = field(default_factory=set[str])
    after: set[str] = field(default_factory=set[str])
    head: str | None = None


@dataclass(frozen=True, slots=True)
class _Token:
    stem: str
    is_content: bool = True
    is_name: bool = False
    is_gerund: bool = False


def is_same_issue(one: str, other: str) -> bool:
    """Return whether two wordings are about one issue, as far as their words tell."""
    return similarity(one, other) >= SAME_ISSUE


def similarity(one: str, other: str) -> float:
    """Return how alike two wordings of an issue are, from 0 to 1: see above. It is symmetric."""
    ours, theirs = _words(one), _words(other)
    if ours.turns != theirs.turns:
        return 0.0
    if not ours.content or not theirs.content:
        return float(ours.content == theirs.content and ours.light == theirs.light)
    if ours.head != theirs.head or _have_other_names(ours, theirs) or _are_swapped(ours, theirs):
        return 0.0
    shared = len(ours.content & theirs.content)
    return 2 * shared / (len(ours.content) + len(theirs.content))


def head_of(wording: str) -> str | None:
    """Return what a wording is about; wordings with different heads are not alike."""
    return _words(wording).head


def _have_other_names(ours: _Words, theirs: _Words) -> bool:
    return bool(ours.names - theirs.content) and bool(theirs.names - ours.content)


def _are_swapped(ours: _Words, theirs: _Words) -> bool:
    if not ours.before or not theirs.before or ours.before == theirs.before:
        return False
    return ours.before <= theirs.after and theirs.before <= ours.after


@lru_cache(maxsize=8192)
def _words(text: str) -> _Words:
    words = _Words()
    phrase: list[_Token] = []
    weak_head: str | None = None
    for token in [*_tokens(text), None]:
        if token is not None:
            phrase.append(token)
            _take(words, token)
            continue
        # "Trump's decision to …": whose decision it is, is not what it is about.
        head, is_weak = _head(phrase)
        if is_weak:
            weak_head = weak_head or head
        else:
            words.head = words.head or head
        phrase = []
    # Without spaces there are no phrases.
    words.head = "" if has_no_spaces(folded(text)) else words.head or weak_head
    return words


def _take(words: _Words, token: _Token) -> None:
    if not token.is_content:
        (words.turns if token.stem in _TURN_LINES else words.light).add(token.stem)
        return
    words.content.add(token.stem)
    if token.is_name:
        words.names.add(token.stem)
        (words.before if words.head is None else words.after).add(token.stem)


def _head(phrase: list[_Token]) -> tuple[str | None, bool]:
    """Return the head of a phrase, and whether another phrase may have a better one."""
    found = [token for token in phrase if token.is_content]
    if not found:
        return None, True
    gerunds = (token.stem for token in found if token.is_gerund)
    is_weak = all(token.is_name for token in found) and not phrase[-1].is_content
    return next(gerunds, found[-1].stem), is_weak


def _tokens(text: str) -> Iterable[_Token | None]:
    """Yield the words of a wording, and None at each border between its phrases."""
    for place, found in enumerate(_WORD.finditer(with_one_name(text))):
        yield from _read(found[0], is_first=place == 0)


def _read(word: str, *, is_first: bool) -> Iterable[_Token | None]:
    plain = folded(word)
    if plain in FUNCTION_WORDS:
        if plain not in _CONJUNCTIONS and plain != "s":
            yield None
        return
    if has_no_spaces(plain):
        yield from map(_Token, word_parts(plain))
        return
    is_capital = word[0].isupper()
    if is_capital and (state := known_name(word) or place_of(word)):
        yield _Token(f"={state}", is_name=True)
        return
    stem, listed = _stem(plain), _listed(plain)
    if listed in _SAME:
        yield _Token(_SAME[listed], is_gerund=_SAME[listed] == _JOINING)
    elif listed in _TURNS and (is_first or not is_capital):
        yield _Token(_TURNS[listed], is_content=False)
    elif listed in _LIGHT and (is_first or not is_capital):
        yield _Token(stem, is_content=False)
    else:
        is_name = is_capital or word[0].isdigit() or listed in _NUMBERS
        is_gerund = plain.endswith("ing") and "-" not in plain and not is_capital
        yield _Token(stem, is_name=is_name, is_gerund=is_gerund)


def _stem(plain: str) -> str:
    return base_form(plain)[:_LETTERS]


def _listed(plain: str) -> str:
    """Return what a word is looked up by in the lists: "militant" is not "military"."""
    return base_form(plain) if plain.isascii() else _stem(plain)


def _lines(lines: Iterable[str]) -> dict[str, str]:
    """Return the line of each word, named by its first word."""
    found: dict[str, str] = {}
    for line in lines:
        words = line.split()
        for word in words:
            found.setdefault(_listed(folded(word)), f"~{words[0]}")
    return found


_LISTS: dict[str, Any] = tomllib.loads(
    resources.files("communique.dossiers").joinpath("issue_words.toml").read_text("utf-8")
)
_LIGHT = frozenset(_listed(folded(word)) for word in _LISTS["light"].split())
_NUMBERS = frozenset(_listed(word) for word in _LISTS["numbers"].split())
_SAME, _TURNS = _lines(_LISTS["same"]), _lines(_LISTS["turns"])
_TURN_LINES = frozenset(_TURNS.values())
_JOINING = _SAME["join"]
