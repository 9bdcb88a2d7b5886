"""What the reader page shows of a summary: cards, marked text, and facts about their origin."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import urlsplit

from communique.article import Article
from communique.render.document import Document
from communique.render.marks import Mark, cut
from communique.render.templates import verbatim_html
from communique.statements import KINDS, Statement, StatementKind

__all__ = ["MONTHS", "Card", "Reader", "in_words", "name_of", "web_host"]

_LONGEST_NAME = 160
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
"""Names of the months; those of Python's calendar are in the language of the machine."""

_ADDRESS = re.compile(r"https?://[^\s\x00-\x20\"<>\\^`{|}]+", re.IGNORECASE)


@dataclass(frozen=True)
class Target:
    """What a mark in the text belongs to: a statement's card, or an order to a program."""

    name: str
    number: int
    symbol: str
    anchor: str
    spans: str
    """What the identifiers of its spans begin with."""


@dataclass(frozen=True)
class Card:
    """A statement as a card.

    Attributes:
        number: its number in the page, in the order of the cards.
        actors: places in `Reader.actors` of those who state it.
        said: its main content.
        details: its other fields with their labels.
    """

    number: int
    statement: Statement
    kind: StatementKind
    target: Target
    actors: tuple[int, ...]

    @property
    def value(self) -> str:
        """The value of the field with a few given values."""
        return getattr(self.statement, self.kind.enumerated)

    @property
    def said(self) -> str:
        """The field with the main content."""
        return getattr(self.statement, self.kind.written[0])

    @property
    def details(self) -> list[tuple[str, str]]:
        """The other texts, with their labels."""
        others = [name for name in self.kind.texts if name != self.kind.written[0]]
        texts = ((name, getattr(self.statement, name)) for name in others)
        return [(in_words(name), text) for name, text in texts if text]

    @property
    def percent(self) -> int | None:
        """The confidence in percent."""
        given = self.statement.confidence
        return None if given is None else round(100 * given)


@dataclass(frozen=True)
class Group:
    """The cards of a kind."""

    kind: StatementKind
    cards: list[Card] = field(default_factory=list[Card])

    @property
    def values(self) -> list[str]:
        """The values that its statements have in the field with a few given values."""
        found = {card.value for card in self.cards}
        return [value for value in self.kind.values if value in found]


class Reader:
    """A summary as the reader page shows it.

    Args:
        document: the summary.
        prefix: what all its identifiers begin with, if several are on one page.
    """

    def __init__(self, document: Document, prefix: str = "") -> None:
        self.document = document
        self.article = document.article
        self.prefix = prefix
        self.name = name_of(self.article)
        self.host = web_host(self.article.url)
        names = [
            name
            for statement in document.statements
            for name in KINDS[statement.kind].names_in(statement)
        ]
        self.actors = sorted(dict.fromkeys(names), key=str.casefold)
        self.groups = self._group()
        self.orders = [
            Target("order", number, "!", f"{prefix}order-{number}", f"{prefix}in-order-{number}")
            for number in range(1, len(document.injections) + 1)
        ]

    @property
    def date(self) -> str | None:
        """The day of publication, for people."""
        day = self.article.published
        return day and f"{day.day} {MONTHS[day.month - 1]} {day.year}"

    @property
    def cards(self) -> list[Card]:
        """All cards, in order."""
        return [card for group in self.groups for card in group.cards]

    @property
    def has_confidence(self) -> bool:
        """Whether any statement has one."""
        return any(card.percent is not None for card in self.cards)

    @property
    def pieces(self) -> Iterator[dict[str, Any]]:
        """The text in pieces: HTML, marks from the outside in, and what begins or ends there."""
        marks = [
            Mark(span.start, span.end, card.target, number)
            for card in self.cards
            for number, span in enumerate(card.statement.evidence, start=1)
        ]
        for order, span in zip(self.orders, self.document.injections, strict=True):
            marks.append(Mark(span.start, span.end, order, 1))
        for piece in cut(self.article.text, marks):
            numbers: dict[str, list[str]] = {}
            for mark in piece.marks:
                numbers.setdefault(mark.owner.name, []).append(str(mark.owner.number))
            yield {
                "html": verbatim_html(piece.text),
                "marks": [(name, " ".join(dict.fromkeys(n))) for name, n in numbers.items()],
                "anchors": [f"{mark.owner.spans}-{mark.number}" for mark in piece.begun],
                "references": [mark.owner for mark in piece.ended],
            }

    @property
    def about_article(self) -> list[tuple[str, str]]:
        """All that is known about the article besides its text."""
        return list(_facts(self.article.model_dump(mode="json", exclude={"text"})))

    @property
    def about_summary(self) -> list[tuple[str, str]]:
        """All that is known about the making of the summary."""
        return list(_facts(self.document.provenance.model_dump(mode="json")))

    def claim(self, reply: Mapping[str, Any]) -> list[tuple[str, str]]:
        """Return the fields of a rejected claim with their labels."""
        return list(_facts(reply))

    def _group(self) -> list[Group]:
        groups = {name: Group(kind) for name, kind in KINDS.items()}
        places = {name: place for place, name in enumerate(self.actors)}
        ordered = sorted(self.document.statements, key=lambda item: [*KINDS].index(item.kind))
        for number, statement in enumerate(ordered, start=1):
            kind = KINDS[statement.kind]
            anchor = f"{self.prefix}{statement.id}"
            spans = f"{self.prefix}in-{statement.id}"
            target = Target(kind.name, number, kind.symbol, anchor, spans)
            actors = tuple(places[name] for name in kind.names_in(statement))
            groups[statement.kind].cards.append(Card(number, statement, kind, target, actors))
        return [group for group in groups.values() if group.cards]


def in_words(name: str) -> str:
    """Return the name of a field or value for people: ``in_force`` is "in force"."""
    return name.replace("_", " ")


def name_of(article: Article) -> str:
    """Return the article's title, or the beginning of its first line; shortened if it is long."""
    title = " ".join((article.title or "")[: 2 * _LONGEST_NAME].split())
    first = title or article.text.strip()[: 2 * _LONGEST_NAME].splitlines()[0].strip()
    return first if len(first) <= _LONGEST_NAME else f"{first[: _LONGEST_NAME - 1].rstrip()}…"


def web_host(url: str | None) -> str | None:
    """Return the host of an address that a link may lead to: only http and https, or None."""
    if url is None or not _ADDRESS.fullmatch(url):
        return None
    try:
        return urlsplit(url).hostname
    except ValueError:  # a broken IPv6 address or port
        return None


def _facts(data: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    """Yield a label and a text for each value of nested data, leaving out what is missing."""
    for name, value in data.items():
        label = f"{above} {in_words(name)}".strip()
        if isinstance(value, Mapping):
            yield from _facts(cast("Mapping[str, Any]", value), label)
        elif isinstance(value, list):
            yield from _items(cast("list[Any]", value), label)
        elif value is not None and value != "":
            yield label, _text(value)


def _items(values: Sequence[Any], label: str) -> Iterator[tuple[str, str]]:
    if not any(isinstance(value, Mapping | list) for value in values):
        if values:
            yield label, ", ".join(map(_text, values))
        return
    for number, value in enumerate(values, start=1):
        yield from _facts({str(number): value}, label)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    return json.dumps(value)
