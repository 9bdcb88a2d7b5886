"""What later sentences say about a threat or a demand: cautious rules for English, without a model.

A sentence is about it if it has all names and most other words of what was threatened or demanded.
It tells what became of it only if one of the verbs stands in the past, nothing before that makes it
unreal ("would", "not", "threatened to"), and the name next to it is that of the one who was to do
it. `tests/dossiers/later_sentences.tsv` has
labelled sentences, and `tests/dossiers/test_later.py` how often the rules are right.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any, Literal

from communique.dossiers.naming import known_name, with_one_name
from communique.grounding.content_words import FUNCTION_WORDS
from communique.grounding.inflection import base_form
from communique.grounding.name_words import CALENDAR, is_title
from communique.grounding.spelling import place_of
from communique.grounding.words import folded

__all__ = ["Deed", "Event", "event_in", "fewest_words", "stems_of"]

Event = Literal["withdrawn", "done"]

_ENOUGH = 2 / 3
"""The least share of the words of a deed that a sentence about it has."""

_FEWEST = 2
_ENOUGH_WORDS = 3
_WINDOW = 6
_LETTERS = 6
_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*(?:['’]t\b)?|[,;:—–]")
_PAUSES = frozenset(",;:—–")
_BREAKS = _PAUSES | {"and", "but", "then"}
_PASSIVE = frozenset(["be", "is", "are", "was", "were", "been", "being"])
_BEING = _PASSIVE | frozenset(["has", "have", "had", "not", "get", "gets", "got"])
_DETERMINERS = frozenset(
    [
        "the",
        "a",
        "an",
        "its",
        "their",
        "his",
        "her",
        "our",
        "all",
        "any",
        "some",
        "no",
        "recently",
        "newly",
    ]
)
_LISTS: dict[str, Any] = tomllib.loads(
    resources.files("communique.dossiers").joinpath("later.toml").read_text("utf-8")
)
_PAST = {
    past: words[0]
    for words in map(str.split, _LISTS["irregular"].strip().splitlines())
    for past in words[1:]
}
_UNREAL = frozenset(_LISTS["unreal"].split())
_NOWHERE = frozenset({"if", "unless", "whether"})
_WITHDRAWING = frozenset(_LISTS["withdrawing"].split())
_WITHDRAWN = frozenset(_LISTS["withdrawn"].split())


@dataclass(frozen=True, slots=True)
class _Word:
    """A word of a sentence.

    Attributes:
        plain: the word, folded.
        stem: what is compared.
        is_name: whether it is written like a name.
        is_past: whether it may be a verb in the past.
    """

    plain: str
    stem: str
    is_name: bool
    is_past: bool


@dataclass(frozen=True, slots=True)
class Deed:
    """What is threatened or demanded.

    Attributes:
        words: stems of its words.
        names: those of them that are names.
        verbs: those of them that may be its verbs.
        doers: stems of the names of the one who was to do it; empty if that is not known.
        targets: stems of the names of the one who is threatened, where the deed itself is too
            general to be recognised ("close the border").
        is_threat: whether it can be withdrawn.
    """

    words: frozenset[str]
    names: frozenset[str]
    verbs: frozenset[str]
    doers: frozenset[str]
    targets: frozenset[str]
    is_threat: bool

    @classmethod
    def of_threat(cls, action: str, actors: Iterable[str], target: str = "") -> Deed:
        """Return the deed of a threat; ``actors`` are the names of who would do it."""
        words, names, verbs = _parts(action)
        is_general = not names and len(words) < _ENOUGH_WORDS
        targets = _names(target) if is_general else frozenset[str]()
        doers = frozenset[str]().union(*map(_names, actors))
        return cls(words, names, verbs, doers, targets, is_threat=True)

    @classmethod
    def of_condition(cls, condition: str) -> Deed:
        """Return the deed of a condition: whom it names first is to do it, unless it is passive."""
        read = _read(condition)
        is_passive = any(word.plain in _PASSIVE for word in read)
        doers = [] if is_passive or not read or not read[0].is_name else [read[0].stem]
        return cls(*_parts(condition), frozenset(doers), frozenset(), is_threat=False)


def stems_of(text: str) -> frozenset[str]:
    """Return the stems of a sentence's words, by which sentences about a deed are found."""
    return frozenset(word.stem for word in _read(text))


def fewest_words(deed: Deed) -> float:
    """Return how many words of a deed a sentence about it has at least."""
    return max(_FEWEST, _ENOUGH * len(deed.words))


def event_in(sentence: str, deed: Deed) -> Event | None:
    """Return what a sentence says about a deed, or None if it does not tell what became of it."""
    words = _read(sentence)
    stems = {word.stem for word in words}
    found = deed.words & stems
    if len(found) < fewest_words(deed) or not deed.names <= stems:
        return None
    if deed.is_threat and deed.doers.isdisjoint(stems):
        return None
    if deed.targets and deed.targets.isdisjoint(stems):
        return None
    plain = {word.plain for word in words}
    if deed.is_threat and plain & _WITHDRAWN:
        dropped = (n for n, word in enumerate(words) if word.plain in _WITHDRAWING)
        if any(_is_real(words, place) and _is_by(words, place, deed.doers) for place in dropped):
            return "withdrawn"
    if _NOWHERE.isdisjoint(plain):
        for place, word in enumerate(words):
            is_verb = word.is_past and word.stem in deed.verbs
            if is_verb and _is_real(words, place) and _is_by(words, place, deed.doers):
                return "done"
    return None


def _is_real(words: Sequence[_Word], place: int) -> bool:
    """Return whether nothing before a verb makes it unreal, and it is no adjective."""
    if place and words[place - 1].plain in _DETERMINERS:
        return False
    for word in reversed(words[max(0, place - _WINDOW) : place]):
        if word.plain in _BREAKS:
            return True
        if word.plain in _UNREAL:
            return False
    return True


def _is_by(words: Sequence[_Word], place: int, doers: frozenset[str]) -> bool:
    """Return whether the last name before a verb, or one after "by", is a doer's."""
    if not doers:
        return True
    agents = (n for n, word in enumerate(words[place:], start=place + 1) if word.plain == "by")
    for start in agents:
        agent = next((word for word in words[start : start + _WINDOW] if word.is_name), None)
        if agent is not None and agent.stem in doers:
            return True
    last = next((word for word in reversed(words[:place]) if word.is_name), None)
    return last is not None and last.stem in doers


def _names(text: str) -> frozenset[str]:
    """Return the stems of the names in a text."""
    return frozenset(word.stem for word in _read(text) if word.is_name)


def _parts(text: str) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """Return the stems of all words, of the names and of possible verbs."""
    words = [word for word in _read(text) if word.plain not in _PAUSES]
    content = [word for word in words if word.plain not in FUNCTION_WORDS]
    verbs = {
        word.stem
        for place, word in enumerate(words)
        if word.plain not in FUNCTION_WORDS
        and not word.is_name
        # "the frozen funds" have no verb, "the funds have been frozen" do.
        and (
            not word.is_past
            or _PAST.get(word.plain) == word.plain
            or (place and words[place - 1].plain in _BEING)
        )
    }
    names = frozenset(word.stem for word in content if word.is_name)
    return frozenset(word.stem for word in content), names, frozenset(verbs)


def _read(text: str) -> tuple[_Word, ...]:
    words = _WORD.findall(with_one_name(text))
    return tuple(_word(word, is_first=place == 0) for place, word in enumerate(words))


@lru_cache(maxsize=65_536)
def _word(word: str, *, is_first: bool) -> _Word:
    plain = folded(word)
    is_capital = word[0].isupper()
    is_name = (is_capital or word[0].isdigit()) and _may_be_name(plain, is_first=is_first)
    state = (known_name(word) or place_of(word)) if is_name and is_capital else None
    base = _PAST.get(plain) or base_form(plain)
    is_past = not is_name and (plain in _PAST or (plain.endswith("ed") and base != plain))
    return _Word(plain, state or _stem(base), is_name, is_past)


def _may_be_name(plain: str, *, is_first: bool) -> bool:
    if plain in CALENDAR or plain in FUNCTION_WORDS or is_title(plain):
        return False
    return not (is_first and plain in _UNREAL)


def _stem(base: str) -> str:
    return _SAME.get(base, base_form(base)[:_LETTERS])


_SAME = {
    word: f"~{words[0]}"
    for words in map(str.split, reversed(_LISTS["same"]))
    for each in words
    for word in {each, base_form(each)}
}
