"""CSV: rows under a header, separated by commas, semicolons, tabs or bars."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager

from communique.batching.byte_streams import LONGEST_ROW, reading
from communique.batching.input_rows import Columns, Fault, Row, Source
from communique.errors import ArticleError

__all__ = ["Csv", "check_columns"]

_SEPARATORS = ",;\t|"
_CHUNK = 2**16

# How programs write that a cell has no value; "NA" is left out, which is Namibia, too.
_MISSING = frozenset({"", "nan", "NaN", "NaT", "<NA>", "None", "null", "NULL"})


class Csv(Source):
    """A file of CSV with a header.

    Args:
        name: what messages call it.
        open_: opens it as bytes in UTF-8.
        columns: the columns that must be there.
        is_repeatable: whether it can be opened again.
    """

    def __init__(
        self,
        name: str,
        open_: Callable[[], AbstractContextManager[io.BufferedReader]],
        columns: Columns,
        *,
        is_repeatable: bool = True,
    ) -> None:
        self.name = name
        self.is_repeatable = is_repeatable
        self._open = open_
        self._columns = columns

    def rows(self) -> Iterator[Row]:
        """Yield each row as a mapping of its cells; see `Source.rows`."""
        # A limit of the whole process, which nobody needs to be low.
        csv.field_size_limit(max(csv.field_size_limit(), LONGEST_ROW))
        with reading(self.name), self._open() as file:
            # Bytes that are not UTF-8 concern their row only.
            text = io.TextIOWrapper(file, "utf-8", errors="surrogateescape", newline="")
            try:
                names, separator = self._header(text.readline(LONGEST_ROW))
                yield from self._rows(names, separator, _Lines(text))
            finally:
                text.detach()  # the file is closed by whoever opened it

    def _header(self, first: str) -> tuple[Sequence[str], str]:
        """Return the names of the columns, and what separates them."""
        if not first:
            raise ArticleError(f"{self.name} is empty")
        for separator in _SEPARATORS:
            header = next(csv.reader([first], delimiter=separator), list[str]())
            names = [name.strip() for name in header]
            if self._columns.text in names:
                break
        else:
            raise ArticleError(
                f"{self.name} has no column {self._columns.text!r} in its first line, "
                f"{first.strip()[:200]!r}; name the one that holds the text: --text-column "
                "(text_column)"
            )
        check_columns(self.name, names, self._columns)
        return names, separator

    def _rows(self, names: Sequence[str], separator: str, lines: _Lines) -> Iterator[Row]:
        # strict: an unclosed quotation mark is an error, and not the end of the row's last cell
        rows = csv.reader(lines, delimiter=separator, strict=True)
        while True:
            number = lines.number + 1
            try:
                cells = next(rows)
            except StopIteration:
                return
            except csv.Error as exc:
                # An unclosed quotation mark takes in the rows after it, which have no other trace.
                last = lines.number
                place = f"line {number}" if last <= number else f"lines {number} to {last}"
                yield Row(f"{self.name}, {place}", Fault(f"it is not valid CSV: {exc}"))
                continue
            if cells:
                yield Row(f"{self.name}, line {number}", _read(names, cells))


class _Lines:
    """An iterator over lines that counts them, and raises an error for one longer than any row."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text
        self.number = 1  # the header

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = part = self._text.readline(LONGEST_ROW)
        if not line:
            raise StopIteration
        self.number += 1
        if len(line) < LONGEST_ROW:
            return line
        while part and not part.endswith(("\n", "\r")):
            part = self._text.readline(_CHUNK)
        raise csv.Error(f"a line is longer than {LONGEST_ROW >> 20} MiB")


def check_columns(name: str, names: Sequence[str], columns: Columns) -> None:
    """Check that a table has the columns that are asked for, each once.

    Raises:
        ArticleError: it does not; the message names those that there are.
    """
    for wanted, option in ((columns.text, "text"), (columns.id, "id")):
        if wanted is not None and wanted not in names:
            raise ArticleError(
                f"{name} has no column {wanted!r}, but {', '.join(names)}; name the one that holds "
                f"the {option}: --{option}-column ({option}_column)"
            )
    if twice := [each for each in dict.fromkeys(names) if names.count(each) > 1 and each]:
        raise ArticleError(f"{name} has two columns {twice[0]!r}; rename one of them")


def _read(names: Sequence[str], cells: Sequence[str]) -> dict[str, object] | Fault:
    if len(cells) != len(names):
        return Fault(
            f"it has {len(cells)} cells, and the header {len(names)}: a separator or a quotation "
            "mark is missing, or one too many"
        )
    for cell in cells:
        if (wrong := next((c for c in cell if "\udc80" <= c <= "\udcff"), None)) is not None:
            return Fault(f"it is not UTF-8: byte 0x{ord(wrong) - 0xDC00:02x}")
    return {
        name: None if cell.strip() in _MISSING else cell
        for name, cell in zip(names, cells, strict=True)
        if name
    }
