"""What the index of a report shows besides its entries: relations, and actors over time."""

from __future__ import annotations

import datetime
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING

from markupsafe import Markup

from communique.report.graph import draw_graph
from communique.report.relations import RELATIONS, Names, Pair, Relation, find_relations
from communique.report.timeline import draw_timeline
from communique.statements import KINDS

if TYPE_CHECKING:
    from communique.report.digest import Digest, Line

__all__ = ["ActorView", "Overview", "PairView"]

_MOST_IN_MATRIX = 14
_MOST_ACTORS = 24
_MOST_LINES = 40


@dataclass(frozen=True)
class PairView:
    """Two actors, and what is between them.

    Attributes:
        anchor: the identifier of the list of statements.
        one, other: their names.
        pairs: both directions, as far as there are any.
        names: the names of all actors.
    """

    anchor: str
    one: str
    other: str
    pairs: list[Pair]
    names: Names

    @property
    def lists(self) -> list[tuple[str, Relation, str, int, list[Line], int]]:
        """Each relation: the two names around it, the number, the newest statements, the rest."""
        found = [
            (pair, relation, count)
            for place, pair in enumerate(self.pairs)
            for relation, count in pair.counts
            if place == 0 or not relation.is_mutual
        ]
        return [
            (
                self.names.shown(pair.actor),
                relation,
                self.names.shown(pair.other),
                count,
                *_newest(pair.lines[relation.name]),
            )
            for pair, relation, count in found
        ]


@dataclass(frozen=True)
class ActorView:
    """An actor, with its statements over time.

    Attributes:
        anchor: its identifier in the page.
        name: its most frequent name.
        lines: all its statements.
        dates: the days that the picture spans, or None without any.
    """

    anchor: str
    name: str
    lines: list[Line]
    dates: tuple[datetime.date, datetime.date] | None

    @property
    def counts(self) -> list[tuple[str, str, int]]:
        """Kind, symbol and number of its statements, by kind."""
        kinds = [line.kind for line in self.lines]
        return [
            (name, kind.symbol, kinds.count(name)) for name, kind in KINDS.items() if name in kinds
        ]

    @property
    def picture(self) -> Markup | None:
        """Its statements over time; None if the days of publication do not differ."""
        if self.dates is None or self.dates[0] == self.dates[1]:
            return None
        return Markup(draw_timeline(self.lines, self.dates))  # noqa: S704 no text of others is in it

    @property
    def undated(self) -> int:
        """The number of statements in articles without a date."""
        return sum(line.entry.date is None for line in self.lines)

    @property
    def newest(self) -> list[Line]:
        """The statements that are listed."""
        return _newest(self.lines)[0]

    @property
    def left_out(self) -> int:
        """The number of those that are not."""
        return _newest(self.lines)[1]


class Overview:
    """Relations and actors of a report.

    Args:
        digest: the report's entries.
    """

    def __init__(self, digest: Digest) -> None:
        self._digest = digest
        lines = digest.lines
        self.names = Names(lines)
        self._relations = find_relations(lines, self.names, _MOST_IN_MATRIX)

    @property
    def actors(self) -> list[str]:
        """The names in the matrix, which has a row and a column for each."""
        return [*map(self._shown, self._relations.actors)]

    @cached_property
    def pairs(self) -> list[PairView]:
        """All pairs of actors with something between them, the most important actors first."""
        return [
            PairView(_anchor(row, column), self._shown(one), self._shown(other), found, self.names)
            for (row, one), (column, other) in combinations(enumerate(self._relations.actors), 2)
            if (found := [*filter(None, (self._between(one, other), self._between(other, one)))])
        ]

    @property
    def rows(self) -> list[tuple[str, list[tuple[str, list[tuple[Relation, int]]]]]]:
        """The matrix: each actor with a cell for each other one: anchor and numbers."""
        keys = self._relations.actors
        return [
            (
                self._shown(actor),
                [
                    (_anchor(row, column), pair.counts if pair else [])
                    for column, pair in enumerate(self._between(actor, key) for key in keys)
                ],
            )
            for row, actor in enumerate(keys)
        ]

    @property
    def relations(self) -> list[Relation]:
        """The relations that occur."""
        pairs = self._relations.pairs.values()
        found = {relation.name for pair in pairs for relation, _ in pair.counts}
        return [relation for name, relation in RELATIONS.items() if name in found]

    @property
    def graph(self) -> Markup:
        """The picture of the relations."""
        return Markup(draw_graph(self._relations, self.names))  # noqa: S704 it escapes the names

    def _shown(self, key: str) -> str:
        return self.names.shown(key)

    def _between(self, actor: str, other: str) -> Pair | None:
        return self._relations.pairs.get((actor, other))

    @property
    def voices(self) -> list[ActorView]:
        """The actors with the most statements."""
        lines: dict[str, list[Line]] = defaultdict(list)
        for line in self._digest.lines:
            for key in dict.fromkeys(map(self.names.key, line.parties)):
                lines[key].append(line)
        most = self.names.counts.most_common(_MOST_ACTORS)
        return [
            ActorView(f"actor-{place}", self._shown(key), lines[key], self._digest.dates)
            for place, (key, _) in enumerate(most)
        ]

    @property
    def silent(self) -> int:
        """The number of actors that are not among `voices`."""
        return max(0, len(self.names.counts) - _MOST_ACTORS)


def _anchor(row: int, column: int) -> str:
    return f"pair-{min(row, column)}-{max(row, column)}"


def _newest(lines: list[Line]) -> tuple[list[Line], int]:
    """Return the newest statements, and the number of those left out."""
    ordered = sorted(lines, key=lambda line: line.entry.date or datetime.date.min, reverse=True)
    return ordered[:_MOST_LINES], max(0, len(lines) - _MOST_LINES)
