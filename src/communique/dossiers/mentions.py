"""Names in articles, and the actors that they mean."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from communique.dossiers.naming import NameKind
from communique.grounding.name_words import name_key

__all__ = ["Identity", "Mention"]


@dataclass(eq=False, slots=True)
class Mention:
    """A name in one article.

    Attributes:
        article: the article's place.
        homes: whom it speaks for, by key.
    """

    article: int
    key: str
    kind: NameKind
    spellings: Counter[str] = field(default_factory=Counter[str])
    homes: dict[str, str] = field(default_factory=dict[str, str])


@dataclass(eq=False, slots=True)
class Identity:
    """One actor.

    Attributes:
        id: unique, such as ``vladimir-putin``.
        perhaps: actors that may be the same.
    """

    mentions: list[Mention]
    id: str = ""
    perhaps: list[Identity] = field(default_factory=list["Identity"])

    @property
    def names(self) -> tuple[str, ...]:
        """All its names: first the most frequent one that is neither a surname nor derived."""
        found = Counter[str]()
        full: set[str] = set()
        for each in self.mentions:
            found.update(each.spellings)
            if each.kind is not NameKind.SURNAME:
                full.update(name for name in each.spellings if name_key(name) == each.key)
        return tuple(
            sorted(found, key=lambda name: (name not in full, -found[name], -len(name), name))
        )

    @property
    def homes(self) -> dict[str, str]:
        """The states and bodies that it speaks for, by key."""
        return {key: name for each in self.mentions for key, name in each.homes.items()}

    @property
    def keys(self) -> set[str]:
        """The keys of its names."""
        return {each.key for each in self.mentions}

    @property
    def kind(self) -> NameKind:
        """What its name is."""
        return self.mentions[0].kind
