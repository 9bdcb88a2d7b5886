"""Parquet files, and data frames by the Arrow protocol (extra ``tables``)."""

from __future__ import annotations

import importlib
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

from communique.batching.byte_streams import reading
from communique.batching.delimited import check_columns
from communique.batching.input_rows import Columns, Row, Source
from communique.errors import ArticleError, SettingsError

__all__ = ["Frame", "Parquet", "arrow", "check_arrow"]

_ROWS_AT_ONCE = 64
_BUFFER = 2**20


class Stream(Protocol):
    """What pandas, polars, pyarrow, DuckDB and others can give their tables as."""

    def __arrow_c_stream__(self, requested_schema: object = None) -> object: ...


def arrow(part: str = "") -> Any:
    """Return pyarrow, or a module of it; it has no types."""
    return importlib.import_module(f"pyarrow.{part}".rstrip("."))


def check_arrow() -> None:
    """Check that pyarrow is installed.

    Raises:
        SettingsError: it is not; the message says how to install it.
    """
    if find_spec("pyarrow") is None:
        raise SettingsError(
            "Parquet files and data frames need pyarrow: "
            "python -m pip install 'communique[tables]'; or use JSON Lines or CSV"
        )


class Parquet(Source):
    """A Parquet file. Columns of bytes, such as pictures, are not read.

    Args:
        path: the file.
        columns: the columns that must be there.
    """

    def __init__(self, path: Path, columns: Columns) -> None:
        check_arrow()
        self.name = str(path)
        self._path = path
        self._columns = columns

    def rows(self) -> Iterator[Row]:
        """Yield each row as a mapping of its values; see `Source.rows`."""
        with _arrow_errors(self.name), self._open() as file:
            wanted = _readable(self.name, file.schema_arrow, self._columns)
            batches = file.iter_batches(_ROWS_AT_ONCE, columns=wanted)
            yield from _rows_of(self.name, batches)

    def count(self) -> int:
        """Return the number of rows, which the file says itself."""
        with _arrow_errors(self.name), self._open() as file:
            return file.metadata.num_rows

    def _open(self) -> Any:
        # Without these it reads whole row groups, which can be as large as the file.
        return arrow("parquet").ParquetFile(self._path, buffer_size=_BUFFER, pre_buffer=False)


class Frame(Source):
    """A data frame, or any other object with Arrow's stream protocol.

    Args:
        table: the data frame.
        columns: the columns that must be there.
    """

    def __init__(self, table: Stream, columns: Columns) -> None:
        check_arrow()
        self.name = type(table).__name__
        self._table = table
        self._columns = columns

    def rows(self) -> Iterator[Row]:
        """Yield each row as a mapping of its values; see `Source.rows`."""
        with _arrow_errors(self.name):
            reader = arrow().RecordBatchReader.from_stream(self._table)
            wanted = _readable(self.name, reader.schema, self._columns)
            slices = (
                batch.select(wanted).slice(start, _ROWS_AT_ONCE)
                for batch in reader
                for start in range(0, batch.num_rows, _ROWS_AT_ONCE)
            )
            yield from _rows_of(self.name, slices)


def _readable(name: str, schema: Any, columns: Columns) -> list[str]:
    """Return the names of the columns that are read.

    Raises:
        ArticleError: the text is missing, or is not text.
    """
    check_columns(name, schema.names, columns)
    types = arrow("types")
    kind = schema.field(columns.text).type
    kind = kind.value_type if types.is_dictionary(kind) else kind
    is_text = (types.is_string, types.is_large_string, types.is_string_view, types.is_null)
    if not any(check(kind) for check in is_text):
        raise ArticleError(
            f"{name}: the column {columns.text!r} has values of type {kind}, not text; name the "
            "one that holds the text: --text-column (text_column)"
        )
    is_bytes = (types.is_binary, types.is_large_binary, types.is_fixed_size_binary)
    return [each.name for each in schema if not any(check(each.type) for check in is_bytes)]


def _rows_of(name: str, batches: Iterator[Any]) -> Iterator[Row]:
    number = 0
    for batch in batches:
        for fields in batch.to_pylist():
            number += 1
            yield Row(f"{name}, row {number}", fields)


@contextmanager
def _arrow_errors(name: str) -> Generator[None]:
    try:
        with reading(name):
            yield
    except arrow().ArrowException as exc:
        said = str(exc).partition("\n")[0]
        raise ArticleError(f"{name} can't be read as a table: {said}") from exc
