"""What a name of an actor is: a name of its own, a surname, a nameless body, or a description."""

from __future__ import annotations

import re
from collections.abc import Container
from enum import Enum, auto

from communique.grounding.name_words import (
    ALIASES,
    BODIES,
    COMMON,
    OFFICES,
    PARTICLES,
    is_title,
    name_key,
    name_words,
    plain_word,
    undotted,
    without_article,
)
from communique.grounding.names import Names
from communique.grounding.spelling import place_of

__all__ = [
    "NameKind",
    "actor_key",
    "initials_of",
    "is_known_body",
    "kind_of",
    "known_name",
    "slug",
    "with_one_name",
]

_GOVERNMENT = re.compile(r"(?:the )?(?:government|state) of (?:the )?(.+)|(.+?)(?:'s)? government")
_INTRODUCED = re.compile(r"(?<!\s)\s*\([A-Z]{2,8}\)$")  # the Movement for Change (MFC)
_JOINED = re.compile(r"[-–](?=[A-Z])")
_LONGEST_SLUG = 60
# The names of bodies that many states have consist of these: the Supreme Court, a Labour Party.
_BODY_WORDS = (
    BODIES
    | COMMON
    | OFFICES
    | frozenset(
        """
        supreme high highest constitutional national federal central general democratic republican
        liberal conservative socialist communist green labour labor progressive popular people's
        people centre center left right civil free independent opposition coalition alliance front
        bloc movement league party parties parliament senate cabinet presidency court tribunal bank
        police navy guard board bureau chamber association organization organisation society body
        bar press office foreign prime joint armed air security national corte suprema supremo cour
        suprême frente partido nacional asamblea cívico tribunal
        """.split()  # noqa: SIM905 easier to read than a list
    )
)
_WORLDWIDE = frozenset({"security council", "general assembly"})
# The last words of plurals and the like, which stand for different people in each article
_ANYBODY = frozenset({"source", "member", "group", "side", "camp"})

_ONE_NAME = {name: "-".join(names[0].split()) for names in ALIASES for name in names}
_KNOWN = {one: plain_word(one.replace("-", " ")) for one in _ONE_NAME.values()}
_KNOWN_KEYS = frozenset(name_key(names[0]) for names in ALIASES)
_ALIAS = re.compile(
    rf"(?<!\w)(?:{'|'.join(map(re.escape, sorted(_ONE_NAME, key=len, reverse=True)))})(?!\w)"
)


class NameKind(Enum):
    """What a name is; `communique.dossiers.identities` says what follows."""

    NAME = auto()
    SURNAME = auto()
    NAMELESS_BODY = auto()
    DESCRIPTION = auto()


def actor_key(name: str, states: Container[str]) -> str:
    """Return the key of an actor's name: that of the state for "Ulmian government".

    Args:
        name: the name.
        states: keys of the states and bodies that somebody speaks for.
    """
    key = _plain_key(name)
    found = _GOVERNMENT.fullmatch(key)
    owner = (found[1] or found[2]).strip() if found else ""
    if not owner:
        return key
    *before, last = owner.split()
    place = " ".join([*before, place_of(last) or last])  # "north korean"
    if place_of(owner) or is_known_body(place):
        return place
    return name_key(owner) if name_key(owner) in states else key


def _plain_key(name: str) -> str:
    """Return the key of a name without commas, and without the acronym that it introduces."""
    return name_key(_INTRODUCED.sub("", name).replace(",", "")) or name_key(name) or name


def kind_of(name: str, key: str, names: Names, states: Container[str]) -> NameKind:
    """Return what a name is in its article.

    Args:
        name: the name, in the article's form.
        key: its key.
        names: the names of the article.
        states: keys of the states and bodies that somebody speaks for.
    """
    words = name_words(without_article(name))
    is_government = key != _plain_key(name)
    if is_government or key in _WORLDWIDE or is_known_body(key):
        return NameKind.NAME
    if not words or _is_description(words, names):
        return NameKind.DESCRIPTION
    # A script without capitals does not tell a name from a description.
    has_case = name.lower() != name.upper()
    if not has_case and key not in states:
        return NameKind.NAMELESS_BODY
    if all(plain_word(word) in _BODY_WORDS for word in words):
        return NameKind.NAMELESS_BODY
    if len(words) == 1 and has_case and place_of(words[0]) is None and names.is_titled(name):
        return NameKind.SURNAME
    return NameKind.NAME


def _is_description(words: list[str], names: Names) -> bool:
    first, last = words[0], words[-1]
    if first.islower() and first not in PARTICLES:
        return True
    if any(map(is_title, words)) and BODIES.isdisjoint(word.casefold() for word in words):
        return True
    if last.islower() and last.isascii() and (last.endswith("s") or last in _ANYBODY):
        return True
    # "Protesters", where the article has "protesters", too
    capitals = [word for word in words if word[0].isupper()]
    return bool(capitals) and len(words) == 1 and first.casefold() in names.lexicon.small_words


def with_one_name(text: str) -> str:
    """Return a text in which each state or body with aliases has one name, as one word.

    Examples:
        >>> from communique.dossiers.naming import with_one_name
        >>> with_one_name("U.S. tariffs on the UK")
        'United-States tariffs on the United-Kingdom'
    """
    apart = _JOINED.sub(" ", undotted(text))  # the EU-Mercosur agreement
    return _ALIAS.sub(lambda found: _ONE_NAME[found[0]], apart)


def is_known_body(key: str) -> bool:
    """Return whether a key is that of a state or body with known aliases."""
    return key in _KNOWN_KEYS


def known_name(word: str) -> str | None:
    """Return the plain name of a state or body that `with_one_name` has made one word, or None."""
    return _KNOWN.get(word)


def initials_of(key: str) -> str:
    """Return the initials of the words of a key, without those of "of", "and" and "the"."""
    return "".join(word[0] for word in key.split() if word not in {"of", "and", "the", "for"})


def slug(name: str) -> str:
    """Return a name as an identifier: ``vladimir-putin``."""
    words = "-".join(map(plain_word, name_words(name)))
    return words[:_LONGEST_SLUG].strip("-") or "actor"
