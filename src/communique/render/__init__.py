"""Output formats of a summary: terminal, Markdown, HTML, JSON, rows, CSV."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from communique.render.csv import to_csv
from communique.render.document import Document
from communique.render.event_rows import EventRow, to_event_rows
from communique.render.html import to_html
from communique.render.json import to_json, to_jsonl
from communique.render.markdown import to_markdown
from communique.render.notebook import to_notebook
from communique.render.rows import Row, to_rows
from communique.render.table import to_table

__all__ = [
    "FORMATS",
    "Document",
    "EventRow",
    "Row",
    "to_csv",
    "to_event_rows",
    "to_html",
    "to_json",
    "to_jsonl",
    "to_markdown",
    "to_notebook",
    "to_rows",
    "to_table",
]

FORMATS: Mapping[str, Callable[[Document], str]] = MappingProxyType(
    {
        "table": to_table,
        "json": to_json,
        "jsonl": to_jsonl,
        "csv": to_csv,
        "markdown": to_markdown,
        "md": to_markdown,
        "html": to_html,
    }
)
"""All output formats by name."""
