"""A summary as flat rows: one a statement, all with the same columns."""

from __future__ import annotations

from collections.abc import KeysView, Sequence
from typing import Any, NamedTuple

from communique.article import Article
from communique.render.document import Document
from communique.statements import KINDS, Statement, StatementKind

__all__ = ["COLUMNS", "Row", "Value", "to_rows"]

Value = str | float | None


def _own_columns(kind: StatementKind) -> list[str]:
    return [field for field in kind.fields if field not in kind.names]


COLUMNS: dict[str, Any] = {
    "article_id": str,
    "title": str | None,
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
}
"""What each row has, in this order, with the type of its values."""


_PLACES = {column: place for place, column in enumerate(COLUMNS)}

# A named tuple made at run time: its columns are those of the kinds, which no type checker knows.
_Values: Any = NamedTuple("_Values", [*COLUMNS.items()])  # pyright: ignore[reportArgumentType, reportUnknownArgumentType]


class Row(_Values):
    """A row, as `sqlite3.Row` is one: a tuple of values that can be read by column, too.

    ``row["actor"]`` and ``dict(row)`` work. It is no dict: of dicts polars guesses a column's
    type from the first 100 rows, and fails where these have nothing in it; a named tuple tells
    it the types.
    """

    __slots__ = ()
    __annotations__ = COLUMNS

    def __getitem__(self, column: str | int) -> Value:
        """Return the value of a column, by its name or its place."""
        return self.values()[_PLACES[column] if isinstance(column, str) else column]

    def keys(self) -> KeysView[str]:
        """Return the names of the columns."""
        return COLUMNS.keys()

    def values(self) -> Sequence[Value]:
        """Return the values, in the order of the columns."""
        return tuple(self)


def to_rows(document: Document) -> list[Row]:
    """Return one row a statement, in article order.

    ``actor`` holds an agreement's parties, joined by ``; ``. ``evidence`` holds the spans'
    texts, joined by `` … ``, and ``spans`` their offsets, as ``0:24 50:73``. A column that the
    statement's kind does not have is None. Texts are as they are: for a spreadsheet, in which
    some would be formulas, there is `communique.render.to_csv`.
    """
    return [_row(document.article, statement) for statement in document.statements]


def _row(article: Article, statement: Statement) -> Row:
    kind = KINDS[statement.kind]
    who, *others = kind.names
    values = {
        "article_id": article.id,
        "title": article.title,
        "url": article.url,
        "published": article.published.isoformat() if article.published else None,
        "actor": _joined(getattr(statement, who)),
        **{field: getattr(statement, field) for field in (*others, *_own_columns(kind))},
        **statement.model_dump(include={"kind", "id", "summary", "attribution", "confidence"}),
        "evidence": " … ".join(span.text for span in statement.evidence),
        "spans": " ".join(f"{span.start}:{span.end}" for span in statement.evidence),
    }
    return Row(**{column: values.get(column) for column in COLUMNS})


def _joined(names: str | tuple[str, ...]) -> str:
    return names if isinstance(names, str) else "; ".join(names)
