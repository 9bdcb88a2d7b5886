"""Tables of many summaries with one explicit schema: Arrow, and from it polars, pandas and others.

The rows are those of `communique.Summary.to_rows`. Every column has its type whatever the rows
hold: fields with a few given values are enumerations, ``published`` and ``date`` are dates, and
``confidence`` is a float. Everything else is text.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false
# pyarrow has no types, and pandas and duckdb only in part.

from __future__ import annotations

import datetime
import os
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from communique._internal.files import create
from communique.codes.plover import PloverContext, PloverType, check_codebook
from communique.errors import SettingsError
from communique.render.cells import Cells, Value
from communique.render.event_rows import EVENT_COLUMNS, to_event_rows
from communique.render.rows import COLUMNS, to_rows
from communique.statements import KINDS, Attribution
from communique.summary import Failure, Summary

if TYPE_CHECKING:
    import duckdb
    import pandas as pd
    import polars as pl

__all__ = ["to_duckdb", "to_pandas", "to_parquet", "to_polars"]

Codebook = Literal["plover"] | None

_ROWS_AT_ONCE = 10_000
_DATES = ("published", "date")
_ENUMERATIONS: dict[str, tuple[str, ...]] = {
    "kind": tuple(KINDS),
    "attribution": get_args(Attribution),
    **{kind.enumerated: kind.values for kind in KINDS.values()},
    "event": get_args(PloverType),
    "context": get_args(PloverContext),
}


def to_polars(
    summaries: Iterable[Summary | Failure] | Summary, *, codebook: Codebook = None
) -> pl.DataFrame:
    """Return the statements of many summaries as a polars data frame.

    Args:
        summaries: one summary, or any number, such as those that `communique.read_outcomes`
            yields. Failures among them have no statements, and so no rows.
        codebook: ``"plover"`` for event data; see `communique.Summary.to_rows`.

    Raises:
        SettingsError: polars or pyarrow is not installed, or what is given is no summary.

    Examples:
        ``summary`` is that of `communique.summarize`'s example.

        >>> from communique import to_polars
        >>> frame = to_polars([summary])
        >>> frame.shape[0] == len(summary.statements), frame.schema["published"]
        (True, Date)
    """
    polars = _library("polars", "to_polars")
    frame = polars.from_arrow(_table(summaries, codebook, "to_polars"))
    enumerations = [name for name in frame.columns if name in _ENUMERATIONS]
    return frame.with_columns(
        polars.col(name).cast(polars.Enum(_ENUMERATIONS[name])) for name in enumerations
    )


def to_pandas(
    summaries: Iterable[Summary | Failure] | Summary, *, codebook: Codebook = None
) -> pd.DataFrame:
    """Return the statements of many summaries as a pandas data frame; see `to_polars`.

    Dates are ``datetime64``, enumerations ``category``, texts ``string``.

    Raises:
        SettingsError: pandas or pyarrow is not installed, or what is given is no summary.

    Examples:
        ``summary`` is that of `communique.summarize`'s example.

        >>> from communique import to_pandas
        >>> frame = to_pandas(summary, codebook="plover")
        >>> list(frame["event"].cat.categories)[:3]
        ['AGREE', 'CONSULT', 'SUPPORT']
    """
    pandas = _library("pandas", "to_pandas")
    table = _table(summaries, codebook, "to_pandas")
    text = {_arrow("to_pandas").string(): pandas.StringDtype()}
    return table.to_pandas(date_as_object=False, types_mapper=text.get)


def to_parquet(
    summaries: Iterable[Summary | Failure] | Summary,
    path: str | os.PathLike[str],
    *,
    codebook: Codebook = None,
) -> Path:
    """Write the statements of many summaries to a Parquet file, and return its path.

    The file is there, or replaced, once it is complete. Summaries are let go of as they are
    written. See `to_polars` for the arguments.

    Raises:
        SettingsError: pyarrow is not installed, the file can't be written, or what is given is
            no summary.

    Examples:
        ``summary`` is that of `communique.summarize`'s example.

        >>> import tempfile
        >>> from communique import to_parquet
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     to_parquet([summary], f"{folder}/statements.parquet").stat().st_size > 1000
        True
    """
    schema = _schema(codebook, "to_parquet")
    parquet = import_module("pyarrow.parquet")
    target = Path(path)
    part = target.with_name(f".communique-{secrets.token_hex(8)}")
    try:
        with (
            open(part, "xb", opener=create) as file,
            parquet.ParquetWriter(file, schema) as writer,
        ):
            for batch in _batches(summaries, codebook, schema):
                writer.write_batch(batch)
        part.replace(target)
    except OSError as exc:
        raise SettingsError(f"{path} can't be written: {exc.strerror or exc}") from exc
    finally:
        part.unlink(missing_ok=True)  # still there only after a failure
    return target


def to_duckdb(
    summaries: Iterable[Summary | Failure] | Summary,
    database: duckdb.DuckDBPyConnection | str | os.PathLike[str],
    *,
    table: str = "statements",
    codebook: Codebook = None,
) -> None:
    """Write the statements of many summaries to a new table of a DuckDB database.

    Args:
        summaries: see `to_polars`.
        database: a connection, or the path of a file, which is created if there is none.
        table: the name of the table. It is there whole or not at all.
        codebook: see `to_polars`.

    Raises:
        SettingsError: duckdb or pyarrow is not installed, there is a table of this name, the
            database can't be written, or what is given is no summary.

    Examples:
        ``summary`` is that of `communique.summarize`'s example.

        >>> import duckdb
        >>> from communique import to_duckdb
        >>> connection = duckdb.connect()
        >>> to_duckdb(summary, connection)
        >>> connection.sql("SELECT count(*) FROM statements WHERE kind = 'threat'").fetchall()
        [(2,)]
    """
    library = _library("duckdb", "to_duckdb")
    rows = _table(summaries, codebook, "to_duckdb")
    columns = ", ".join(f"{_cast(name)} AS {_quoted(name)}" for name in rows.column_names)
    try:
        if not isinstance(database, (str, os.PathLike)):
            _create(database, table, columns, rows)
            return
        with library.connect(os.fspath(database)) as connection:
            _create(connection, table, columns, rows)
    except library.Error as exc:
        raise SettingsError(f"table {table!r} can't be written to DuckDB: {exc}") from exc


def _create(connection: Any, table: str, columns: str, rows: Any) -> None:
    view = f"communique_{secrets.token_hex(8)}"
    connection.register(view, rows)
    try:
        connection.execute(f"CREATE TABLE {_quoted(table)} AS SELECT {columns} FROM {view}")  # noqa: S608 names are quoted
    finally:
        connection.unregister(view)


def _cast(name: str) -> str:
    if name not in _ENUMERATIONS:
        return _quoted(name)
    values = ", ".join(f"'{value}'" for value in _ENUMERATIONS[name])
    return f"{_quoted(name)}::ENUM({values})"


def _quoted(name: str) -> str:
    doubled = name.replace('"', '""')
    return f'"{doubled}"'


def _table(summaries: Iterable[Any] | Summary, codebook: Codebook, caller: str) -> Any:
    schema = _schema(codebook, caller)
    return _arrow(caller).Table.from_batches(_batches(summaries, codebook, schema), schema)


def _batches(summaries: Iterable[Any] | Summary, codebook: Codebook, schema: Any) -> Iterator[Any]:
    """Yield the rows of summaries in Arrow's record batches: one without rows if there are none."""
    pyarrow = import_module("pyarrow")
    rows = _rows(summaries, codebook)
    group = list(islice(rows, _ROWS_AT_ONCE))
    while True:
        arrays = [_array(pyarrow, name, [row[name] for row in group]) for name in schema.names]
        yield pyarrow.RecordBatch.from_arrays(arrays, schema=schema)
        if not (group := list(islice(rows, _ROWS_AT_ONCE))):
            return


def _rows(summaries: Iterable[Any] | Summary, codebook: Codebook) -> Iterator[Cells]:
    make: Callable[[Any], Sequence[Cells]] = to_rows if codebook is None else to_event_rows
    # A path is no iterable, and is refused as what it is.
    single = isinstance(summaries, (Summary, os.PathLike))
    for outcome in [summaries] if single else summaries:
        if isinstance(outcome, Summary):
            yield from make(outcome)
        elif not isinstance(outcome, Failure):
            raise SettingsError(
                f"summaries: {type(outcome).__name__} is not a Summary; read a file of outcomes "
                "with communique.read_outcomes(…)"
            )


def _schema(codebook: Codebook, caller: str) -> Any:
    if codebook is not None:
        check_codebook(codebook)
    pyarrow = _arrow(caller)
    columns = COLUMNS if codebook is None else EVENT_COLUMNS
    return pyarrow.schema([(name, _type(pyarrow, name, of)) for name, of in columns.items()])


def _type(pyarrow: Any, name: str, of: Any) -> Any:
    if name in _ENUMERATIONS:
        return pyarrow.dictionary(pyarrow.int8(), pyarrow.string())
    if name in _DATES:
        return pyarrow.date32()
    return pyarrow.float64() if of == float | None else pyarrow.string()


def _array(pyarrow: Any, name: str, values: Sequence[Value]) -> Any:
    if name in _ENUMERATIONS:
        places = {value: place for place, value in enumerate(_ENUMERATIONS[name])}
        # With all values, whether they occur or not, so that each table has the same type.
        return pyarrow.DictionaryArray.from_arrays(
            pyarrow.array([places.get(str(value)) for value in values], pyarrow.int8()),
            pyarrow.array(_ENUMERATIONS[name], pyarrow.string()),
        )
    if name in _DATES:
        days = [datetime.date.fromisoformat(str(value)[:10]) if value else None for value in values]
        return pyarrow.array(days, pyarrow.date32())
    kind = pyarrow.float64() if name == "confidence" else pyarrow.string()
    return pyarrow.array(values, kind)


def _library(name: str, caller: str) -> Any:
    try:
        return import_module(name)
    except ImportError as exc:
        raise SettingsError(
            f"{caller} needs {name}: python -m pip install 'communique[frames]'"
        ) from exc


_arrow = partial(_library, "pyarrow")
