"""A summary as a table for the terminal."""

from __future__ import annotations

import io
import shutil
from collections.abc import Sequence
from typing import TYPE_CHECKING

from communique.render.document import Document, by_kind, footer
from communique.render.safe_text import plain
from communique.statements import Statement, StatementKind

if TYPE_CHECKING:
    # Import rich only when a table is written, which most programs never do.
    from rich.console import Console
    from rich.table import Table

__all__ = ["print_table", "to_table"]

_ACTOR_WIDTH = 20
_WIDTH = 80  # without a terminal that reports its width


def to_table(document: Document) -> str:
    """Return the table of `print_table` without colors, at the terminal's width."""
    from rich.console import Console

    page = io.StringIO()
    width = shutil.get_terminal_size((_WIDTH, 24)).columns
    print_table(document, Console(file=page, width=width))
    return page.getvalue()


def print_table(document: Document, console: Console) -> None:
    """Print the gist, the statements by kind with their evidence, and the summary's origin."""
    from rich.padding import Padding
    from rich.text import Text

    if document.article.title:
        console.print(Text(plain(document.article.title), style="bold"))
    console.print(Text(plain(document.gist)))
    for kind, statements in by_kind(document):
        console.print(_table(kind, statements))
    if not document.statements:
        console.print(Padding(Text("No statements.", style="italic"), (1, 0)))
    if document.rejected:
        count = f"Claims of the model that were rejected: {len(document.rejected)}"
        console.print(Text(f"{count} (see --format json)", style="dim"))
    if document.injections:
        console.print(Text("The article gives orders to a program; nothing here rests on them:"))
    for span in document.injections:
        words = Text(plain(span.text), style="dim italic")
        console.print(Padding(words, (0, 0, 0, 2)))
    console.print(Text(plain(footer(document)), style="dim"))


def _table(kind: StatementKind, statements: Sequence[Statement]) -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.console import Group
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False, header_style=f"bold {kind.colors.terminal}")
    table.add_column(kind.heading, style="bold", width=_ACTOR_WIDTH, overflow="fold")
    table.add_column(overflow="fold")
    for statement in statements:
        evidence = (
            Padding(Text(plain(span.text), style="dim italic"), (0, 0, 0, 2))
            for span in statement.evidence
        )
        words = Text(plain(statement.said))
        table.add_row(Text(plain(statement.who)), Group(words, *evidence))
    return table
