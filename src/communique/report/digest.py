"""What the index of a report keeps of each outcome: a few lines, and not the article."""

from __future__ import annotations

import datetime
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from communique.dates import day_in
from communique.render.reader import name_of
from communique.statements import KINDS, Kind, SpokenStatement
from communique.summary import Failure, Summary, Usage

if TYPE_CHECKING:
    from communique.statements import Statement

__all__ = ["Digest", "Entry", "Line"]


@dataclass(frozen=True, slots=True)
class Line:
    """A statement in a list.

    Attributes:
        entry: the entry of its article.
        id: the statement's id.
        names: the actor, or the parties.
        parties: those who state it: whom the actor speaks for, if anyone, else the actor itself;
            or the parties.
        value: of the field with a few given values, such as the stance.
        about: the texts in which it may name others.
    """

    entry: Entry
    id: str
    kind: Kind
    who: str
    names: tuple[str, ...]
    parties: tuple[str, ...]
    value: str
    said: str
    about: tuple[str, ...]

    @property
    def symbol(self) -> str:
        """The symbol of its kind."""
        return KINDS[self.kind].symbol

    @property
    def href(self) -> str:
        """The address of its card."""
        return self.entry.link(self.id)


@dataclass(slots=True)
class Entry:
    """An article in the index.

    Attributes:
        number: its place in the report, from 1.
        page: address of its page, or None if all articles are in the index's own file.
        failure: why it failed, or None.
        has_page: whether it can be read: whether there is a summary, if only a partial one.
    """

    number: int
    page: str | None
    name: str
    source: str | None = None
    date: datetime.date | None = None
    gist: str = ""
    lines: list[Line] = field(default_factory=list[Line])
    failure: Failure | None = None
    has_page: bool = True
    rejected: int = 0
    orders: int = 0

    @property
    def prefix(self) -> str:
        """What the identifiers of its page begin with."""
        return "" if self.page else f"a{self.number}-"

    @property
    def href(self) -> str:
        """The address of its page."""
        return self.page or f"#a{self.number}"

    @property
    def counts(self) -> list[tuple[str, str, int]]:
        """Kind, symbol and number of its statements, by kind."""
        found = Counter(line.kind for line in self.lines)
        return [(name, kind.symbol, found[name]) for name, kind in KINDS.items() if found[name]]

    @property
    def actors(self) -> list[str]:
        """All who state something."""
        return list(dict.fromkeys(name for line in self.lines for name in line.names))

    @property
    def searched(self) -> str:
        """The words of its statements, which a search finds, too."""
        return " ".join(line.said for line in self.lines)

    def link(self, anchor: str) -> str:
        """Return the address of a place in its page."""
        return f"{self.page or ''}#{self.prefix}{anchor}"


class Digest:
    """The entries of a report, and their sums.

    Args:
        pages: whether each article has a page of its own.
    """

    def __init__(self, *, pages: bool) -> None:
        self._pages = pages
        self.entries: list[Entry] = []
        self.usage = Usage()
        self.origins: Counter[str] = Counter()

    def add(self, outcome: Summary | Failure) -> Entry:
        """Take in an outcome and return its entry."""
        number = len(self.entries) + 1
        page = f"articles/{number}.html" if self._pages else None
        failure = outcome if isinstance(outcome, Failure) else None
        summary = outcome.partial if isinstance(outcome, Failure) else outcome
        article = outcome.article
        entry = Entry(
            number,
            page,
            name_of(article) if article else f"Input {failure.index if failure else number}",
            source=article and article.source,
            date=day_in(article.published) if article else None,
            failure=failure and _brief(failure),
            has_page=summary is not None,
        )
        if summary is not None:
            entry.gist = summary.gist
            entry.rejected, entry.orders = len(summary.rejected), len(summary.injections)
            homes = _homes(summary)
            entry.lines = [_line(entry, each, homes) for each in summary.statements]
            made = summary.provenance
            self.origins[f"{made.provider}/{made.model}, prompt {made.prompt_version}"] += 1
        usage = failure.usage if failure else summary and summary.provenance.usage
        if usage is not None:
            self.usage += usage
        self.entries.append(entry)
        return entry

    @property
    def read(self) -> list[Entry]:
        """The articles that were read, the newest first, those without a date last."""
        found = [entry for entry in self.entries if entry.failure is None]
        return sorted(found, key=lambda entry: entry.date or datetime.date.min, reverse=True)

    @property
    def failed(self) -> list[Entry]:
        """The articles that failed."""
        return [entry for entry in self.entries if entry.failure is not None]

    @property
    def lines(self) -> list[Line]:
        """All statements."""
        return [line for entry in self.entries for line in entry.lines]

    @property
    def counts(self) -> list[tuple[str, str, str, int]]:
        """Kind, symbol, heading and number of all statements, by kind."""
        found = Counter(line.kind for line in self.lines)
        return [(name, kind.symbol, kind.heading, found[name]) for name, kind in KINDS.items()]

    @property
    def dates(self) -> tuple[datetime.date, datetime.date] | None:
        """The first and the last day of publication."""
        found = [entry.date for entry in self.entries if entry.date]
        return (min(found), max(found)) if found else None


def _brief(failure: Failure) -> Failure:
    """Return a failure without what the index does not show, which may be long."""
    return failure.model_copy(update={"article": None, "partial": None, "raw_replies": ()})


def _homes(summary: Summary) -> dict[str, str]:
    """Return whom each actor speaks for, where the article says it anywhere, and only one."""
    found: dict[str, set[str]] = {}
    for statement in summary.statements:
        if isinstance(statement, SpokenStatement) and statement.on_behalf_of:
            found.setdefault(statement.actor, set()).add(statement.on_behalf_of)
    return {actor: homes.pop() for actor, homes in found.items() if len(homes) == 1}


def _line(entry: Entry, statement: Statement, homes: dict[str, str]) -> Line:
    kind = KINDS[statement.kind]
    about: tuple[str, ...] = (getattr(statement, kind.about),) if kind.about else ()
    names = tuple(kind.actors_in(statement))
    parties = names
    if isinstance(statement, SpokenStatement):
        parties = (statement.on_behalf_of or homes.get(statement.actor) or statement.actor,)
    return Line(
        entry,
        statement.id,
        statement.kind,
        statement.who,
        names,
        parties,
        getattr(statement, kind.enumerated),
        statement.said,
        about,
    )
