"""A program that finds the text blocks of a PDF, in a process of its own.

``python -m communique.documents.pdf_worker`` reads a PDF from standard input and writes JSON: a
list of blocks for each page, title and author. A PDF can make any parser take all memory and all
time: here that ends this process alone.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from typing import Any

MOST_PAGES = 1_000
LOCKED = 3
"""Exit code for a PDF that needs a password."""

_MEMORY = 2_000_000_000
_MOST_CHARACTERS = 1_500_000
_INDENT = 0.7
"""Indentation of a first line, as a share of the line's height."""


def main() -> None:
    """Read a PDF from standard input, and write its blocks."""
    _limit_memory()
    from pdfminer.pdfdocument import PDFPasswordIncorrect
    from pdfminer.pdfexceptions import PDFException

    try:
        found = _read(io.BytesIO(sys.stdin.buffer.read()))
    except PDFPasswordIncorrect:
        sys.exit(LOCKED)
    except (PDFException, ValueError) as exc:
        sys.exit(f"{type(exc).__name__}: {exc}"[:200])
    sys.stdout.write(json.dumps(found))


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:  # Windows
        return
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))


def _read(file: io.BytesIO) -> dict[str, Any]:
    from pdfminer.high_level import extract_pages
    from pdfminer.layout import LAParams
    from pdfminer.pdfdocument import PDFDocument
    from pdfminer.pdfparser import PDFParser

    facts = (PDFDocument(PDFParser(file)).info or [{}])[0]
    pages: list[list[str]] = []
    left = _MOST_CHARACTERS
    for page in extract_pages(file, laparams=LAParams(), maxpages=MOST_PAGES + 1):
        pages.append(list(_blocks(page)))
        left -= sum(map(len, pages[-1]))
        if left < 0:
            break
    return {
        "pages": pages,
        "title": _text(facts.get("Title")),
        "author": _text(facts.get("Author")),
    }


def _blocks(page: Any) -> Iterator[str]:
    """Yield each paragraph of a page, its lines separated by line feeds."""
    from pdfminer.layout import LTTextBoxHorizontal, LTTextLineHorizontal

    for box in page:
        if not isinstance(box, LTTextBoxHorizontal):
            continue
        lines = [line for line in box if isinstance(line, LTTextLineHorizontal)]
        left = min((line.x0 for line in lines), default=0)
        paragraph: list[str] = []
        for line in lines:
            if paragraph and line.x0 - left > _INDENT * line.height:
                yield "\n".join(paragraph)
                paragraph = []
            paragraph.append(line.get_text().strip())
        if paragraph:
            yield "\n".join(paragraph)


def _text(value: Any) -> str | None:
    from pdfminer.pdftypes import resolve1
    from pdfminer.utils import decode_text

    value = resolve1(value)
    return decode_text(value) if isinstance(value, bytes) else None


if __name__ == "__main__":
    main()
