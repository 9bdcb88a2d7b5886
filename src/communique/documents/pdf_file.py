"""The text of a PDF, as paragraphs (extra ``docs``)."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from communique._internal.interpreters import why_no_python
from communique.documents.document_fields import ArticleFields, Unreadable
from communique.documents.extra_libraries import check_library
from communique.documents.pdf_worker import DIVIDED, LOCKED, MOST_PAGES
from communique.documents.titles import real_title
from communique.errors import SettingsError

__all__ = ["read_pdf"]

_SECONDS = 60.0
_EDGE = 4
"""Number of blocks at the begin and end of a page that may be headers and footers."""

_LONGEST_EDGE = 200

_FEWEST_LINES = 3
_FULL = 0.8
"""Share of the longest line's length that a line has whose paragraph may go on."""

_DIGITS = re.compile(r"\d+")
_SPACE = re.compile(r"[ \t\r\n]+")
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_DIVIDED_WORD = re.compile(rf"(?<![^\W_])([^\W_]*){DIVIDED}\s*([^\W_]*)")
_KEEP_HYPHEN = frozenset({"and", "or", "und", "oder", "bzw", "sowie", "bis"})
_DIVIDING = 0.06
"""Share of the lines that end in a hyphen in a text whose words are divided."""

_FEWEST_DIVIDED = 4

# Of scripts without spaces between words.
_WIDE = r"[\u3000-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uffef]"
_WIDE_BREAK = re.compile(rf"(?<={_WIDE})\n(?={_WIDE})")
_RIGHT_TO_LEFT = re.compile(r"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]")
_MOST_RIGHT_TO_LEFT = 0.2
_ENDS = re.compile(r"[.!?…:;؟۔।。！？：；][\"'”’»)\]」』）]*\Z")
# Page numbers, and what browsers print above and below a page.
_RUNNING = re.compile(
    r"\W*(?:(?:page|seite|p\.|стр\.|página)\W*)?\d{1,4}(?:\s*(?:/|of|von|sur|de|из|з)\s*\d{1,4})?\W*"
    r"|(?:file|https?)://\S+(?:\s+\d+/\d+)?"
    r"|\d{1,2}[/.]\d{1,2}[/.]\d{2,4},? \d{1,2}[:.]\d{2}.{0,200}",
    re.IGNORECASE,
)


def read_pdf(raw: bytes) -> ArticleFields:
    """Return text, title and author of a PDF.

    Lines are joined to paragraphs, also across columns and pages; divided words are joined, and
    headers, footers and page numbers left out.

    Raises:
        Unreadable: it is damaged, locked, too large, or has no text.
        SettingsError: the extra is not installed, or no process can be started.
    """
    check_library(
        "pypdfium2", extra="docs", what="a PDF", instead="run: pdftotext FILE.pdf FILE.txt"
    )
    found = _blocks_of(raw)
    pages: list[list[str]] = found["pages"]
    if found["count"] > MOST_PAGES:
        raise Unreadable(f"has more than {MOST_PAGES:,} pages; split it into articles")
    whole = _undivided("\n\n".join(_without_edges(pages)))
    text = "\n\n".join(_paragraphs(whole.split("\n\n")))
    if len(_RIGHT_TO_LEFT.findall(text)) > _MOST_RIGHT_TO_LEFT * len(text):
        raise Unreadable(
            "is a PDF in a script that is written from right to left, in which PDFs mix the order "
            "of letters; copy its text to a .txt file, or read its web page"
        )
    if not text:
        raise Unreadable(
            "is a PDF without text, such as a scan; recognise its text first, for example: "
            "ocrmypdf FILE.pdf NEW.pdf"
        )
    author = found["author"]
    return {
        "text": text,
        "title": real_title(found["title"]),
        "metadata": {"author": author} if author else {},
    }


def _blocks_of(raw: bytes) -> dict[str, Any]:
    if what := why_no_python():
        raise SettingsError(
            f"PDFs are read in a process of their own, which can't be started, since {what}. Run: "
            "pdftotext FILE.pdf FILE.txt"
        )
    # -P: a module of the same name in the working folder is not run.
    command = [sys.executable, "-P", "-m", "communique.documents.pdf_worker"]
    try:
        done = subprocess.run(command, input=raw, capture_output=True, timeout=_SECONDS)  # noqa: S603, PLW1510
    except subprocess.TimeoutExpired as exc:
        raise Unreadable(f"is a PDF that takes more than {_SECONDS:g} s to read") from exc
    if done.returncode == LOCKED:
        raise Unreadable(
            "is a PDF that is locked with a password; unlock it first, for example: "
            "qpdf --password=PASSWORD --decrypt FILE.pdf NEW.pdf"
        )
    try:
        return json.loads(done.stdout)
    except ValueError as exc:
        raise Unreadable(
            "is a PDF that is damaged; open it in a browser and print it to another PDF, or copy "
            "its text to a .txt file"
        ) from exc


def _without_edges(pages: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield the blocks of all pages without those that stand at the edge of most pages."""
    seen = Counter(key for page in pages for key in {_key(each) for each in _edges(page)})
    often = max(2, len(pages) // 2)
    for page in pages:
        edges = _edges(page)
        for block in page:
            is_edge = any(block is each for each in edges)
            if not (is_edge and (seen[_key(block)] >= often or _RUNNING.fullmatch(block))):
                yield block


def _edges(page: Sequence[str]) -> list[str]:
    return [each for each in (*page[:_EDGE], *page[-_EDGE:]) if len(each) <= _LONGEST_EDGE]


def _key(block: str) -> str:
    return _DIGITS.sub("0", _SPACE.sub(" ", block))


def _paragraphs(blocks: Iterable[str]) -> Iterator[str]:
    """Yield the paragraphs; one that a column or page ends goes on in the next block."""
    paragraph = ""
    for block in blocks:
        if _goes_on(paragraph, block):
            paragraph = f"{paragraph}\n{block}"
            continue
        if paragraph:
            yield _joined(paragraph)
        paragraph = block
    if paragraph:
        yield _joined(paragraph)


def _goes_on(paragraph: str, block: str) -> bool:
    """Return whether a paragraph goes on in the next block, at the top of a column or page."""
    if not paragraph or _ENDS.search(paragraph):
        return False
    lengths = [len(line) for line in paragraph.splitlines()]
    is_full = len(lengths) >= _FEWEST_LINES and lengths[-1] >= _FULL * max(lengths)
    return block[:1].islower() or block[:1].isdigit() or is_full


def _joined(lines: str) -> str:
    return _SPACE.sub(" ", _WIDE_BREAK.sub("", lines)).strip()


def _undivided(text: str) -> str:
    """Return a text with the words joined that were divided at the ends of lines.

    A word that has a hyphen elsewhere keeps it; so does any, if few lines end in one: then it is
    the author's.
    """
    words = set(_WORD.findall(text))
    divided = text.count(DIVIDED)
    is_dividing = divided >= max(_FEWEST_DIVIDED, _DIVIDING * text.count("\n"))

    def join(found: re.Match[str]) -> str:
        before, after = found.groups()
        if after in _KEEP_HYPHEN:
            return f"{before}- {after}"
        if f"{before}{after}" in words:
            return f"{before}{after}"
        is_divided = is_dividing and after[:1].islower() and f"{before}-{after}" not in words
        return f"{before}{after}" if is_divided else f"{before}-{after}"

    return _DIVIDED_WORD.sub(join, text)
