"""Counts and figures with intervals, by article and kind, and comparisons of two versions.

Every figure is a ratio of two sums of counts, so that counts of kinds and articles can be
added up (micro average) and resampled for intervals.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from communique.evaluation.matching import Matching, detect, match, missing_extra
from communique.statements import KINDS, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy as np
    import numpy.typing as npt

    from communique.evaluation.gold import GoldArticle
    from communique.statements import Statement

__all__ = [
    "FIGURES",
    "RESAMPLES",
    "ArticleScore",
    "Comparison",
    "Counts",
    "Estimate",
    "Figure",
    "Tally",
    "Verdict",
    "compare",
    "estimate",
    "figure",
    "score",
    "total",
]

Figure = Literal["precision", "recall", "f1", "strict_f1", "detection_f1", "grounded"]
Verdict = Literal["better", "worse", "can't tell"]

FIGURES: tuple[Figure, ...] = (
    "precision",
    "recall",
    "f1",
    "strict_f1",
    "detection_f1",
    "grounded",
)

RESAMPLES = 10_000
"""Number of bootstrap resamples for an interval."""

SEED = 1


@dataclass(frozen=True, slots=True)
class Counts:
    """Counts of statements, except optional ones and predictions that they excuse."""

    matched: int = 0
    predicted: int = 0
    gold: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.matched + other.matched,
            self.predicted + other.predicted,
            self.gold + other.gold,
        )


@dataclass(frozen=True, slots=True)
class Tally:
    """All counts of one kind or several, in one article or several.

    Attributes:
        found: pairs at or above the similarity threshold.
        strict: those of them with the right names and enumerated field.
        detected: pairs with any common evidence.
        grounded: predictions whose spans all equal the article's text at their offsets.
        returned: all predictions, including excused ones.
    """

    found: Counts = field(default_factory=Counts)
    strict: Counts = field(default_factory=Counts)
    detected: Counts = field(default_factory=Counts)
    grounded: int = 0
    returned: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.found + other.found,
            self.strict + other.strict,
            self.detected + other.detected,
            self.grounded + other.grounded,
            self.returned + other.returned,
        )


@dataclass(frozen=True, slots=True)
class ArticleScore:
    """The counts of one article.

    Attributes:
        failed: whether there is no summary, so that all gold statements count as missed.
    """

    slug: str
    kinds: dict[Kind, Tally]
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95 % bootstrap interval; None where there is nothing to average.

    ``low`` and ``high`` are also None for a single article, which shows no spread.
    """

    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """The comparison of two versions on the same articles.

    Attributes:
        old, new: the figure of each version.
        difference: new minus old, with its 95 % interval from the paired bootstrap.
        verdict: ``better`` or ``worse`` if the whole interval is above or below 0.
    """

    old: float | None
    new: float | None
    difference: Estimate
    verdict: Verdict


def score(gold: GoldArticle, predicted: Sequence[Statement] | None) -> ArticleScore:
    """Score the predictions for an article; None means that the article failed.

    Raises:
        SettingsError: scipy is not installed (extra ``eval``).
    """
    statements = predicted or ()
    matched = match(gold.statements, statements)
    detected = detect(gold.statements, statements)
    tallies: dict[Kind, Tally] = {}
    for kind in KINDS:
        found = _counts(matched[kind])
        of_kind = [item for item in statements if item.kind == kind]
        tallies[kind] = Tally(
            found=found,
            strict=Counts(
                sum(pair.strict for pair in matched[kind].pairs), found.predicted, found.gold
            ),
            detected=_counts(detected[kind]),
            grounded=sum(_is_grounded(item, gold.article.text) for item in of_kind),
            returned=len(of_kind),
        )
    return ArticleScore(gold.slug, tallies, failed=predicted is None)


def total(scores: Iterable[ArticleScore], kind: Kind | None = None) -> Tally:
    """Add up the counts of articles, for one kind or all."""
    kinds = tuple(KINDS) if kind is None else (kind,)
    return sum((item.kinds[each] for item in scores for each in kinds), start=Tally())


def figure(name: Figure, tally: Tally) -> float | None:
    """Return a figure from 0 to 1, or None if there is nothing to average.

    There is nothing to average for precision without predictions, for recall without gold
    statements, and for F1 without both. F1 is 0 with gold statements but no predictions, and
    with predictions but no gold statements.
    """
    numerator, denominator = _ratio(name, tally)
    return numerator / denominator if denominator else None


def estimate(scores: Sequence[ArticleScore], name: Figure, kind: Kind | None = None) -> Estimate:
    """Return a figure over articles with its 95 % interval (bootstrap, percentiles).

    The resamples are fixed: the same counts, in the same order of articles, give exactly the
    same interval on every machine. Resamples with nothing to average are ignored.

    Raises:
        SettingsError: numpy is not installed (extra ``eval``).
    """
    ordered = _by_slug(scores)
    low, high = _interval(_draw(ordered, name, kind))
    return Estimate(figure(name, total(ordered, kind)), low, high)


def compare(
    old: Sequence[ArticleScore],
    new: Sequence[ArticleScore],
    name: Figure = "f1",
    kind: Kind | None = None,
) -> Comparison:
    """Compare two versions on the same articles by the paired bootstrap.

    Both versions use the same resamples, so that articles that are hard for both do not
    obscure the difference.

    Raises:
        SettingsError: numpy is not installed (extra ``eval``).
        ValueError: the articles are not the same.
    """
    before, after = _by_slug(old), _by_slug(new)
    if [item.slug for item in before] != [item.slug for item in after]:
        raise ValueError("the scores belong to different articles and can't be compared")
    low, high = _interval(_draw(after, name, kind) - _draw(before, name, kind))
    values = figure(name, total(before, kind)), figure(name, total(after, kind))
    difference = None if values[0] is None or values[1] is None else values[1] - values[0]
    verdict: Verdict = "can't tell"
    if low is not None and low > 0:
        verdict = "better"
    elif high is not None and high < 0:
        verdict = "worse"
    return Comparison(*values, Estimate(difference, low, high), verdict)


def _counts(matching: Matching) -> Counts:
    matched = len(matching.pairs)
    return Counts(
        matched=matched,
        predicted=matched + len(matching.false_alarms),
        gold=matched + len(matching.missed),
    )


def _is_grounded(statement: Statement, text: str) -> bool:
    return all(text[span.start : span.end] == span.text for span in statement.evidence)


def _ratio(name: Figure, tally: Tally) -> tuple[int, int]:
    """Return numerator and denominator, each linear in the counts."""
    match name:
        case "precision":
            return tally.found.matched, tally.found.predicted
        case "recall":
            return tally.found.matched, tally.found.gold
        case "f1":
            return _f1(tally.found)
        case "strict_f1":
            return _f1(tally.strict)
        case "detection_f1":
            return _f1(tally.detected)
        case "grounded":
            return tally.grounded, tally.returned


def _f1(counts: Counts) -> tuple[int, int]:
    return 2 * counts.matched, counts.predicted + counts.gold


def _by_slug(scores: Sequence[ArticleScore]) -> list[ArticleScore]:
    return sorted(scores, key=lambda item: item.slug)


def _draw(
    scores: Sequence[ArticleScore], name: Figure, kind: Kind | None
) -> npt.NDArray[np.float64]:
    """Return the figure in every resample; NaN where there is nothing to average."""
    try:
        import numpy as np
    except ModuleNotFoundError as exc:
        raise missing_extra(exc) from exc
    if len(scores) < 2:
        return np.full(RESAMPLES, np.nan)
    ratios = np.array([_ratio(name, total([item], kind)) for item in scores], dtype=np.int64)
    sums = _times_drawn(len(scores)) @ ratios
    with np.errstate(invalid="ignore"):
        return sums[:, 0] / sums[:, 1]


@lru_cache(maxsize=8)
def _times_drawn(articles: int) -> npt.NDArray[np.int64]:
    """Return how often each article (column) is drawn in each resample (row)."""
    import numpy as np

    # The generator's raw output is the only stream that numpy guarantees to keep unchanged.
    # The modulo favours low numbers by less than 1 in 10**17.
    raw = np.random.PCG64(SEED).random_raw(RESAMPLES * articles) % np.uint64(articles)
    drawn = raw.astype(np.int64).reshape(RESAMPLES, articles)
    flat = drawn + articles * np.arange(RESAMPLES, dtype=np.int64)[:, np.newaxis]
    counts = np.bincount(flat.ravel(), minlength=RESAMPLES * articles)
    return counts.reshape(RESAMPLES, articles).astype(np.int64)


def _interval(draws: npt.NDArray[np.float64]) -> tuple[float | None, float | None]:
    import numpy as np

    known = draws[~np.isnan(draws)]
    if not known.size:
        return None, None
    # No interpolation, whose rounding might differ between machines.
    low, high = np.percentile(known, [2.5, 97.5], method="inverted_cdf")
    return float(low), float(high)
