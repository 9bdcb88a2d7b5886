"""What an article's gist is like, beside the gold's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from communique.grounding.content_words import words_f1
from communique.grounding.gist import invents

if TYPE_CHECKING:
    from communique.evaluation.bootstrap import Ratio
    from communique.evaluation.gold import GoldArticle

__all__ = ["GIST_FIGURES", "GistFigure", "GistScore", "gist_ratio", "score_gist"]

GistFigure = Literal["given", "words_f1", "invented"]

GIST_FIGURES: tuple[GistFigure, ...] = ("given", "words_f1", "invented")

_STEPS = 10_000


@dataclass(frozen=True, slots=True)
class GistScore:
    """A gist beside the gold's.

    Attributes:
        given: whether there is a gist at all.
        words_f1: F1 of the content words of both; 0 without a gist.
        invented: whether it has a name or a number that the article lacks.
    """

    given: bool
    words_f1: float
    invented: bool


def score_gist(gold: GoldArticle, gist: str) -> GistScore | None:
    """Compare a gist with the gold's; None if the gold has none."""
    if gold.gist is None:
        return None
    if not gist.strip():
        return GistScore(given=False, words_f1=0, invented=False)
    return GistScore(
        given=True,
        words_f1=round(words_f1(gold.gist, gist), 4),
        invented=invents(gold.article, gist),
    )


def gist_ratio(score: GistScore | None, name: GistFigure) -> Ratio:
    """Return one article's part in a figure, as numerator and denominator.

    ``given`` and ``words_f1`` are over all gold gists, so that a gist left out is not rewarded;
    ``invented`` is over the gists given.
    """
    if score is None:
        return 0, 0
    match name:
        case "given":
            return int(score.given), 1
        case "words_f1":
            return round(score.words_f1 * _STEPS), _STEPS
        case "invented":
            return int(score.invented), int(score.given)
