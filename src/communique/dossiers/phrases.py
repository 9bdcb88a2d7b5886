"""How a dossier is put into words, in Markdown and on pages."""

from __future__ import annotations

from communique.dossiers.model import Followed, Later, Line, Source, Topic

__all__ = ["day_of", "open_until_now", "said_of", "state_of_affairs", "told_later"]

_LATER = {
    "repeated": "Stated again",
    "withdrawn": "Withdrawn, says a later article",
}


def day_of(source: Source) -> str:
    """Return the day of an article, or "no date"."""
    return source.date.isoformat() if source.date else "no date"


def said_of(line: Line, topic: Topic | None) -> str:
    """Return what a line says, without what the heading of its topic has said already."""
    if topic is None or len(topic.wordings) > 1:
        return line.statement.said
    return line.value.replace("_", " ")


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


def open_until_now(item: Followed) -> str | None:
    """Return that a condition is open, and why that is said; None if it is not."""
    if item.line.statement.kind != "condition" or not item.is_open:
        return None
    if item.line.article.date is None:
        return "Open, as far as can be told without a date."
    return "Open: no later article says that it is met."
