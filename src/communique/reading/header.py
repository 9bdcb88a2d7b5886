"""What the model is told about an article before its sentences: title, source and date."""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING

from communique.article import Article
from communique.models import Message
from communique.reading.common import without_control

if TYPE_CHECKING:
    from communique.prompts import Questions

__all__ = ["header_of", "with_header"]

_LONGEST = {"title": 300, "source": 100}
"""Most characters of a value that are shown; what follows is cut off."""

# "[3]" would look like the number of a sentence.
_NUMBER = re.compile(r"\[(\s*\d+\s*)\]")
# Not by strftime, which would use the user's language
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def header_of(article: Article, questions: Questions) -> str:
    """Return the lines about an article that stand before its sentences, or an empty text.

    The prompt version words them. Whatever a title contains, it stays within its line, has no
    sentence number, and marks no role.
    """
    values = {
        "{title}": _shown(article.title, _LONGEST["title"]),
        "{source}": _shown(article.source, _LONGEST["source"]),
        "{published}": _day(article.published),
    }
    lines: list[str] = []
    is_known = False
    for line in questions.header.strip().splitlines():
        place = next((place for place in values if place in line), None)
        if place is None:
            lines.append(line)
        elif values[place]:
            lines.append(line.replace(place, values[place]))
            is_known = True
    return "\n".join(lines) + "\n\n" if is_known else ""


def with_header(prefix: Sequence[Message], header: str) -> list[Message]:
    """Return all that stands before the sentences, to estimate how much room it takes."""
    return [*prefix, {"role": "user", "content": header}] if header else [*prefix]


def _shown(value: str | None, longest: int) -> str:
    text = (value or "")[: 2 * longest]
    text = "".join(" " if unicodedata.category(c) == "Cc" else c for c in text)
    text = " ".join(text.split())
    if len(text) > longest:
        text = f"{text[:longest].rstrip()}…"
    return without_control(_NUMBER.sub(r"(\1)", text))


def _day(published: datetime.date | None) -> str:
    if published is None:
        return ""
    return f"{_DAYS[published.weekday()]}, {published:%Y-%m-%d}"
