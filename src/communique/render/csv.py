"""Statements as a table for spreadsheets, in which no text is a formula."""

from __future__ import annotations

import csv
import io
import unicodedata

from communique.render.document import Document
from communique.render.rows import COLUMNS, Value, to_rows
from communique.render.safe_text import plain

__all__ = ["to_csv"]

# What a spreadsheet takes for the beginning of a formula, the full-width forms included.
_FORMULA = frozenset("=+-@＝＋－＠")


def to_csv(*documents: Document) -> str:
    """Return the rows of `to_rows` of one or more summaries as CSV (RFC 4180), with a header.

    A text that a spreadsheet would compute gets an apostrophe in front, which spreadsheets
    read as "this is text". White space is one space, so that a row is a line; the offsets in
    ``spans`` lead to the verbatim evidence.
    """
    page = io.StringIO()
    # All quoted: some spreadsheets part cells at semicolons or tabs.
    writer = csv.writer(page, quoting=csv.QUOTE_ALL)
    writer.writerow(COLUMNS)
    for document in documents:
        writer.writerows([_cell(value) for value in row.values()] for row in to_rows(document))
    return page.getvalue()


def _cell(value: Value) -> Value:
    if not isinstance(value, str):
        return value
    text = plain(value).strip()
    # Spreadsheets pass over spaces and characters that nobody sees.
    seen = (c for c in text if not (c.isspace() or unicodedata.category(c) == "Cf"))
    return f"'{text}" if next(seen, "") in _FORMULA else text
