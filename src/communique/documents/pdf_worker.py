"""A program that finds the text blocks of a PDF, in a process of its own.

``python -m communique.documents.pdf_worker`` reads a PDF from standard input and writes JSON: the
number of pages, a list of blocks for each, title and author. A PDF can make any parser take all
memory and time, or crash: here that ends this process alone. PDFium, moreover, is not to be called
by several threads.
"""

from __future__ import annotations

import importlib
import json
import math
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from statistics import median
from typing import Any

MOST_PAGES = 1_000
DIVIDED = "\x02"
"""What PDFium writes for a hyphen at the end of a line, in place of that and the line break."""

LOCKED = 3
"""Exit code for a PDF that needs a password."""

_MEMORY = 2_000_000_000
_MOST_CHARACTERS = 1_500_000
_WIDER_GAP = 1.15
"""How much farther than others a line is from the one above it if a paragraph begins there."""

_OTHER_SIZE = 1.15
_INDENT = 0.7
"""Indentation of a first line, as a share of the line's height."""


@dataclass
class _Line:
    """A line of text, and where its characters are: in points from the lower left corner."""

    text: list[str] = field(default_factory=list[str])
    left: float = float("inf")
    bottoms: list[float] = field(default_factory=list[float])
    heights: list[float] = field(default_factory=list[float])

    @cached_property
    def bottom(self) -> float:
        return median(self.bottoms)  # a raised or accented character has another

    @cached_property
    def height(self) -> float:
        return median(self.heights)


def main() -> None:
    """Read a PDF from standard input, and write its blocks."""
    _limit_memory()
    import pypdfium2

    try:
        found = _read(pypdfium2.PdfDocument(sys.stdin.buffer.read()))
    except pypdfium2.PdfiumError as exc:
        sys.exit(LOCKED if "password" in str(exc).lower() else str(exc))
    sys.stdout.write(json.dumps(found))


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:  # Windows
        return
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))


def _read(document: Any) -> dict[str, Any]:
    pages: list[list[_Line]] = []
    left = _MOST_CHARACTERS
    for number in range(min(len(document), MOST_PAGES)):
        pages.append(list(_lines(document[number].get_textpage())))
        left -= sum(len(line.text) for line in pages[-1])
        if left < 0:
            break
    steps = _usual_steps(pages)
    facts = document.get_metadata_dict(skip_empty=True)
    return {
        "count": len(document),
        "pages": [list(_blocks(lines, steps)) for lines in pages],
        "title": facts.get("Title"),
        "author": facts.get("Author"),
    }


def _lines(page: Any) -> Iterator[_Line]:
    """Yield the lines of a page in the order in which they were written, columns after columns."""
    pdfium: Any = importlib.import_module("pypdfium2.raw")  # its names have no types
    line = _Line()
    for index in range(page.count_chars()):
        character = chr(pdfium.FPDFText_GetUnicode(page.raw, index))
        if character not in "\r\n":
            line.text.append(character)
            if not character.isspace() and character != DIVIDED:
                left, bottom, _, top = page.get_charbox(index, loose=True)
                line.left = min(line.left, left)
                line.bottoms.append(bottom)
                line.heights.append(top - bottom)
        if character in {"\n", DIVIDED}:
            if line.heights:
                yield line
            line = _Line()
    if line.heights:
        yield line


def _usual_steps(pages: Iterable[Sequence[_Line]]) -> dict[int, float]:
    """Return how far apart the lines of a paragraph are, by their height in whole points.

    That is the distance that a quarter of the lines do not reach: the larger ones may all be
    between paragraphs.
    """
    steps: defaultdict[int, list[float]] = defaultdict(list)
    for lines in pages:
        for above, line in pairwise(lines):
            if round(above.height) == round(line.height) and above.bottom > line.bottom:
                steps[round(line.height)].append(above.bottom - line.bottom)
    return {height: sorted(found)[len(found) // 4] for height, found in steps.items()}


def _blocks(lines: Sequence[_Line], steps: Mapping[int, float]) -> Iterator[str]:
    """Yield each paragraph of a page, or the part of it in a column, with its line breaks."""
    block: list[str] = []
    for number, line in enumerate(lines):
        if block and _begins(lines[number - 1], line, steps):
            yield "\n".join(block)
            block = []
        block.append("".join(line.text).strip(" "))
    if block:
        yield "\n".join(block)


def _begins(above: _Line, line: _Line, steps: Mapping[int, float]) -> bool:
    """Return whether a block begins at a line."""
    step = above.bottom - line.bottom
    sizes = sorted((above.height, line.height))
    return (
        step <= 0  # in another column
        or step > _WIDER_GAP * steps.get(round(line.height), math.inf)
        or sizes[1] > _OTHER_SIZE * sizes[0]
        or line.left - above.left > _INDENT * line.height
    )


if __name__ == "__main__":
    main()
