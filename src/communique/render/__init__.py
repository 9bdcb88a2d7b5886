"""A summary for people and for other programs: terminal, Markdown, HTML, JSON, rows, CSV."""

from __future__ import annotations

from typing import TYPE_CHECKING

from communique.render.csv import to_csv
from communique.render.html import to_html
from communique.render.json import to_json
from communique.render.markdown import to_markdown
from communique.render.rows import to_rows

if TYPE_CHECKING:
    from rich.console import Console

    from communique.summary import Summary

__all__ = ["print_table", "to_csv", "to_html", "to_json", "to_markdown", "to_rows"]


def print_table(summary: Summary, console: Console) -> None:
    """Print a summary for a person at a terminal."""
    from communique.render.table import print_table as print_it

    print_it(summary, console)
