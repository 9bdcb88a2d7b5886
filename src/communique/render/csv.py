"""Statements as CSV for spreadsheets, with formulas disarmed."""

from __future__ import annotations

import csv
import io
import unicodedata

from communique.render.cells import Value
from communique.render.document import Document
from communique.render.rows import COLUMNS, to_rows
from communique.render.safe_text import plain

__all__ = ["safe_cell", "to_csv"]

# Characters that begin a formula in spreadsheets, including full-width forms.
_FORMULA = frozenset("=+-@＝＋－＠")
# Characters that separate cells in one country or another, in spite of the quotation marks.
_SEPARATORS = frozenset(",;\t|")


def to_csv(*documents: Document) -> str:
    """Return the rows of `to_rows` of one or more summaries as CSV (RFC 4180), with a header.

    Where a spreadsheet would find a formula, an apostrophe marks it as text: at the beginning of
    a text, and after each character in it that may separate cells. White space is collapsed to
    one space, so that each row is one line; the offsets in ``spans`` give the verbatim evidence.
    """
    page = io.StringIO()
    # Quote everything: some spreadsheets split cells at semicolons or tabs.
    writer = csv.writer(page, quoting=csv.QUOTE_ALL)
    writer.writerow(COLUMNS)
    for document in documents:
        writer.writerows([safe_cell(value) for value in row.values()] for row in to_rows(document))
    return page.getvalue()


def safe_cell(value: Value) -> Value:
    """Return a value on one line, in which no spreadsheet finds a formula; see `to_csv`."""
    if not isinstance(value, str):
        return value
    text = plain(value).strip()
    safe: list[str] = []
    begins = True  # whether a cell begins here
    for character in text:
        if begins and character in _FORMULA:
            safe.append("'")
        begins = character in _SEPARATORS or (begins and _is_skipped(character))
        safe.append(character)
    return "".join(safe)


def _is_skipped(character: str) -> bool:
    """Return whether spreadsheets skip a character at the beginning of a cell."""
    return character.isspace() or character == '"' or unicodedata.category(character) == "Cf"
