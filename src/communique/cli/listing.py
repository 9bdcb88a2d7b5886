"""What commands that list something have in common: a table for people, JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Annotated

import typer

from communique.cli.terminal import terminal

__all__ = ["ListingFormat", "ListingOption", "print_json", "print_rows"]


class ListingFormat(StrEnum):
    """Output formats of listings."""

    TABLE = "table"
    JSON = "json"


ListingOption = Annotated[
    ListingFormat,
    typer.Option(
        "--format", "-f", case_sensitive=False, help="table for people, json for programs."
    ),
]


def print_json(content: object) -> None:
    """Print a listing for programs."""
    typer.echo(json.dumps(content, indent=2))


def print_rows(
    headings: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: Sequence[str] = ()
) -> None:
    """Print a listing for people.

    Args:
        headings: the headings of the columns.
        rows: the cells of each row, which are shown on one line, without terminal controls.
        numbers: the headings of columns that are aligned to the right.
    """
    from rich.table import Table
    from rich.text import Text

    from communique.render.safe_text import plain

    table = Table(box=None, pad_edge=False)
    for heading in headings:
        table.add_column(heading, justify="right" if heading in numbers else "left")
    for row in rows:
        table.add_row(*(Text(plain(cell)) for cell in row))
    terminal().print(table)
