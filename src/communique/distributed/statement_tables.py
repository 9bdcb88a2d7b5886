"""Outcomes as a table of statements."""

# pyright: reportMissingImports=false, reportUnknownMemberType=false
# pyright: reportUnknownParameterType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false
# pyarrow is an extra, and has no types.

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from communique.batching.tables import TABLE_COLUMNS, table_rows
from communique.distributed.ray_columns import OUTCOME, check_free, with_columns
from communique.errors import SettingsError
from communique.summary import Failure, Summary

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["check_outcomes", "to_statements"]

# The place in a batch means nothing here, and a dataset's other columns stay columns.
_ADDED = {
    name: "double" if kind == float | None else "string"
    for name, kind in TABLE_COLUMNS.items()
    if name not in {"index", "metadata"}
}
_OF_ARTICLE = ("id", "title", "source", "url", "published", "language")
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
        kind = Summary if error is None else Failure
        for row in table_rows(kind.model_validate_json(written)):
            places.append(place)
            for name, column in values.items():
                column.append(row.get(name))
    kept = batch.select([name for name in names if name not in {*OUTCOME, *_OF_ARTICLE}])
    return with_columns(kept.take(pa.array(places, pa.int64())), _ADDED, values)
