"""The parts of a text that are in quotation marks."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import lru_cache

__all__ = ["quoted_spans", "quotes_words"]

_PARAGRAPH = re.compile(r"[^\n]+")
# The closing marks of each opening mark. German „…“ and Swedish ”…” share marks with English “…”.
_CLOSING = {
    "“": "”",
    "„": "“”",
    "‟": "”",
    "«": "»",
    "‹": "›",
    "「": "」",
    "『": "』",
    "〝": "〞",
    "‘": "’",
    "‚": "‘’",
    "״": "״",
    "＂": "＂",
    '"': '"',
}
_MARK = re.compile(f"[{''.join(sorted({*_CLOSING, *''.join(_CLOSING.values()), *'”»›」』〞'}))}]")
_SPACELESS = re.compile("[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\u0e00-\u0e7f]")
_ARABIC = re.compile("[\u0620-\u064a]")
_HEBREW = re.compile("[\u05d0-\u05ea]")
_FEWEST_WORDS = 2
_FEWEST_SPACELESS = 4


@lru_cache(maxsize=8)
def quoted_spans(text: str) -> tuple[tuple[int, int], ...]:
    """Return the offsets of quoted text, without the marks, in order.

    A quotation may extend over several sentences of a paragraph. A quotation that is not closed
    ends with its paragraph, as is usual where the next paragraph opens it again.
    """
    spans: list[tuple[int, int]] = []
    for paragraph in _PARAGRAPH.finditer(text):
        spans += _spans(text, paragraph.start(), paragraph.end())
    return tuple(spans)


def quotes_words(text: str, start: int, end: int) -> bool:
    """Return whether two or more quoted words lie between two offsets.

    A single quoted word is a scare quote.
    """
    spans = quoted_spans(text)
    # The last span that begins before, and those that begin inside; spans are in order.
    first = max(0, bisect_right(spans, (start, start)) - 1)
    for opened, closed in spans[first : bisect_right(spans, (end, end))]:
        quoted = text[max(opened, start) : min(closed, end)]
        if len(_SPACELESS.findall(quoted)) >= _FEWEST_SPACELESS:
            return True
        if sum(any(c.isalnum() for c in word) for word in quoted.split()) >= _FEWEST_WORDS:
            return True
    return False


def _spans(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    closing = _habit(text[start:end])
    opened: tuple[int, str] | None = None
    for found in _MARK.finditer(text, start, end):
        at, mark = found.start(), found[0]
        if opened is not None:
            if mark in opened[1] and _may_close(text, at, end):
                yield opened[0], at
                opened = None
        elif mark in closing and _may_open(text, at, start):
            opened = at + 1, closing[mark]
        elif mark in "”»›」』〞" and not text[at - 1].isdigit() and text[start:at].strip():
            yield start, at  # opened in an earlier paragraph
        else:
            continue
        start = at + 1
    if opened is not None and "’" not in opened[1]:  # an apostrophe opens nothing
        yield opened[0], end


def _habit(paragraph: str) -> dict[str, str]:
    """Return the closing marks, adapted to how this paragraph uses marks that vary by country."""
    closing = dict(_CLOSING)
    if "”" in paragraph and not set("“„‟") & set(paragraph):
        closing["”"] = "”"
    # Some Arabic writers type the marks in the order that is usual in English.
    left, right = paragraph.find("“"), paragraph.find("”")
    if 0 <= right < left and _ARABIC.search(paragraph) and _may_open(paragraph, right, 0):
        del closing["“"]
        closing["”"] = "“"
    left, right = paragraph.find("«"), paragraph.find("»")
    if right >= 0 and (left < 0 or right < left) and _may_open(paragraph, right, 0):
        del closing["«"]
        closing["»"] = "«»"
    return closing


def _may_open(text: str, at: int, start: int) -> bool:
    """Return whether a mark may open a quotation, not be an apostrophe, feet or inches."""
    mark = text[at]
    before = text[at - 1] if at > start else " "
    after = text[at + 1] if at + 1 < len(text) else " "
    if mark in "‘‚”»":
        return not before.isalnum() and not after.isspace()
    if mark in '"״':
        acronym = _HEBREW.match(before) and _HEBREW.match(after)  # צה"ל
        return not before.isdigit() and not after.isspace() and not acronym
    return True


def _may_close(text: str, at: int, end: int) -> bool:
    after = text[at + 1] if at + 1 < end else " "
    if text[at] in '"״' and _HEBREW.match(text[at - 1]) and _HEBREW.match(after):
        return False
    return text[at] not in "’‘" or not after.isalnum()
