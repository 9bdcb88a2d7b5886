"""The rows of an input as articles, or as errors that say what is wrong with them."""

from __future__ import annotations

import io
import sys
from collections.abc import Generator, Iterable, Iterator, Mapping, Sized
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, cast

from communique.article import Article
from communique.batching.arrow_tables import Frame, Parquet
from communique.batching.byte_streams import open_utf8, reading
from communique.batching.delimited import Csv
from communique.batching.input_rows import Columns, Fault, Row, Source
from communique.batching.json_lines import JsonLines
from communique.batching.text_folder import TextFolder
from communique.dates import is_missing
from communique.errors import ArticleError
from communique.metadata import read_id
from communique.runs import check_several

__all__ = ["ARTICLE_FIELDS", "Inputs", "id_of", "open_source", "read_row"]

Inputs = str | Path | Iterable[Article | str | Mapping[str, Any]]
"""A path, ``-`` for standard input, or articles, texts and rows; also a data frame."""

_JSON_SUFFIXES = frozenset({".jsonl", ".ndjson", ".jsonlines"})
_CSV_SUFFIXES = frozenset({".csv", ".tsv", ".tab"})
_PARQUET_SUFFIXES = frozenset({".parquet", ".pq"})
_PACKED = frozenset({".gz", ".bz2", ".xz"})

ARTICLE_FIELDS = ("title", "source", "url", "published", "language")
"""Fields of an article besides text and id; what a row has more is metadata."""


def open_source(inputs: Inputs, columns: Columns) -> Source:
    """Return what the rows are read from. The format of a file is that of its suffix.

    Raises:
        ArticleError: there is no such input, or it is of another format.
        SettingsError: an extra is not installed.
    """
    if isinstance(inputs, str | Path):
        return (
            _standard_input(columns)
            if str(inputs) == "-"
            else _file(Path(inputs).expanduser(), columns)
        )
    if hasattr(inputs, "__arrow_c_stream__"):
        return Frame(cast("Any", inputs), columns)
    check_several(inputs, "__iter__")
    return _Given(inputs)


def read_row(row: Row, columns: Columns) -> Article:
    """Return the article that a row holds.

    Raises:
        ArticleError: it holds none; the message begins with the row's place.
    """
    try:
        return _article(row.content, columns)
    except ArticleError as exc:
        raise ArticleError(f"{row.where}: {exc}") from exc


def id_of(row: Row, columns: Columns) -> str | None:
    """Return the id of a row that holds no article, as far as it has one."""
    if not isinstance(row.content, Mapping):
        return None
    try:
        return read_id(row.content.get(columns.id or "id"))
    except ValueError:
        return None


def _article(content: object, columns: Columns) -> Article:
    match content:
        case Article():
            return content
        case Fault():
            raise ArticleError(content.reason)
        case str():
            return Article(text=content)
        case Mapping():
            return _from_fields(cast("Mapping[str, Any]", content), columns)
        case _:
            raise ArticleError(f"it is {type(content).__name__}, not an article, a text or a dict")


def _from_fields(fields: Mapping[str, Any], columns: Columns) -> Article:
    rest = dict(fields)
    text = _take_text(rest, columns.text)
    if columns.id is not None and columns.id not in rest:
        raise ArticleError(f"it has no {columns.id!r}, but {', '.join(map(str, rest))}")
    known: dict[str, Any] = {"id": rest.pop(columns.id or "id", None)}
    known |= {name: rest.pop(name) for name in ARTICLE_FIELDS if name in rest}
    nested: object = rest.get("metadata")
    if isinstance(nested, Mapping):  # that of an article that was written as JSON
        del rest["metadata"]
        rest = {**cast("Mapping[str, Any]", nested), **rest}
    return Article(text=text, **known, metadata=rest)


def _take_text(fields: dict[str, Any], column: str) -> str:
    if column not in fields:
        there = ", ".join(map(str, fields)) or "nothing"
        raise ArticleError(
            f"it has no {column!r}, but {there}; the text's column is set by --text-column "
            "(text_column)"
        )
    text = fields.pop(column)
    if is_missing(text):
        raise ArticleError(f"it has no text: its {column!r} is missing")
    if not isinstance(text, str):
        raise ArticleError(f"its {column!r} is of type {type(text).__name__}, not text")
    return text


class _Given(Source):
    """An iterable of the caller's."""

    def __init__(self, items: Iterable[Article | str | Mapping[str, Any]]) -> None:
        self.name = type(items).__name__
        self.is_repeatable = iter(items) is not items
        self._items = items

    def rows(self) -> Iterator[Row]:
        for number, item in enumerate(self._items, start=1):
            yield Row(f"item {number}", item)

    def count(self) -> int | None:
        # Going through them only to count them could take long.
        return len(self._items) if isinstance(self._items, Sized) else None


def _file(path: Path, columns: Columns) -> Source:
    name = str(path)
    if path.is_dir():
        return TextFolder(path, columns)
    if not path.exists():
        raise ArticleError(f"there is no file {name}")
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes and suffixes[-1] in _PACKED:
        suffixes.pop()
    suffix = suffixes[-1] if suffixes else ""
    if suffix in _PARQUET_SUFFIXES:
        return Parquet(path, columns)
    open_ = partial(_opened, path)
    if suffix in _JSON_SUFFIXES:
        return JsonLines(name, open_)
    if suffix in _CSV_SUFFIXES:
        return Csv(name, open_, columns)
    raise ArticleError(
        f"{name} has none of the suffixes .jsonl, .csv, .tsv, .parquet, by which its format is "
        f"known (.jsonl.gz, too); {_ADVICE.get(suffix, 'rename it, or name a folder of .txt')}"
    )


_ADVICE = {
    ".json": "one JSON array becomes JSON Lines by: jq -c '.[]' FILE.json > FILE.jsonl",
    **dict.fromkeys(
        (".txt", ".html", ".htm", ".pdf", ".docx"),
        "for a few articles there is `communique summarize`; for many, name their folder",
    ),
    ".xlsx": "save the sheet as CSV in UTF-8",
    ".xls": "save the sheet as CSV in UTF-8",
    ".zst": "unpack it first: zstd -d FILE",
    ".zip": "unpack it first",
}


@contextmanager
def _opened(path: Path) -> Generator[io.BufferedReader]:
    with path.open("rb") as file:
        yield open_utf8(file)


def _standard_input(columns: Columns) -> Source:
    """Return standard input as JSON Lines if it begins like that, else as CSV."""
    name = "standard input"
    if sys.stdin is None:
        raise ArticleError("standard input is closed; name a file")
    with reading(name):
        raw: Any = sys.stdin.buffer
        if not hasattr(raw, "peek"):  # something stands in for it
            raw = io.BufferedReader(raw)
        file = open_utf8(raw)
        begins = file.peek(1).lstrip()[:1]

    @contextmanager
    def opened() -> Generator[io.BufferedReader]:
        yield file

    if begins in {b"{", b"[", b""}:
        return JsonLines(name, opened, is_repeatable=False)
    return Csv(name, opened, columns, is_repeatable=False)
