"""Statements as CSV for spreadsheets, with formulas disarmed."""

from __future__ import annotations

import csv
import io
import unicodedata

from communique.render.document import Document
from communique.render.rows import COLUMNS, Value, to_rows
from communique.render.safe_text import plain

__all__ = ["to_csv"]

# Characters that begin a formula in spreadsheets, including full-width forms.
_FORMULA = frozenset("=+-@＝＋－＠")


def to_csv(*documents: Document) -> str:
    """Return the rows of `to_rows` of one or more summaries as CSV (RFC 4180), with a header.

    A text that a spreadsheet would evaluate as a formula is prefixed with an apostrophe, which
    marks it as text. White space is collapsed to one space, so that each row is one line; the
    offsets in ``spans`` give the verbatim evidence.
    """
    page = io.StringIO()
    # Quote everything: some spreadsheets split cells at semicolons or tabs.
    writer = csv.writer(page, quoting=csv.QUOTE_ALL)
    writer.writerow(COLUMNS)
    for document in documents:
        writer.writerows([_cell(value) for value in row.values()] for row in to_rows(document))
    return page.getvalue()


def _cell(value: Value) -> Value:
    if not isinstance(value, str):
        return value
    text = plain(value).strip()
    # Spreadsheets skip spaces and invisible characters.
    seen = (c for c in text if not (c.isspace() or unicodedata.category(c) == "Cf"))
    return f"'{text}" if next(seen, "") in _FORMULA else text
