"""Division of text into sentences, with offsets that are exact on the original text.

Lines come first (`lines`): no sentence extends beyond a paragraph, a headline or a list item.
Within these, each full stop is examined (`borders`), with the help of a table of abbreviations
in many languages.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from pydantic import BaseModel, ConfigDict

from communique.language import looks_german, primary_language
from communique.sentences.borders import borders
from communique.sentences.lines import is_visible, units

__all__ = ["Sentence", "split_sentences"]

_LONGEST = 20_000
"""Most characters of a sentence; longer text is cut between words."""


class Sentence(BaseModel):
    """A sentence of an article, without surrounding white space.

    Attributes:
        index: position among the article's sentences, from 0.
        start: offset of its first character, in code points.
        end: offset after its last character; ``article.text[start:end] == text``.
        text: the sentence, verbatim.

    Examples:
        >>> from communique import Article
        >>> Article(text="Talks ended. Nobody signed.").sentences[1]
        Sentence(index=1, start=13, end=27, text='Nobody signed.')
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    index: int
    start: int
    end: int
    text: str


def split_sentences(text: str, language: str | None = None) -> tuple[Sentence, ...]:
    """Cut ``text`` into sentences that cover each non-space character once, in order.

    The time needed is proportional to the length of the text.

    Args:
        text: any text that can be encoded as UTF-8.
        language: BCP 47 tag or ISO 639 code, which tells whether "2." may be an ordinal number.
            It is not needed for abbreviations, nor for German, which is recognised.
    """
    spoken = primary_language(language) if language else "de" if looks_german(text) else "en"
    sentences: list[Sentence] = []
    for left, right in pairwise(_cuts(text, spoken)):
        piece = text[left:right]
        stripped = piece.strip()
        if stripped:
            start = left + len(piece) - len(piece.lstrip())
            sentences.append(
                Sentence(
                    index=len(sentences), start=start, end=start + len(stripped), text=stripped
                )
            )
    return tuple(sentences)


def _cuts(text: str, language: str) -> Iterator[int]:
    """Yield the offsets of all cuts: both ends of the text, and the start of each sentence."""
    yield 0
    last = 0
    seen = False
    for start, end in _pieces(text, language):
        # Invisible text is not a sentence of its own.
        if is_visible(text[start:end]):
            if seen and start > last:
                yield start
                last = start
            seen = True
    yield len(text)


def _pieces(text: str, language: str) -> Iterator[tuple[int, int]]:
    for start, end in units(text):
        line = text[start:end]
        for left, right in pairwise([0, *borders(line, language), len(line)]):
            yield from _halves(text, start + left, start + right)


def _halves(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the piece, cut between words where it is too long."""
    while end - start > _LONGEST:
        cut = max(text.rfind(space, start, start + _LONGEST) for space in " \n") + 1
        cut = cut if cut > start else start + _LONGEST
        yield start, cut
        start = cut
    yield start, end
