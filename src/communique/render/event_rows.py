"""A summary as event data: one row for each statement that is an event of the codebook PLOVER."""

from __future__ import annotations

from typing import Any, NamedTuple

from communique.article import Article
from communique.codes.actor_code import ActorCode
from communique.codes.coder import find_code
from communique.codes.plover import PloverEvent, event_of
from communique.render.cells import Cells, Value, code_columns, code_values
from communique.render.document import Document
from communique.render.rows import article_values, evidence_values
from communique.statements import KINDS, Statement

__all__ = ["EVENT_COLUMNS", "EventRow", "to_event_rows"]


EVENT_COLUMNS: dict[str, Any] = {
    "event_id": str,
    "date": str | None,
    "event": str,
    "context": str | None,
    "source": str,
    **code_columns("source", "code"),
    "on_behalf_of": str | None,
    "target": str | None,
    **code_columns("target", "code"),
    "kind": str,
    "summary": str,
    "attribution": str,
    "confidence": float | None,
    "evidence": str,
    "spans": str,
    "article_id": str,
    "title": str | None,
    "publisher": str | None,
    "url": str | None,
    "language": str | None,
}
"""Columns of each event, in order, with the types of their values."""

_Values: Any = NamedTuple("_Values", [*EVENT_COLUMNS.items()])  # pyright: ignore[reportArgumentType, reportUnknownArgumentType]


class EventRow(Cells, _Values, columns=EVENT_COLUMNS):
    """An event as a row; see `communique.Summary.to_rows`."""

    __slots__ = ()


def to_event_rows(document: Document) -> list[EventRow]:
    """Return one row for each statement that is an event by `communique.codes.event_of`.

    ``date`` is the day on which the article was published, for the article seldom says more of
    when something was said. ``source`` is the actor, or the parties, joined by ``; ``.
    ``source_code`` is the state (ISO 3166-1 alpha-3, or ``KOS`` for Kosovo) or organisation
    (``UNO``, ``EUR``, ``IGO``) that the actor's name says, or else that it speaks for. ``target``
    is a threat's. ``publisher`` is the article's source.
    """
    return [
        _row(document.article, statement, event)
        for statement in document.statements
        if (event := event_of(statement))
    ]


def _row(article: Article, statement: Statement, event: PloverEvent) -> EventRow:
    about = article_values(article)
    kind = KINDS[statement.kind]
    actors = kind.actors_in(statement)
    principal: str | None = getattr(statement, "on_behalf_of", None)
    codes = [find_code(name) or find_code(principal or "") or ActorCode() for name in actors]
    values: dict[str, Value] = {
        **about,
        **statement.model_dump(include={"kind", "summary"}),
        **evidence_values(statement),
        "event_id": f"{article.id}:{statement.id}",
        "date": article.published.isoformat()[:10] if article.published else None,
        "event": event.type,
        "context": event.context,
        "source": "; ".join(actors),
        **code_values("source", codes, "code"),
        "on_behalf_of": principal,
        "publisher": about["source"],
    }
    if event.target:
        target = find_code(event.target) or ActorCode()
        values |= {"target": event.target, **code_values("target", [target], "code")}
    return EventRow(**{column: values.get(column) for column in EVENT_COLUMNS})
