"""A summary as flat rows, one per statement, with the same columns for all kinds."""

from __future__ import annotations

import json
from collections.abc import KeysView, Sequence
from typing import Any, NamedTuple

from communique.article import Article
from communique.render.document import Document
from communique.statements import KINDS, Statement, StatementKind

__all__ = ["COLUMNS", "Row", "Value", "article_values", "to_rows"]

Value = str | float | None


def _own_columns(kind: StatementKind) -> list[str]:
    return [field for field in kind.fields if field not in kind.names]


COLUMNS: dict[str, Any] = {
    "article_id": str,
    "title": str | None,
    "source": str | None,
    "url": str | None,
    "published": str | None,
    "kind": str,
    "id": str,
    "actor": str,
    "on_behalf_of": str | None,
    **{column: str | None for kind in KINDS.values() for column in _own_columns(kind)},
    "summary": str,
    "attribution": str,
    "confidence": float | None,
    "evidence": str,
    "spans": str,
    "metadata": str | None,
}
"""Columns of each row, in order, with the types of their values."""


_PLACES = {column: place for place, column in enumerate(COLUMNS)}

# A named tuple built at run time: type checkers don't know the columns, which kinds declare.
_Values: Any = NamedTuple("_Values", [*COLUMNS.items()])  # pyright: ignore[reportArgumentType, reportUnknownArgumentType]


class Row(_Values):
    """A row like `sqlite3.Row`: a tuple whose values can also be read by column name.

    ``row["actor"]`` and ``dict(row)`` work. It is not a dict, because polars infers the column
    types of dicts from the first 100 rows and fails if these have no value; a named tuple
    declares the types.
    """

    __slots__ = ()
    __annotations__ = COLUMNS

    def __getitem__(self, column: str | int) -> Value:
        """Return the value of a column, by name or index."""
        return self.values()[_PLACES[column] if isinstance(column, str) else column]

    def keys(self) -> KeysView[str]:
        """Return the names of the columns."""
        return COLUMNS.keys()

    def values(self) -> Sequence[Value]:
        """Return the values, in the order of the columns."""
        return tuple(self)


def to_rows(document: Document) -> list[Row]:
    """Return one row per statement, in article order.

    ``actor`` holds an agreement's parties, joined by ``; ``. ``evidence`` holds the spans'
    texts, joined by `` … ``, and ``spans`` their offsets, as ``0:24 50:73``. ``article_id`` is the
    article's id, yours if it has one, and ``metadata`` its metadata as JSON text. Columns that the
    statement's kind does not have are None. Texts are unchanged, so a spreadsheet may read some
    as formulas: use `communique.render.to_csv` instead.
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
        "metadata": _written(article),
    }


def _row(article: Article, statement: Statement) -> Row:
    kind = KINDS[statement.kind]
    who, *others = kind.names
    values = {
        **article_values(article),
        "actor": _joined(getattr(statement, who)),
        **{field: getattr(statement, field) for field in (*others, *_own_columns(kind))},
        **statement.model_dump(include={"kind", "id", "summary", "attribution", "confidence"}),
        "evidence": " … ".join(span.text for span in statement.evidence),
        "spans": " ".join(f"{span.start}:{span.end}" for span in statement.evidence),
    }
    return Row(**{column: values.get(column) for column in COLUMNS})


def _written(article: Article) -> str | None:
    return json.dumps(article.metadata, ensure_ascii=False) if article.metadata else None


def _joined(names: str | tuple[str, ...]) -> str:
    return names if isinstance(names, str) else "; ".join(names)
