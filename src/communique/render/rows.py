"""A summary as flat rows: one a statement, all with the same columns."""

from __future__ import annotations

from communique.statements import Agreement, Statement
from communique.summary import Summary

__all__ = ["COLUMNS", "to_rows"]

COLUMNS = (
    "article_id",
    "title",
    "url",
    "published",
    "kind",
    "id",
    "actor",
    "on_behalf_of",
    "stance",
    "issue",
    "condition",
    "outcome",
    "relation",
    "target",
    "action",
    "trigger",
    "means",
    "subject",
    "status",
    "summary",
    "attribution",
    "confidence",
    "evidence",
    "spans",
)
"""What each row has, in this order."""

Row = dict[str, str | int | float | None]


def to_rows(summary: Summary) -> list[Row]:
    """One row a statement, in article order.

    ``actor`` holds an agreement's parties, joined by ``; ``. ``evidence`` holds the spans'
    texts, joined by `` … ``, and ``spans`` their offsets, as ``0:24 50:73``. A column that the
    statement's kind does not have is None. Texts are as they are: for a spreadsheet, in which
    some would be formulas, there is `communique.render.to_csv`.
    """
    return [_row(summary, statement) for statement in summary.statements]


def _row(summary: Summary, statement: Statement) -> Row:
    article = summary.article
    values: Row = {
        "article_id": article.id,
        "title": article.title,
        "url": article.url,
        "published": article.published.isoformat() if article.published else None,
        **statement.model_dump(exclude={"evidence", "parties"}),
        "evidence": " … ".join(span.text for span in statement.evidence),
        "spans": " ".join(f"{span.start}:{span.end}" for span in statement.evidence),
    }
    if isinstance(statement, Agreement):
        values["actor"] = "; ".join(statement.parties)
    return {column: values.get(column) for column in COLUMNS}
