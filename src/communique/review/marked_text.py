"""Marked text as evidence: from places in the page to whole sentences of the article."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from pydantic import ValidationError

from communique._internal.validation import one_fault
from communique.statements import Evidence

if TYPE_CHECKING:
    from communique.article import Article

__all__ = ["find_spans", "in_article", "in_page", "one_line_ends"]

_LINE_END = re.compile("\r\n?")


def one_line_ends(text: str) -> str:
    """Return text as a browser has it: every line end is a line feed."""
    return _LINE_END.sub("\n", text)


def in_article(text: str, at: int) -> int:
    """Return the offset in an article of a place in the text that a browser made of it."""
    for found in re.finditer("\r\n", text):
        if found.start() >= at:
            break
        at += 1
    return at


def in_page(text: str, at: int) -> int:
    """Return the place in a browser's text of an offset in an article."""
    return at - text.count("\r\n", 0, at)


def find_spans(
    article: Article,
    places: Iterable[tuple[int, int]],
    *,
    known: Sequence[Evidence] = (),
) -> tuple[Evidence, ...]:
    """Return marked text as evidence, in article order.

    What is marked is extended to whole sentences, which is what models point to and gold is made
    of; evidence that the statement has already stays as it is. Overlapping spans become one.

    Args:
        article: the article.
        places: start and end of each span in the article.
        known: the statement's evidence so far.

    Raises:
        pydantic.ValidationError: there is no such place, or no sentence in it.
    """
    kept = {(span.start, span.end) for span in known}
    spans: list[tuple[int, int]] = []
    for start, end in sorted(places):
        span = (start, end)
        if span not in kept:
            span = _whole_sentences(article, *span)
        if spans and span[0] < spans[-1][1] and not {span, spans[-1]} <= kept:
            before = spans.pop()
            span = (before[0], max(before[1], span[1]))
        spans.append(span)
    return tuple(
        Evidence(start=start, end=end, text=article.text[start:end]) for start, end in spans
    )


def _whole_sentences(article: Article, start: int, end: int) -> tuple[int, int]:
    touched = [each for each in article.sentences if each.start < end and start < each.end]
    if not touched or start >= end or end > len(article.text):
        raise _nothing_marked(start, end)
    return touched[0].start, touched[-1].end


def _nothing_marked(start: int, end: int) -> ValidationError:
    return one_fault("Evidence", (), [start, end], ValueError("mark the article's words"))
