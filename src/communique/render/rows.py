"""A summary as flat rows, one per statement, with the same columns for all kinds."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from communique.article import Article
from communique.codes.actor_code import ActorCode
from communique.codes.coder import find_code
from communique.render.cells import Cells, Value, code_columns, code_values
from communique.render.document import Document
from communique.statements import KINDS, Statement, StatementKind

__all__ = ["COLUMNS", "Row", "article_values", "evidence_values", "to_rows"]


def _own_columns(kind: StatementKind) -> list[str]:
    return [field for field in kind.fields if field not in kind.names]


COLUMNS: dict[str, Any] = {
    "article_id": str,
    "title": str | None,
    "source": str | None,
    "url": str | None,
    "published": str | None,
    "language": str | None,
    "kind": str,
    "id": str,
    "actor": str,
    "on_behalf_of": str | None,
    **{column: str | None for kind in KINDS.values() for column in _own_columns(kind)},
    **code_columns("actor"),
    **code_columns("on_behalf_of"),
    **code_columns("target"),
    "summary": str,
    "attribution": str,
    "confidence": float | None,
    "evidence": str,
    "spans": str,
    "metadata": str | None,
}
"""Columns of each row, in order, with the types of their values."""

# A named tuple built at run time: type checkers don't know the columns, which kinds declare.
_Values: Any = NamedTuple("_Values", [*COLUMNS.items()])  # pyright: ignore[reportArgumentType, reportUnknownArgumentType]


class Row(Cells, _Values, columns=COLUMNS):
    """A statement as a row; see `communique.Summary.to_rows`."""

    __slots__ = ()


def to_rows(document: Document) -> list[Row]:
    """Return one row per statement, in article order.

    ``actor`` holds an agreement's parties, joined by ``; ``. ``evidence`` holds the spans'
    texts, joined by `` … ``, and ``spans`` their offsets, as ``0:24 50:73``. ``article_id`` is the
    article's id, yours if it has one, and ``metadata`` its metadata as JSON text. Columns that the
    statement's kind does not have are None. Texts are unchanged, so a spreadsheet may read some
    as formulas: use `communique.render.to_csv` instead.

    ``actor_iso3``, ``actor_cow`` and ``actor_sector`` are what the actor's name says by
    `communique.codes.find_code`, or None; likewise for ``on_behalf_of`` and ``target``. Those of
    several parties are joined by ``; `` in the order of the parties, with ``-`` for one without.
    """
    return [_row(document.article, statement) for statement in document.statements]


def article_values(article: Article) -> dict[str, Value]:
    """Return the values of the columns that are about the article."""
    return {
        "article_id": article.id,
        "title": article.title,
        "source": article.source,
        "url": article.url,
        "published": article.published.isoformat() if article.published else None,
        "language": article.language,
        "metadata": _written(article),
    }


def evidence_values(statement: Statement) -> dict[str, Value]:
    """Return the values of the columns that prove a statement."""
    return {
        "attribution": statement.attribution,
        "confidence": statement.confidence,
        "evidence": " … ".join(span.text for span in statement.evidence),
        "spans": " ".join(f"{span.start}:{span.end}" for span in statement.evidence),
    }


def _row(article: Article, statement: Statement) -> Row:
    kind = KINDS[statement.kind]
    others = {field: getattr(statement, field) for field in (*kind.names[1:], *_own_columns(kind))}
    actors = kind.actors_in(statement)
    values = {
        **article_values(article),
        **statement.model_dump(include={"kind", "id", "summary"}),
        **evidence_values(statement),
        "actor": "; ".join(actors),
        **others,
    }
    named = {"actor": actors, "on_behalf_of": [], "target": []}
    named |= {name: [others[name]] for name in named if others.get(name)}
    for name, names in named.items():
        values |= code_values(name, [find_code(each) or ActorCode() for each in names])
    return Row(**{column: values.get(column) for column in COLUMNS})


def _written(article: Article) -> str | None:
    return json.dumps(article.metadata, ensure_ascii=False) if article.metadata else None
