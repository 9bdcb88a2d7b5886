"""Codes of actors by what their names say: states, organisations and sectors. Nothing is guessed.

A name has a code if it is one of the names in the tables, or if it has the form

- "Russian Foreign Ministry", "Iran's allies" (which are not Iran), "senior US officials": the
  state or organisation, and what belongs to it; or
- "government of Sudan", "spokesman for the Israeli army": a word for a sector, and the state.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import takewhile

from communique.codes.actor_code import ActorCode
from communique.codes.code_tables import tables
from communique.codes.keys import key_of, singular, undotted
from communique.codes.state_names import iso3_of

__all__ = ["find_code"]

_LONGEST_NAME = 200
_MOST_WORDS = 6  # of the name of a state, as in "Democratic Republic of the Congo"
_LONGEST_PHRASE = 3  # words for a sector: "house of representatives"
_ARTICLE = re.compile(r"^(?:the|a|an)\s+", re.IGNORECASE)
_ASIDE = re.compile(r"\s\([^()]*\)$")
_GENITIVE = re.compile(r"['’]s?$", re.IGNORECASE)
_PREPOSITIONS = frozenset({"of", "to", "in", "at", "on", "for", "from", "with", "by"})
_PLACE = re.compile(r"\s(?:to|in|at)\s.*$")
_JOINED = frozenset({"and", "or", "&", "/"})
# In these, those who have left their office are former officials.
_OFFICES = frozenset({"GOV", "LEG", "MIL", "COP", "SPY", "JUD"})


@lru_cache(maxsize=4096)
def find_code(name: str) -> ActorCode | None:
    """Return the code of an actor by its name, or None if the name does not tell its state.

    Persons have no code of their own: whom they speak for is said by ``on_behalf_of``. Nor have
    towns other than capitals, names that two states share ("Korean"), and several actors at once.

    Examples:
        >>> from communique.codes import find_code
        >>> find_code("the Kremlin")
        ActorCode(iso3='RUS', cow=365, organization=None, sector='GOV')
        >>> find_code("Ukrainian army").sector, find_code("UN officials").organization
        ('MIL', 'UNO')
        >>> find_code("Iran's allies") is None
        True
    """
    text = _ASIDE.sub("", " ".join(name.split())).strip(",;:\"“”‘'")
    if not text or len(text) > _LONGEST_NAME:
        return None
    name = _GENITIVE.sub("", _ARTICLE.sub("", text))
    return _whole(name) or _with_state_first(text) or _with_state_last(text)


def _whole(name: str) -> ActorCode | None:
    """Return the code of a name that is, as a whole, the name of a state, a people or a body."""
    known = tables()
    if not name or name[0].islower():
        return None
    key = key_of(name)
    code = known.abbreviations.get(undotted(name)) or known.names.get(key)
    if code := code or _people(key):
        return code
    iso3 = iso3_of(key)
    return known.states.get(iso3, ActorCode(iso3)) if iso3 else None


def _people(key: str) -> ActorCode | None:
    """Return the code of the state whose people are called so."""
    adjectives = tables().adjectives
    return adjectives.get(key) or adjectives.get(key.removesuffix("s"))


def _with_state_first(text: str) -> ActorCode | None:
    """Return the code of a name such as "several senior US officials"."""
    words = text.split()
    lead = list(takewhile(_is_lead, words[:-1]))
    words = words[len(lead) :]
    if lead and (code := _whole(" ".join(words))):
        return code
    for length in range(min(_MOST_WORDS, len(words) - 1), 0, -1):
        head = " ".join(words[:length])
        owner = _GENITIVE.sub("", head)
        if code := _whole(owner):
            rest = words[length:]
            if not _belongs(rest, owner=owner, is_genitive=owner != head):
                return None
            return _with_sector(code, rest, lead)
    return None


def _is_lead(word: str) -> bool:
    """Return whether a word may stand before a state; "New" begins names of states."""
    return word[0].isdigit() or (word.casefold() in tables().before and word != "New")


def _belongs(rest: Sequence[str], *, owner: str, is_genitive: bool) -> bool:
    """Return whether the words after a state are about something of that state alone."""
    known = tables()
    small = [singular(word) for word in rest]
    if not known.others.isdisjoint(word.casefold().strip(",.") for word in rest):
        return False
    place, sector = _first_sector(small)
    # "Ministry of Health and Welfare" is one; "the army and Hamas" are two.
    if small[0] in _JOINED or ("of" not in small and not _JOINED.isdisjoint(small[place:])):
        return False
    if is_genitive:
        return True
    own = [word for word in rest[:place] if word.casefold() not in known.between | _JOINED]
    if _people(key_of(owner)) or undotted(owner) in known.abbreviations:
        return all(word[0].islower() for word in own)
    return sector is not None and not own


def _first_sector(words: Sequence[str]) -> tuple[int, str | None]:
    """Return the place of the first word for a sector, and the sector; or the end, and None."""
    sectors = tables().sectors
    for place in range(len(words)):
        for length in range(_LONGEST_PHRASE, 0, -1):
            if sector := sectors.get(" ".join(words[place : place + length])):
                return place, sector
    return len(words), None


def _with_sector(code: ActorCode, words: Sequence[str], lead: Sequence[str] = ()) -> ActorCode:
    """Return a state's code with the sector that words tell, up to the first preposition."""
    known = tables()
    small = [singular(word) for word in words]
    near = list(takewhile(lambda word: word not in _PREPOSITIONS, small))
    found = {code.sector} | {
        sector
        for place in range(len(near))
        for length in range(1, _LONGEST_PHRASE + 1)
        if (sector := known.sectors.get(" ".join(small[place : place + length])))
    }
    # A "Pentagon official" is the military's: the government's words come last.
    sector = next((each for each in known.sectors.values() if each in found), None)
    if sector in _OFFICES and not known.former.isdisjoint({*near, *map(str.casefold, lead)}):
        sector = "ELI"
    return replace(code, sector=sector)


def _with_state_last(text: str) -> ActorCode | None:
    """Return the code of a name such as "government of Sudan" or "spokesman for its army"."""
    known = tables()
    for preposition in (" of ", " for "):
        role, found, owner = text.rpartition(preposition)
        small = [singular(word) for word in role.split()]
        code = find_code(_PLACE.sub("", owner)) if found and _JOINED.isdisjoint(small) else None
        if code is None or not known.others.isdisjoint(role.casefold().split()):
            continue
        # A member of the parliament is part of it; a member of the Union is a state.
        is_part = code.sector and not known.parts.isdisjoint(small)
        if is_part or _first_sector(small)[1]:
            return _with_sector(code, role.split())
    return None
