"""Detection of text that is not an article but a file with articles: JSON, CSV, HTML etc."""

from __future__ import annotations

import csv
import itertools
import json
import re

__all__ = ["find_other_format"]

_ROWS = (
    "read its rows with `communique batch FILE --output outcomes.jsonl`, or in Python with "
    "summarize_many(row['text'] for row in rows)"
)
_JSON_START = re.compile(r"\[?\s*\{\s*(?:\"[^\"\n]{1,80}\"|'[^'\n]{1,80}')\s*:")
_MARKUP_START = re.compile(
    # Possessive: one that goes back tries to end each comment at each end of a later one.
    r"(?:<\?xml[^<>]{0,500}\?>\s*)?+(?:<!--.{0,2000}?-->\s*)*+"
    r"<(?:!doctype\s|html\b|head\b|body\b|rss\b|feed\b|\?xml\b|rdf\b)",
    re.IGNORECASE | re.DOTALL,
)
_TAG = re.compile(
    r"<(/?)(p|div|br|span|a|li|ul|ol|h[1-6]|t[dhr]|table|tbody|img|script|style|meta|link|"
    r"article|section|header|footer|nav|figure|em|strong|b|i|blockquote|title|main)"
    r"(?:\s[^<>]{0,2000})?/?>",
    re.IGNORECASE,
)
_BLOCKS = frozenset({"p", "div", "li", "tr", "td", "h1", "h2", "h3", "section"})
_CHARACTERS_A_TAG = 400
_COLUMNS = frozenset(
    """
    id uid guid text body lead content article fulltext title headline url link href date published
    pubdate created datetime time timestamp source publisher outlet author authors language lang
    summary description category section tags country
    """.split()  # noqa: SIM905 easier to read than a list
)
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_SAMPLE = 50_000
"""Number of characters that are examined for rows of a table."""


def find_other_format(text: str) -> str | None:
    """Return what a text is and what to do with it, or None if it reads like an article.

    Example:
        >>> from communique.text_formats import find_other_format
        >>> find_other_format('{"text": "Talks ended."}')
        "JSON, not an article: pass the text in it, for example summarize(json.loads(data)['text'])"
        >>> find_other_format("[Update] Talks ended, the <b> tag in the first report said.")
    """
    begins = text.lstrip()
    if begins.startswith("%PDF-"):
        return "a PDF, not an article: pass read_article('file.pdf')"
    if begins.startswith("{\\rtf"):
        return "RTF, not an article: save the document as plain text"
    if _is_markup(begins):
        return (
            "HTML or XML, not an article: save a page as .html, and pass read_article('page.html')"
        )
    if begins[:1] in {"{", "["} and (found := _find_json(begins)):
        return found
    if _is_table(begins):
        return f"CSV, not an article: {_ROWS}"
    return None


def _is_markup(text: str) -> bool:
    """Return whether text begins like a web page, or has many tags; one or two may be quoted."""
    if _MARKUP_START.match(text):
        return True
    tags = list(itertools.islice(_TAG.finditer(text), 1_000))
    closing = [tag[2].lower() for tag in tags if tag[1]]
    if not closing:
        return False
    is_whole = tags[0].start() == 0 and (len(closing) > 1 or tags[-1].end() == len(text.rstrip()))
    blocks = sum(name in _BLOCKS for name in closing)
    return is_whole or (blocks > 2 and len(tags) * _CHARACTERS_A_TAG > tags[-1].end())


def _find_json(text: str) -> str | None:
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) > 1 and isinstance(_parse(lines[0]), dict):
        return f"JSON Lines, not an article: {_ROWS}"
    if _JSON_START.match(text) or isinstance(_parse(text), dict | list):
        return (
            "JSON, not an article: pass the text in it, for example "
            "summarize(json.loads(data)['text'])"
        )
    return None


def _parse(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _is_table(text: str) -> bool:
    whole = len(text) <= _SAMPLE
    sample = _THOUSANDS.sub("", text[:_SAMPLE])
    return any(_has_columns(sample, mark, whole=whole) for mark in ",;\t|")


def _has_columns(sample: str, mark: str, *, whole: bool) -> bool:
    """Return whether all lines have the same number of columns, unlike prose.

    In addition the first line must name known columns; or there must be three lines (with tabs,
    two) in which no separator is followed by a space, as it would be in prose.
    """
    if mark not in sample.partition("\n")[0]:
        return False
    try:
        rows = [row for row in csv.reader(sample.splitlines(keepends=True), delimiter=mark) if row]
    except csv.Error:
        return False
    rows = rows if whole else rows[:-1]  # the last may be cut off
    if len(rows) < 2 or len({len(row) for row in rows}) > 1:
        return False
    names = [name.strip().strip("\ufeff").lower().replace("_", "") for name in rows[0]]
    if len(names) > 1 and sum(name in _COLUMNS for name in names) >= max(2, len(names) // 3):
        return True
    enough = len(names) > 2 and len(rows) >= (2 if mark == "\t" else 3)
    return enough and not any(cell[:1].isspace() for row in rows for cell in row[1:])
