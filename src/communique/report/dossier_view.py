"""The page of dossiers in a report: what each actor says, and links to the articles' pages."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import accumulate
from typing import TYPE_CHECKING

from communique.dossiers import dossier
from communique.dossiers.phrases import (
    day_of,
    open_until_now,
    said_of,
    state_of_affairs,
    told_later,
)
from communique.statements import KINDS

if TYPE_CHECKING:
    from communique.dossiers import ActorDossier, Line, Source
    from communique.report.digest import Entry
    from communique.summary import Summary

__all__ = ["MOST_IN_DOSSIERS", "DossierCollector", "DossierView"]

MOST_IN_DOSSIERS = 1_000
"""The most articles of which a report has dossiers: they must all be in memory."""

_MOST_LINES = 4_000


class DossierCollector:
    """The summaries of a report, as far as its dossiers are made of them."""

    def __init__(self) -> None:
        self._kept: list[tuple[Summary, Entry]] | None = []

    def add(self, summary: Summary, entry: Entry) -> None:
        """Keep a summary, or let go of all once they are too many."""
        if self._kept is not None:
            self._kept.append((summary, entry))
            if len(self._kept) > MOST_IN_DOSSIERS:
                self._kept = None

    def view(self) -> DossierView | None:
        """Return the page, or None if there are too many articles, or none."""
        return DossierView(self._kept) if self._kept else None


class DossierView:
    """The dossiers of a report.

    Args:
        read: the summaries with their entries.
    """

    day_of = staticmethod(day_of)
    open_until_now = staticmethod(open_until_now)
    said_of = staticmethod(said_of)
    state_of_affairs = staticmethod(state_of_affairs)
    told_later = staticmethod(told_later)

    def __init__(self, read: list[tuple[Summary, Entry]]) -> None:
        self._entries: Mapping[str, Entry] = {summary.article.id: entry for summary, entry in read}
        found = dossier(summary for summary, _ in read).actors
        totals = accumulate(len(actor.lines) for actor in found)
        fitting = sum(total <= _MOST_LINES for total in totals)
        self.actors = found[: max(fitting, 1)]
        self.left_out = len(found) - len(self.actors)
        self._places = {actor.id: place for place, actor in enumerate(self.actors)}
        self._names = {actor.id: actor.name for actor in found}

    def anchor(self, id: str) -> str | None:  # noqa: A002 the field's name
        """Return the identifier of an actor in the page, or None if it is not shown."""
        place = self._places.get(id)
        return None if place is None else f"dossier-{place}"

    def name(self, id: str) -> str:  # noqa: A002 the field's name
        """Return the name of an actor."""
        return self._names[id]

    def card(self, line: Line) -> str:
        """Return the address of a statement."""
        return self._entries[line.article.id].link(line.statement.id)

    def page(self, source: Source) -> str:
        """Return the address of an article."""
        return self._entries[source.id].href

    def symbol(self, line: Line) -> str:
        """Return the symbol of a statement's kind."""
        return KINDS[line.statement.kind].symbol

    def tally(self, actor: ActorDossier) -> list[tuple[str, str, int]]:
        """Return kind, symbol and number of an actor's statements, by kind."""
        kinds = [line.statement.kind for line in actor.lines]
        return [
            (name, kind.symbol, kinds.count(name)) for name, kind in KINDS.items() if name in kinds
        ]

    def turns(self, actor: ActorDossier) -> tuple[int, int]:
        """Return the numbers of an actor's changes and contradictions."""
        topics = (*actor.issues, *actor.agreements)
        return (
            sum(len(topic.changes) for topic in topics),
            sum(len(topic.contradictions) for topic in topics),
        )
