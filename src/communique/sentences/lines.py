"""Line breaks that end a paragraph, headline or list item, as opposed to wrapped lines.

Most text extractors write one paragraph per line, so that each line break ends one. Other text
is *wrapped*: a line is broken wherever the next word would not have fitted. Text counts as
wrapped if

- its full lines have 40 to 120 columns (20 or more in scripts without spaces);
- at most of its line breaks (60 %) the next word would not have fitted;
- most of the lines so filled (60 %) end without a full stop, and
- at least a quarter of them continue in lower case (in scripts without case: three lines do).

In wrapped text a break after a full line ends nothing, but short lines, list items and blank
lines do. The document is judged as a whole; if it is not wrapped, so is each longer block.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

__all__ = ["is_visible", "units"]

_HARD_BREAKS = ("\f", "\u2029")
_BEFORE_INITIAL = " \t\u00a0>\"'“”„«‘([（「『¿¡"
_INVISIBLE = "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad"
_COLUMNS = range(40, 121)
_WIDE_COLUMNS = range(20, 121)
_FILLED = 0.6
_IN_MID_SENTENCE = 0.6
_IN_LOWER_CASE = 0.25
_FEWEST_WITHOUT_CASE = 3
_SLACK = 12
"""A line may be a twelfth of the columns short, since some programs balance their lines."""

_WIDE = re.compile(r"[\u3000-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uffef]")
_FIRST_WORD = re.compile(r"[\s>]*([^\s\-‐]+)")
_ENDS = re.compile(r"[.!?…:;؟۔।。！？：；][\"'”’»)\]」』）]*\s*\Z")
_BULLET = re.compile(r"\s*(?:[•·▪◦‣●○■►*]|\(?(?:\d{1,2}|[a-zA-Z]|[ivx]{1,4})\))\s")
_DASH_OR_NUMBER = re.compile(r"\s*(?:[-–—]|\d{1,2}\.|[a-zA-Z]\.|[IVX]{1,4}\.)\s")


def is_visible(text: str) -> bool:
    """Return whether the text has any visible character."""
    return any(not character.isspace() and character not in _INVISIBLE for character in text)


@dataclass(frozen=True)
class _Line:
    """A line: its offset, and its text including the line break."""

    start: int
    text: str

    @property
    def columns(self) -> int:
        return len(self.text.rstrip())

    @property
    def is_blank(self) -> bool:
        return not is_visible(self.text)

    @property
    def initial(self) -> str:
        """The first character that is not a quotation mark or bracket, or an empty string."""
        return self.text.lstrip(_BEFORE_INITIAL)[:1]

    @property
    def ends(self) -> bool:
        return bool(_ENDS.search(self.text))


def units(text: str) -> Iterator[tuple[int, int]]:
    """Yield the offsets of the units, each a line or several wrapped lines joined.

    The units tile the text. No sentence extends beyond one.
    """
    blocks = _blocks(text)
    width = _width(blocks)
    starts = [
        start
        for block in blocks
        for start in _starts(block, width or (_width([block]) if len(block) > 4 else 0))
    ]
    yield from pairwise([0, *starts[1:], len(text)])


def _blocks(text: str) -> list[list[_Line]]:
    """Return the blocks of a text: the lines between blank lines."""
    blocks: list[list[_Line]] = [[]]
    start = 0
    for line in text.splitlines(keepends=True):
        found = _Line(start, line)
        start += len(line)
        if not found.is_blank:
            blocks[-1].append(found)
        if found.is_blank or line.endswith(_HARD_BREAKS):
            blocks.append([])
    return [block for block in blocks if block]


def _starts(block: Sequence[_Line], width: int) -> Iterator[int]:
    """Yield the lines' offsets at which units begin; with ``width`` 0 each line is a unit."""
    yield block[0].start
    for line, following in pairwise(block):
        goes_on = width and _is_filled(line, following, width) and not _is_item(line, following)
        if not goes_on:
            yield following.start


def _width(blocks: Sequence[Sequence[_Line]]) -> int:
    """Return the column at which lines were wrapped, or 0 if they were not."""
    breaks = [pair for block in blocks for pair in pairwise(block)]
    # Prose does not begin in lower case, but a list of notes may.
    if not breaks or 2 * sum(block[0].initial.islower() for block in blocks) > len(blocks):
        return 0
    # One line in ten may be longer: a headline, an address, a table.
    columns = sorted(line.columns for line, _ in breaks)
    width = columns[math.ceil(0.9 * (len(columns) - 1))]
    wide = 2 * sum(bool(_WIDE.match(line.initial)) for line, _ in breaks) > len(breaks)
    filled = [pair for pair in breaks if _is_filled(*pair, width)]
    is_wrapped = (
        width in (_WIDE_COLUMNS if wide else _COLUMNS)
        and len(filled) >= _FILLED * len(breaks)
        and sum(not line.ends for line, _ in filled) >= _IN_MID_SENTENCE * len(filled)
        and _goes_on([after.initial for _, after in filled])
    )
    return width if is_wrapped else 0


def _goes_on(initials: Sequence[str]) -> bool:
    """Return whether lines that begin with these characters continue a sentence."""
    caseless = sum(c.isalpha() and not (c.islower() or c.isupper()) for c in initials)
    if 2 * caseless > len(initials):
        return len(initials) >= _FEWEST_WITHOUT_CASE
    return sum(map(str.islower, initials)) >= _IN_LOWER_CASE * len(initials)


def _is_filled(line: _Line, following: _Line, width: int) -> bool:
    """Return whether the first word of the next line would not have fitted into this one."""
    word = _FIRST_WORD.match(following.text)
    length = 0 if word is None else 1 if _WIDE.match(word[1]) else 1 + len(word[1])
    slack = width // _SLACK
    return width - length - slack < line.columns <= width + slack


def _is_item(line: _Line, following: _Line) -> bool:
    """Return whether the next line is a list item, not the middle of a sentence."""
    return bool(
        _BULLET.match(following.text) or (line.ends and _DASH_OR_NUMBER.match(following.text))
    )
