"""Actors over many articles: which names mean one actor. Two people are never made one.

Within an article, grounding has completed the names. Over several articles

- a full name, or that of a body, is one actor, unless it speaks for different states or bodies and
  no article ties it to both;
- a surname alone is united with a full name only if no article has another full name with that
  surname, and both speak for the same state or body; else it is somebody of its own article;
- a description ("police", "a colonel", "Russian president") is somebody of its own article; a body
  without a name of its own ("Supreme Court") is, too, unless both belong to the same state;
- "Ulmian government" and "government of Ulmia" are the state; an acronym is the body that an
  article introduces with it: "Syrian Democratic Forces (SDF)".

What may be the same, but may be two, stays two, and each refers to the other.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from communique.article import Article
from communique.dossiers.mentions import Identity, Mention
from communique.dossiers.naming import (
    NameKind,
    actor_key,
    initials_of,
    kind_of,
    slug,
)
from communique.dossiers.perhaps import refer
from communique.grounding.name_words import (
    OPENERS,
    is_title,
    name_key,
    one_line,
    plain_word,
)
from communique.grounding.names import Names
from communique.grounding.spelling import place_of
from communique.statements import KINDS, Statement

__all__ = ["Identities"]

_GOVERNMENT = "government"
_ACRONYM = re.compile(r"[a-z]{3,6}")


class Identities:
    """The actors of articles.

    Args:
        read: each article with its statements.

    Attributes:
        all: every actor, in the order in which they come up.
    """

    def __init__(self, read: Sequence[tuple[Article, Sequence[Statement]]]) -> None:
        self._articles = [article for article, _ in read]
        self._mentions: dict[tuple[int, str], Mention] = {}
        self._by_name: dict[tuple[int, str], Mention] = {}
        self._given: dict[str, set[str]] = {}
        self._full_names: dict[str, set[str]] = defaultdict(set)
        self._states = {
            name_key(statement.on_behalf_of)
            for _, statements in read
            for statement in statements
            if statement.kind != "agreement" and statement.on_behalf_of
        }
        for place, (article, statements) in enumerate(read):
            if statements:
                self._take(place, article, statements)
        self.all = self._united()
        self._of = {id(each): identity for identity in self.all for each in identity.mentions}
        _number(self.all)
        refer(self.all)

    def of(self, article: int, name: str) -> Identity:
        """Return the actor that a statement of an article names."""
        return self._of[id(self._by_name[article, name])]

    def _take(self, place: int, article: Article, statements: Iterable[Statement]) -> None:
        names = Names(article)
        for surname, found in names.full_names.items():
            self._full_names[surname].update(map(name_key, found))
        for statement in statements:
            home = None if statement.kind == "agreement" else statement.on_behalf_of
            owner = self._mention(place, home, names) if home else None
            for name in KINDS[statement.kind].actors_in(statement):
                if owner is not None and name_key(name) == _GOVERNMENT:
                    self._by_name[place, name] = owner  # of Ulmia, as the statement says
                    continue
                mention = self._mention(place, name, names)
                if home and owner is not None and owner is not mention:
                    mention.homes.setdefault(owner.key, home)

    def _mention(self, place: int, name: str, names: Names) -> Mention:
        known = self._by_name.get((place, name))
        if known is None:
            form = names.form(name)
            key = actor_key(form, self._states)
            known = self._mentions.get((place, key))
            if known is None:
                known = Mention(place, key, kind_of(form, key, names, self._states))
                self._mentions[place, key] = known
            self._by_name[place, name] = known
        known.spellings[one_line(name) or name] += 1
        return known

    def _united(self) -> list[Identity]:
        by_key: dict[str, list[Mention]] = defaultdict(list)
        for mention in self._mentions.values():
            by_key[mention.key].append(mention)
        found: list[Identity] = []
        for key, mentions in by_key.items():
            if self._is_surname(key, mentions):
                for mention in mentions:
                    if mention.kind is NameKind.NAME:
                        mention.kind = NameKind.SURNAME
            named = [each for each in mentions if each.kind is NameKind.NAME]
            bodies = [each for each in mentions if each.kind is NameKind.NAMELESS_BODY]
            self._tie(named)
            found += _by_home(named, needs_home=False)
            found += _by_home(bodies, needs_home=True)
            alone = {NameKind.SURNAME, NameKind.DESCRIPTION}
            found += [Identity([each]) for each in mentions if each.kind in alone]
        self._join_acronyms(found)
        self._join_surnames(found)
        return [identity for identity in found if identity.mentions]

    def _is_surname(self, key: str, mentions: Sequence[Mention]) -> bool:
        """Return whether a single word is a surname, in any of the articles."""
        if " " in key or key in self._states or place_of(key) is not None:
            return False
        is_titled = any(each.kind is NameKind.SURNAME for each in mentions)
        return is_titled or plain_word(key) in self._full_names

    def _tie(self, mentions: Sequence[Mention]) -> None:
        """Give a name the homes of its other articles that its own article ties it to."""
        homes = {key: name for each in mentions for key, name in each.homes.items()}
        if len(homes) < 2:
            return
        for each in mentions:
            names = Names(self._articles[each.article])
            for key, home in homes.items():
                if any(names.are_tied(name, home) for name in each.spellings):
                    each.homes.setdefault(key, home)

    def _join_acronyms(self, found: Sequence[Identity]) -> None:
        """Unite "SDF" with "Syrian Democratic Forces" if an article says "(SDF)" after it."""
        by_initials: dict[str, list[Identity]] = defaultdict(list)
        for identity in found:
            if identity.kind is NameKind.NAME and " " in identity.mentions[0].key:
                by_initials[initials_of(identity.mentions[0].key)].append(identity)
        for identity in found:
            key = identity.mentions[0].key
            whole = by_initials.get(key, ()) if _ACRONYM.fullmatch(key) else ()
            if len(whole) == 1 and self._introduces(whole[0].names, key.upper()):
                _join(identity, whole[0])

    def _introduces(self, names: Iterable[str], acronym: str) -> bool:
        words = "|".join(re.escape(name) for name in names)
        pattern = re.compile(rf"(?:{words}) \({acronym}\)", re.IGNORECASE)
        return any(pattern.search(one_line(article.text)) for article in self._articles)

    def _join_surnames(self, found: Sequence[Identity]) -> None:
        by_key: dict[str, list[Identity]] = defaultdict(list)
        for identity in found:
            for key in identity.keys:
                by_key[key].append(identity)
        for identity in found:
            if not identity.mentions or identity.kind is not NameKind.SURNAME:
                continue
            full = self._full_names.get(plain_word(identity.mentions[0].key), set())
            bearers = by_key[next(iter(full))] if len(full) == 1 else []
            if (
                len(bearers) == 1
                and identity.homes.keys() & bearers[0].homes.keys()
                and self._given_names(identity.names) <= set(next(iter(full)).split())
            ):
                _join(identity, bearers[0])

    def _given_names(self, surnames: Iterable[str]) -> set[str]:
        """Return the capitalised words before a surname in all articles, but no titles.

        `Names` takes "Ben" for a particle, and so "Ben Roe" for no full name.
        """
        words = "|".join(map(re.escape, surnames))
        if words in self._given:
            return self._given[words]
        before = re.compile(rf"\b(\w\.|[\w’'-]+)\s+(?:{words})(?!\w)")
        found = (word for each in self._articles for word in before.findall(each.text))
        self._given[words] = {
            plain_word(word)
            for word in found
            if word[0].isupper()
            and not is_title(word)
            and place_of(word) is None
            and plain_word(word) not in OPENERS
        }
        return self._given[words]


def _by_home(mentions: Sequence[Mention], *, needs_home: bool) -> list[Identity]:
    """Return mentions of one name, united if they share a home.

    Those without a home are united with all others if these are one.
    """
    groups: list[list[Mention]] = []
    for mention in mentions:
        if mention.homes:
            linked = [
                g for g in groups if any(each.homes.keys() & mention.homes.keys() for each in g)
            ]
            groups = [g for g in groups if g not in linked]
            groups.append([*(each for g in linked for each in g), mention])
    homeless = [each for each in mentions if not each.homes]
    if needs_home or len(groups) > 1:
        groups += [[each] for each in homeless]
    elif homeless:
        groups = [[*(each for g in groups for each in g), *homeless]]
    return [Identity(group) for group in groups]


def _join(identity: Identity, other: Identity) -> None:
    other.mentions += identity.mentions
    identity.mentions = []


def _number(found: Iterable[Identity]) -> None:
    """Give each actor an id."""
    taken: set[str] = set()
    counts: Counter[str] = Counter()
    for identity in found:
        base = identity.id = slug(identity.names[0])
        while identity.id in taken:
            counts[base] += 1
            identity.id = f"{base}-{counts[base] + 1}"
        taken.add(identity.id)
