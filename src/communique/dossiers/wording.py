"""How a dossier is put into words, in Markdown and on pages."""

from __future__ import annotations

from communique.dossiers.model import Later, Line, Source

__all__ = ["day_of", "state_of_affairs", "told_later"]

_LATER = {
    "repeated": "Stated again",
    "withdrawn": "Withdrawn, says a later article",
    "mentioned": "Mentioned in a later article",
}


def day_of(source: Source) -> str:
    """Return the day of an article, or "no date"."""
    return source.date.isoformat() if source.date else "no date"


def state_of_affairs(line: Line) -> str:
    """Return who held which stance when, or which status an agreement had when."""
    value = line.value.replace("_", " ")
    who = "" if line.statement.kind == "agreement" else f", {line.statement.who}"
    return f"{value} ({day_of(line.article)}{who})"


def told_later(line: Line, later: Later) -> str:
    """Return what a later article says about a threat or a condition."""
    if later.what == "done":
        threat = line.statement.kind == "threat"
        return f"{'Carried out' if threat else 'Met'}, says a later article"
    return _LATER[later.what]
