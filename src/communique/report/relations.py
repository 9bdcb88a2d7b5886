"""Who threatens, opposes, supports, makes demands on and agrees with whom."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations

from communique.report.digest import Line

__all__ = ["RELATIONS", "Names", "Pair", "Relation", "Relations", "find_relations"]

_MOST_NAMES = 500
_SHORTEST_NAME = 2


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation of one actor to another.

    Attributes:
        name: its name, also as a CSS class.
        verb: between the two actors, in a sentence.
        symbol: what stands for it in pictures.
        kind: the kind of statement that shows it.
        rule: when a statement shows it, for people.
        values: those of the statement's field with a few given values that show it; all if empty.
    """

    name: str
    verb: str
    symbol: str
    kind: str
    rule: str
    values: frozenset[str] = frozenset()

    @property
    def is_mutual(self) -> bool:
        """Whether it has no direction."""
        return self.kind == "agreement"


RELATIONS = {
    relation.name: relation
    for relation in (
        Relation("threatens", "threatens", "▲", "threat", "a threat whose target names the other"),
        Relation(
            "demands", "makes demands on", "◆", "condition", "a condition that names the other"
        ),
        Relation(
            "opposes",
            "opposes something about",
            "−",
            "position",
            "a position against an issue that names the other",
            frozenset({"opposes"}),
        ),
        Relation(
            "supports",
            "supports something about",
            "+",
            "position",
            "a position for an issue that names the other",
            frozenset({"supports", "conditional"}),
        ),
        Relation(
            "agrees",
            "agrees with",
            "■",
            "agreement",
            "an agreement of the two that is agreed or in force",
            frozenset({"agreed", "in_force"}),
        ),
        Relation(
            "negotiates",
            "negotiates with",
            "□",
            "agreement",
            "an agreement of the two that is proposed or negotiated",
            frozenset({"proposed", "negotiating"}),
        ),
        Relation(
            "breaks",
            "breaks with",
            "×",
            "agreement",
            "an agreement of the two that is rejected, suspended, violated or ended",
            frozenset({"rejected", "suspended", "violated", "ended"}),
        ),
    )
}
"""All relations by name, in the order of outputs."""


class Names:
    """Names of actors, of which different spellings are one: ``the United States``.

    Args:
        lines: the statements that name them.

    Attributes:
        counts: the number of statements of each actor, by key.
    """

    def __init__(self, lines: Iterable[Line]) -> None:
        spellings: dict[str, Counter[str]] = defaultdict(Counter)
        self.counts: Counter[str] = Counter()
        for line in lines:
            for name in line.parties:
                self.counts[_key(name)] += 1
            # Who is only threatened states nothing, but belongs in the picture.
            targets = line.about if line.kind == "threat" else ()
            for name in (*line.parties, *targets):
                spellings[_key(name)][name] += 1
        self._shown = {key: found.most_common(1)[0][0] for key, found in spellings.items()}
        known = [
            name
            for key in sorted(spellings, key=lambda key: -spellings[key].total())[:_MOST_NAMES]
            for name in spellings[key]
            if len(name) >= _SHORTEST_NAME
        ]
        # Longer names first: "South Sudan" is not "Sudan". Case matters: "US" is not "us".
        words = "|".join(re.escape(name) for name in sorted(known, key=len, reverse=True))
        self._known = re.compile(rf"(?<!\w)(?:{words})(?!\w)") if words else None

    def key(self, name: str) -> str:
        """Return what is the same for all spellings of a name."""
        return _key(name)

    def shown(self, key: str) -> str:
        """Return the most frequent spelling."""
        return self._shown[key]

    def named_in(self, text: str) -> set[str]:
        """Return the keys of the actors that a text names."""
        found = self._known.findall(text) if self._known else ()
        return {_key(name) for name in found}


@dataclass
class Pair:
    """All that is between two actors, in one direction.

    Attributes:
        actor, other: their keys.
        lines: the statements by relation.
        weight: how much there is. An agreement of many counts less for each two of them.
    """

    actor: str
    other: str
    lines: dict[str, list[Line]]
    weight: float = 0

    @property
    def counts(self) -> list[tuple[Relation, int]]:
        """The number of statements of each relation that there is."""
        return [(RELATIONS[name], len(self.lines[name])) for name in RELATIONS if self.lines[name]]


class Relations:
    """The relations among the actors that have most of them.

    Attributes:
        actors: their keys, those with the most relations first.
        pairs: by actor and other.
    """

    def __init__(self, actors: Sequence[str], pairs: dict[tuple[str, str], Pair]) -> None:
        self.actors = actors
        self.pairs = pairs


def find_relations(lines: Iterable[Line], names: Names, most: int) -> Relations:
    """Return the relations among at most ``most`` actors."""
    found: dict[tuple[str, str], Pair] = {}
    for line in lines:
        for actor, relation, other in _of(line, names):
            pair = found.get((actor, other))
            if pair is None:
                pair = found[actor, other] = Pair(actor, other, defaultdict(list))
            pair.lines[relation.name].append(line)
            pair.weight += 1 / (len(line.parties) - 1) if relation.is_mutual else 1
    weights: dict[str, float] = defaultdict(float)
    for pair in found.values():
        weights[pair.actor] += pair.weight
        weights[pair.other] += pair.weight
    actors = sorted(weights, key=lambda key: (-weights[key], key))
    chosen = set(actors[:most])
    kept = {key: pair for key, pair in found.items() if chosen.issuperset(key)}
    linked = {actor for key in kept for actor in key}
    return Relations([actor for actor in actors[:most] if actor in linked], kept)


def _of(line: Line, names: Names) -> Iterator[tuple[str, Relation, str]]:
    actors = [names.key(party) for party in line.parties]
    shown = (each for each in RELATIONS.values() if each.kind == line.kind)
    relation = next((each for each in shown if not each.values or line.value in each.values), None)
    if relation is None:
        return
    if relation.is_mutual:
        for one, other in permutations(dict.fromkeys(actors), 2):
            yield one, relation, other
        return
    others = {key for text in line.about for key in names.named_in(text)}
    for other in sorted(others - {*actors, names.key(line.who)}):
        yield actors[0], relation, other


def _key(name: str) -> str:
    return " ".join(name.casefold().removeprefix("the ").split())
