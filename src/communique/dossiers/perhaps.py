"""Actors that may be the same, but may be two: they refer to each other, and are not united."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from communique.dossiers.mentions import Identity
from communique.dossiers.naming import NameKind, is_known_body
from communique.grounding.name_words import APART, BODIES

__all__ = ["refer"]

_MOST_PERHAPS = 8
_AFTER_NAMES = frozenset({"jr", "sr", "ii", "iii"})


def refer(found: Iterable[Identity]) -> None:
    """Let actors that may be the same refer to each other."""
    by_last: dict[str, list[tuple[str, Identity]]] = defaultdict(list)
    for identity in found:
        for key in sorted(identity.keys if identity.kind is not NameKind.DESCRIPTION else ()):
            by_last[_last_word(key)].append((key, identity))
    for alike in by_last.values():
        for place, (key, one) in enumerate(alike):
            for other_key, other in alike[place + 1 :]:
                if one is not other and _may_be_same(key, other_key, one, other):
                    for left, right in ((one, other), (other, one)):
                        if right not in left.perhaps and len(left.perhaps) < _MOST_PERHAPS:
                            left.perhaps.append(right)


def _may_be_same(key: str, other_key: str, one: Identity, other: Identity) -> bool:
    """Return whether two names are equal, or one has all words of the other and may be a person."""
    if key == other_key:
        return True
    (fewer, short), (more, long) = sorted(
        ((key, one), (other_key, other)), key=lambda item: len(item[0].split())
    )
    # "Ulmia" is not "Supreme Court of Ulmia".
    if is_known_body(fewer) or (" " not in fewer and short.kind is not NameKind.SURNAME):
        return False
    if NameKind.NAMELESS_BODY in {short.kind, long.kind}:
        return False
    further = set(more.split()) - set(fewer.split())
    return (
        set(fewer.split()) <= set(more.split())
        and APART.isdisjoint(further)
        and BODIES.isdisjoint(further)
    )


def _last_word(key: str) -> str:
    """Return the last word of a key, without "Jr." and the like."""
    words = key.split()
    while len(words) > 1 and words[-1].rstrip(".,") in _AFTER_NAMES:
        words.pop()
    return words[-1] if words else key
