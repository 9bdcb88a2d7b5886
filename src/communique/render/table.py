"""A summary on the terminal."""

from __future__ import annotations

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from communique.render.words import KINDS, origin, plain, said, who
from communique.statements import Statement
from communique.summary import Summary

__all__ = ["print_table"]

_ACTOR_WIDTH = 20

_STYLES = {
    "positions": "cyan",
    "conditions": "yellow",
    "threats": "red",
    "agreements": "green",
}


def print_table(summary: Summary, console: Console) -> None:
    """Print the gist, the statements by kind with the evidence beneath, and their origin."""
    if summary.article.title:
        console.print(Text(plain(summary.article.title), style="bold"))
    console.print(Text(plain(summary.gist)))
    for name, heading in KINDS:
        statements: tuple[Statement, ...] = getattr(summary, name)
        if statements:
            console.print(_table(heading, _STYLES[name], statements))
    if not summary.statements:
        console.print(Padding(Text("No statements.", style="italic"), (1, 0)))
    if summary.rejected:
        count = f"Claims of the model that were rejected: {len(summary.rejected)}"
        console.print(Text(f"{count} (see --format json)", style="dim"))
    console.print(Text(plain(origin(summary)), style="dim"))


def _table(heading: str, style: str, statements: tuple[Statement, ...]) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, header_style=f"bold {style}")
    table.add_column(heading, style="bold", width=_ACTOR_WIDTH, overflow="fold")
    table.add_column(overflow="fold")
    for statement in statements:
        evidence = (
            Padding(Text(plain(span.text), style="dim italic"), (0, 0, 0, 2))
            for span in statement.evidence
        )
        words = Text(plain(said(statement)))
        table.add_row(Text(plain(who(statement))), Group(words, *evidence))
    return table
