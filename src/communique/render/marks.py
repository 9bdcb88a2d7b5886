"""An article cut at the borders of its spans, so that overlapping marks nest properly."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Generic, TypeVar

__all__ = ["Mark", "Piece", "cut"]

Owner = TypeVar("Owner")


@dataclass(frozen=True, slots=True)
class Mark(Generic[Owner]):
    """A span to mark, half open, in code points.

    Attributes:
        owner: what the span belongs to.
        number: which of the owner's spans it is, from 1.
    """

    start: int
    end: int
    owner: Owner
    number: int


@dataclass(frozen=True, slots=True)
class Piece(Generic[Owner]):
    """A part of the text between two borders.

    Attributes:
        text: the text, unchanged.
        marks: the spans that cover it, in the order given.
        begun, ended: those of them that begin or end with it.
    """

    text: str
    marks: tuple[Mark[Owner], ...]
    begun: tuple[Mark[Owner], ...]
    ended: tuple[Mark[Owner], ...]


def cut(text: str, marks: Sequence[Mark[Owner]]) -> list[Piece[Owner]]:
    """Return the text in pieces, each covered by the same spans from its first to last character.

    Args:
        text: the article.
        marks: the spans, within the text.
    """
    borders = sorted({0, len(text), *(at for mark in marks for at in (mark.start, mark.end))})
    begins: dict[int, list[int]] = defaultdict(list)
    for place, mark in enumerate(marks):
        begins[mark.start].append(place)
    pieces: list[Piece[Owner]] = []
    over: set[int] = set()
    for start, end in pairwise(borders):
        over.update(begins[start])
        here = tuple(marks[place] for place in sorted(over))
        over = {place for place in over if marks[place].end > end}
        begun = tuple(mark for mark in here if mark.start == start)
        ended = tuple(mark for mark in here if mark.end == end)
        pieces.append(Piece(text[start:end], here, begun, ended))
    return pieces
