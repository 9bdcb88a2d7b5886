"""Outcomes as a table of statements."""

# pyright: reportMissingImports=false, reportUnknownMemberType=false
# pyright: reportUnknownParameterType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false
# pyarrow is an extra: who checks types may not have it.

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from communique.article import Article
from communique.distributed.ray_columns import OUTCOME, check_free, with_columns
from communique.errors import SettingsError
from communique.render.rows import COLUMNS
from communique.summary import Failure, Summary

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["check_outcomes", "to_statements"]

# Other columns of a dataset remain columns, so these articles have no metadata.
_STATEMENT = {
    name: "double" if kind == float | None else "string"
    for name, kind in COLUMNS.items()
    if name != "metadata"
}
_ADDED = {**_STATEMENT, "error": "string"}
_OF_ARTICLE = ("id", "title", "source", "url", "published")
"""Columns that both have, and that a statement's row takes from the article."""


def check_outcomes(names: Sequence[str]) -> None:
    """Check that these are the columns of outcomes.

    Raises:
        SettingsError: one is missing, or has the name of one that is added.
    """
    if missing := [name for name in OUTCOME if name not in names]:
        raise SettingsError(
            f"outcomes: the dataset has no column {missing[0]!r}, but {', '.join(names)}; give "
            "what communique.distributed.summarize has returned"
        )
    check_free({*names}.difference(OUTCOME, _OF_ARTICLE), _ADDED)


def to_statements(batch: pa.Table) -> pa.Table:
    """Return a row for each statement of a batch of outcomes, and one if there is none."""
    import pyarrow as pa

    names = batch.column_names
    check_outcomes(names)
    places: list[int] = []
    values: dict[str, list[Any]] = {name: [] for name in _ADDED}
    outcomes = zip(batch["outcome"].to_pylist(), batch["error"].to_pylist(), strict=True)
    for place, (written, error) in enumerate(outcomes):
        for row in _rows(written, error):
            places.append(place)
            for name, column in values.items():
                column.append(row.get(name))
    kept = batch.select([name for name in names if name not in {*OUTCOME, *_OF_ARTICLE}])
    return with_columns(kept.take(pa.array(places, pa.int64())), _ADDED, values)


def _rows(written: str, error: str | None) -> Sequence[Mapping[str, Any]]:
    if error is not None:
        failure = Failure.model_validate_json(written)
        return [{**_about(failure.article), "article_id": failure.id, "error": error}]
    summary = Summary.model_validate_json(written)
    return [dict(row) for row in summary.to_rows()] or [_about(summary.article)]


def _about(article: Article | None) -> dict[str, str | None]:
    if article is None:
        return {}
    return {
        "article_id": article.id,
        "title": article.title,
        "source": article.source,
        "url": article.url,
        "published": article.published.isoformat() if article.published else None,
    }
