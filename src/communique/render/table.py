"""A summary for the terminal: the gist, then the statements by kind, each above its evidence."""

from __future__ import annotations

import io
import re
import shutil
from collections.abc import Sequence
from typing import TYPE_CHECKING

from communique.render.document import Document, by_kind, footer
from communique.render.safe_text import plain
from communique.statements import Statement, StatementKind

if TYPE_CHECKING:
    # Import rich only when a table is written, which most programs never do.
    from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
    from rich.table import Table
    from rich.text import Text

__all__ = ["print_table", "to_table"]

_WIDTH = 80  # without a terminal that reports its width
_WIDEST = 120  # longer lines are hard to read
_NARROWEST_COLUMNS = 72  # below it, the actor stands above what it says
_ACTOR_SHARE = 0.25


def to_table(document: Document) -> str:
    """Return the table of `print_table` without colors, at the terminal's width."""
    from rich.console import Console

    page = io.StringIO()
    width = shutil.get_terminal_size((_WIDTH, 24)).columns
    print_table(document, Console(file=page, width=width, color_system=None))
    return "".join(f"{line.rstrip()}\n" for line in page.getvalue().splitlines())


def print_table(document: Document, console: Console) -> None:
    """Print the gist, the statements by kind with their evidence, and the summary's origin."""
    from rich.text import Text

    width = min(console.width, _WIDEST)

    def show(renderable: RenderableType) -> None:
        console.print(renderable, width=width)

    if document.article.title:
        show(Text(plain(document.article.title), style="bold"))
    show(Text(plain(document.gist)))
    for kind, statements in by_kind(document):
        show(Text())
        show(_heading(kind, len(statements), width))
        show(_table(kind, statements, width))
    if not document.statements:
        show(Text("\nNo statements.", style="italic"))
    show(Text())
    if document.rejected:
        count = f"Claims of the model that were rejected: {len(document.rejected)}"
        show(Text(f"{count} (see --format json or html)", style="dim"))
    if document.injections:
        show(Text("! The article gives orders to a program; nothing here rests on them:"))
    for span in document.injections:
        show(_Quotation(Text(plain(span.text), style="dim"), "dim"))
    show(Text(plain(footer(document)), style="dim"))


class _Quotation:
    """A text with a bar at the beginning of each line."""

    def __init__(self, text: Text, style: str) -> None:
        self._text = text
        self._style = style

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        from rich.segment import Segment

        bar = Segment("│ ", console.get_style(self._style))
        inner = options.update(width=max(1, options.max_width - 2))
        for line in console.render_lines(self._text, inner, pad=False):
            yield bar
            yield from line
            yield Segment.line()


def _heading(kind: StatementKind, count: int, width: int) -> Text:
    from rich.text import Text

    color = kind.colors.terminal
    words = Text.assemble((f"{kind.symbol} {kind.heading}", f"bold {color}"), (f" {count} ", "dim"))
    return words.append("─" * (width - words.cell_len), style=f"dim {color}")


def _table(kind: StatementKind, statements: Sequence[Statement], width: int) -> Table:
    from rich.console import Group
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2, 0, 0), expand=True)
    has_columns = width >= _NARROWEST_COLUMNS
    if has_columns:
        table.add_column(width=int(_ACTOR_SHARE * width), overflow="fold")
    table.add_column(ratio=1, overflow="fold")
    for place, statement in enumerate(statements):
        if place:
            table.add_row()
        who = Text(plain(statement.who), style="bold")
        quotations = (
            _Quotation(Text(plain(span.text), style="dim"), kind.colors.terminal)
            for span in statement.evidence
        )
        content = Group(_said(kind, statement), *quotations)
        if has_columns:
            table.add_row(who, content)
        else:
            table.add_row(Group(who, Padding(content, (0, 0, 0, 2))))
    return table


def _said(kind: StatementKind, statement: Statement) -> Text:
    """Return what is stated, with the value of its enumerated field in the kind's color."""
    from rich.text import Text

    value = re.escape(getattr(statement, kind.enumerated).replace("_", " "))
    words = Text(plain(statement.said))
    words.highlight_regex(
        rf"^{value}(?=: )|(?<=— ){value}(?=: )|\[{value}\]$", kind.colors.terminal
    )
    return words
