"""Statements as a table for spreadsheets, in which no text is a formula."""

from __future__ import annotations

import csv
import io
import unicodedata
from typing import TYPE_CHECKING

from communique.render.rows import COLUMNS, to_rows
from communique.render.words import plain

if TYPE_CHECKING:
    from collections.abc import Iterable

    from communique.summary import Summary

__all__ = ["to_csv"]

# What a spreadsheet takes for the beginning of a formula, the full-width forms included.
_FORMULA = frozenset("=+-@＝＋－＠")


def to_csv(summaries: Iterable[Summary]) -> str:
    """The rows of `to_rows` of one or more summaries as CSV (RFC 4180), with a header.

    A text that a spreadsheet would compute gets an apostrophe in front, which spreadsheets
    read as "this is text". White space is one space, so that a row is a line; the offsets in
    ``spans`` lead to the verbatim evidence.
    """
    page = io.StringIO()
    # All quoted: some spreadsheets part cells at semicolons or tabs.
    writer = csv.writer(page, quoting=csv.QUOTE_ALL)
    writer.writerow(COLUMNS)
    for summary in summaries:
        writer.writerows([_cell(value) for value in row.values()] for row in to_rows(summary))
    return page.getvalue()


def _cell(value: str | float | None) -> str | float | None:
    if not isinstance(value, str):
        return value
    text = plain(value).strip()
    # Spreadsheets pass over spaces and characters that nobody sees.
    seen = (c for c in text if not (c.isspace() or unicodedata.category(c) == "Cf"))
    return f"'{text}" if next(seen, "") in _FORMULA else text
