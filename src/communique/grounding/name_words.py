"""The word lists of `names.toml`, and how text is split into words to compare names."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import lru_cache
from importlib import resources
from typing import Any

from communique.grounding.words import SIGNS, normalized

__all__ = [
    "ALIASES",
    "APART",
    "BODIES",
    "CALENDAR",
    "COMMON",
    "FAMILY_FIRST",
    "GERMAN",
    "NOT_ENGLISH",
    "OFFICES",
    "OPENERS",
    "PARTICLES",
    "PLACES",
    "adjectives_of",
    "is_title",
    "name_key",
    "name_words",
    "one_line",
    "plain_word",
    "title_words",
    "undotted",
    "without_article",
]

_LISTS: dict[str, Any] = tomllib.loads(
    resources.files("communique.grounding").joinpath("names.toml").read_text(encoding="utf-8")
)


def _list(name: str) -> frozenset[str]:
    return frozenset(_LISTS[name].split())


OFFICES, BODIES, COMMON = _list("offices"), _list("bodies"), _list("common")
PARTICLES, APART, PLACES = _list("particles"), _list("apart"), _list("places")
GERMAN, NOT_ENGLISH = _list("german"), _list("not_english")
FAMILY_FIRST, OPENERS, CALENDAR = _list("family_first"), _list("openers"), _list("calendar")
_TITLES, _TITLE_ENDINGS = _list("titles"), tuple(_LISTS["title_endings"].split())
_ADJECTIVES: dict[str, frozenset[str]] = {
    state: frozenset(words.split()) for state, words in _LISTS["adjectives"].items()
}

# Where Latin, Arabic and Hebrew text mix, there are often invisible direction marks.
_DIRECTION = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
# "An Ji-young" is a name: "an" is an article only before a vowel.
_ARTICLE = re.compile(r"^(?:the|a|an(?=\s+[aeiouh]))\s+", re.IGNORECASE)
_DOTTED = re.compile(r"\b(?:[^\W\d_]\.){2,}")
_LATIN_ACCENTS = re.compile("(?<=[a-z])[\u0300-\u036f]+")
_LONGEST_TITLE = 1_000
_WORD = re.compile(rf"[^\W\d_](?:[^\W\d_]|[{SIGNS}])*")


def one_line(text: str) -> str:
    """Return the text on one line, in composed form (NFC), without direction marks."""
    return " ".join(_DIRECTION.sub("", normalized("NFC", text)).split())


def without_article(name: str) -> str:
    """Return a name on one line, without a leading "the", "a" or "an"."""
    return _ARTICLE.sub("", one_line(name))


def undotted(text: str) -> str:
    """Return the text with acronyms written without full stops: "the US" for "the U.S."."""
    return _DOTTED.sub(lambda match: match[0].replace(".", ""), text)


@lru_cache(maxsize=4096)
def name_key(name: str) -> str:
    """Return the key by which names are compared: equal keys mean the same name."""
    key = _key(without_article(name))
    return _ALIAS_KEYS.get(key, key)


def _key(name: str) -> str:
    """Return a name without case, hyphens and the accents of Latin letters."""
    letters = normalized("NFD", undotted(name).casefold().replace("ı", "i"))
    plain = _LATIN_ACCENTS.sub("", letters).replace("-", " ").replace("’", "'")
    return normalized("NFC", plain)


def name_words(text: str) -> list[str]:
    """Return the words of a name or text, with hyphenated and contracted words split."""
    return _WORD.findall(undotted(one_line(text)))


@lru_cache(maxsize=4096)
def plain_word(word: str) -> str:
    """Return a word without case and accents, which vary between languages and writers."""
    letters = normalized("NFKD", word.casefold().replace("ı", "i").replace("ł", "l"))
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def title_words(title: str | None) -> list[str]:
    """Return the plain words of an article's title: a headline may have the only full name."""
    return list(map(plain_word, name_words((title or "")[:_LONGEST_TITLE])))


@lru_cache(maxsize=4096)
def is_title(word: str) -> bool:
    """Return whether a word is a title, rank or office: "Gen.", "Presidents", "Außenministerin"."""
    word = word.casefold().rstrip(".")
    return not _TITLES.isdisjoint(
        (word, word.removesuffix("s"), word.partition("-")[0])
    ) or word.endswith(_TITLE_ENDINGS)


@lru_cache(maxsize=4096)
def adjectives_of(word: str) -> frozenset[str]:
    """Return irregular adjectives of a place, or the places of an irregular adjective.

    For "france" this is "french", and for "french" it is "france".
    """
    states = {state for state, adjectives in _ADJECTIVES.items() if word in adjectives}
    return _ADJECTIVES.get(word, frozenset[str]()) | states


ALIASES: tuple[tuple[str, ...], ...] = tuple(map(tuple, _LISTS["aliases"].values()))
"""Groups of names, each for one state or body, with the fullest name first."""

_ALIAS_KEYS = {_key(one_line(name)): _key(names[0]) for names in ALIASES for name in names}
