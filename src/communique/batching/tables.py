"""Tables of the statements in an output, as CSV or Parquet."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from communique._internal.disk import disk_errors
from communique.batching.arrow_tables import arrow, check_arrow
from communique.batching.history import paid
from communique.errors import SettingsError
from communique.outcome_lines import read_outcomes
from communique.render.cells import Value
from communique.render.csv import safe_cell
from communique.render.rows import COLUMNS, article_values
from communique.summary import Failure, Summary

__all__ = ["TABLE_COLUMNS", "check_table", "table_rows", "write_table"]

_ROW_GROUP = 10_000

TABLE_COLUMNS: dict[str, Any] = {
    "index": int,
    **COLUMNS,
    "gist": str | None,
    "model": str | None,
    "prompt": str | None,
    "cost_usd": float | None,
    "error": str | None,
    "message": str | None,
}
"""Columns of a table, in order, with the types of their values.

Each article has at least one row: one without statements has no ``kind``, one that failed has an
``error``. Its first row has what it cost, so that the sum of the column is what all cost.
"""

Cells = dict[str, Value]


def check_table(table: str | Path | None, output: Path | None, *, excel: bool) -> Path | None:
    """Return the resolved path of a table, or None if there is to be none.

    Raises:
        SettingsError: it can't be written there, or not in that format.
    """
    if table is None:
        if excel:
            raise SettingsError("--excel (excel) is about the table: set --table FILE.csv, too")
        return None
    path = Path(table).expanduser().resolve()
    if path.suffix.lower() not in _WRITERS:
        raise SettingsError(f"--table: {table} must end in .csv or .parquet")
    if excel and path.suffix.lower() != ".csv":
        raise SettingsError("--excel (excel) is about CSV; Parquet needs no byte order mark")
    if path == output:
        raise SettingsError("--table and --output are the same file")
    if path.is_dir() or not path.parent.is_dir():
        raise SettingsError(f"--table: there is no folder {path.parent}, or {path} is one")
    if path.suffix.lower() == ".parquet":
        check_arrow()
    with disk_errors(path):
        _part(path).touch()
        _part(path).unlink()
    return path


def write_table(output: Path, table: Path, *, excel: bool) -> None:
    """Write the table of an output, and put it in its place when it is complete.

    Raises:
        SettingsError: it can't be written, or the output can't be read.
    """
    part = _part(table)
    rows = itertools.chain.from_iterable(map(table_rows, read_outcomes(output)))
    with disk_errors(table):
        try:
            _WRITERS[table.suffix.lower()](part, rows, excel)
            part.replace(table)
        finally:
            part.unlink(missing_ok=True)


def _part(table: Path) -> Path:
    return table.with_name(f".{table.name}.part")


def table_rows(outcome: Summary | Failure) -> Iterator[Cells]:
    """Yield the rows of an outcome: one for each statement, and one if there is none."""
    common: Cells = {"index": outcome.index}
    if isinstance(outcome, Failure):
        about = article_values(outcome.article) if outcome.article else {"article_id": outcome.id}
        said = {"error": outcome.error, "message": outcome.message}
        yield {**common, **about, **said, "cost_usd": paid(outcome).cost_usd}
        return
    made = outcome.provenance
    common |= {"gist": outcome.gist, "model": made.model, "prompt": made.prompt_version}
    statements: list[Cells] = [dict(row) for row in outcome.to_rows()]
    nothing = None if made.usage.cost_usd is None else 0.0
    cost = made.paid.cost_usd if made.paid.calls else nothing
    for row in statements or [article_values(outcome.article)]:
        yield {**common, **row, "cost_usd": cost}
        cost = None


def _write_csv(path: Path, rows: Iterable[Cells], excel: bool) -> None:
    encoding = "utf-8-sig" if excel else "utf-8"
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL)
        writer.writerow(TABLE_COLUMNS)
        for row in rows:
            writer.writerow([safe_cell(row.get(column)) for column in TABLE_COLUMNS])


def _write_parquet(path: Path, rows: Iterable[Cells], excel: bool) -> None:
    del excel
    pa, pq = arrow(), arrow("parquet")
    kinds: dict[Any, Any] = {int: pa.int64(), float | None: pa.float64()}
    schema = pa.schema([(name, kinds.get(of, pa.string())) for name, of in TABLE_COLUMNS.items()])
    each = iter(rows)
    with pq.ParquetWriter(path, schema) as writer:
        while group := list(itertools.islice(each, _ROW_GROUP)):
            writer.write_table(pa.Table.from_pylist(group, schema))


_WRITERS: dict[str, Callable[[Path, Iterable[Cells], bool], None]] = {
    ".csv": _write_csv,
    ".parquet": _write_parquet,
}
