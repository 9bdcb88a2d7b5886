"""Counts and figures with intervals, by article and kind, and comparisons of two versions.

Every figure is a ratio of two sums of counts, so that counts of kinds and articles can be
added up (micro average) and resampled for intervals.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, get_args

from communique.evaluation.bootstrap import Estimate, difference, interval
from communique.evaluation.gist_score import GistFigure, GistScore, gist_ratio, score_gist
from communique.evaluation.matching import Matching, detect, match
from communique.statements import KINDS, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from communique.evaluation.bootstrap import Ratio
    from communique.evaluation.gold import GoldArticle
    from communique.statements import Statement

__all__ = [
    "FIGURES",
    "ArticleScore",
    "Comparison",
    "Counts",
    "FieldCounts",
    "Figure",
    "Tally",
    "Verdict",
    "compare",
    "estimate",
    "estimate_field",
    "estimate_gist",
    "figure",
    "score",
    "total",
]

Figure = Literal[
    "precision",
    "recall",
    "f1",
    "strict_f1",
    "full_f1",
    "full_plus_f1",
    "detection_f1",
    "grounded",
]
Verdict = Literal["better", "worse", "can't tell"]

FIGURES: tuple[Figure, ...] = get_args(Figure)


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
class FieldCounts:
    """How many of the pairs that have a field have it right."""

    right: int = 0
    pairs: int = 0

    def __add__(self, other: FieldCounts) -> FieldCounts:
        return FieldCounts(self.right + other.right, self.pairs + other.pairs)


@dataclass(frozen=True, slots=True)
class Tally:
    """All counts of one kind or several, in one article or several.

    Attributes:
        found: pairs at or above the similarity threshold.
        strict: those of them with the right names and enumerated field.
        full: those of the found with all fields right, except perhaps ``on_behalf_of``.
        full_plus: those of the found with all fields right.
        detected: pairs with any common evidence.
        grounded: predictions whose spans all equal the article's text at their offsets.
        returned: all predictions, including excused ones.
        fields: for each field of the kinds, how many of the found pairs have it right.
    """

    found: Counts = field(default_factory=Counts)
    strict: Counts = field(default_factory=Counts)
    full: Counts = field(default_factory=Counts)
    full_plus: Counts = field(default_factory=Counts)
    detected: Counts = field(default_factory=Counts)
    grounded: int = 0
    returned: int = 0
    fields: dict[str, FieldCounts] = field(default_factory=dict[str, FieldCounts])

    def __add__(self, other: Tally) -> Tally:
        nothing = FieldCounts()
        return Tally(
            self.found + other.found,
            self.strict + other.strict,
            self.full + other.full,
            self.full_plus + other.full_plus,
            self.detected + other.detected,
            self.grounded + other.grounded,
            self.returned + other.returned,
            {
                name: self.fields.get(name, nothing) + other.fields.get(name, nothing)
                for name in (*self.fields, *(new for new in other.fields if new not in self.fields))
            },
        )


@dataclass(frozen=True, slots=True)
class ArticleScore:
    """The counts of one article.

    Attributes:
        failed: whether there is no summary, so that all gold statements count as missed.
        gist: what the gist is like; None if the gold has none to compare it with.
    """

    slug: str
    kinds: dict[Kind, Tally]
    failed: bool = False
    gist: GistScore | None = None


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


def score(gold: GoldArticle, predicted: Sequence[Statement] | None, gist: str = "") -> ArticleScore:
    """Score the predictions for an article.

    Args:
        gold: the annotated article.
        predicted: the statements, or None if the article failed.
        gist: the summary's gist; empty if there is none.

    Raises:
        SettingsError: scipy is not installed (extra ``eval``).
    """
    statements = predicted or ()
    matched = match(gold.statements, statements)
    detected = detect(gold.statements, statements)
    tallies: dict[Kind, Tally] = {}
    for kind in KINDS:
        found, pairs = _counts(matched[kind]), matched[kind].pairs
        of_kind = [item for item in statements if item.kind == kind]
        tallies[kind] = Tally(
            found=found,
            strict=replace(found, matched=sum(pair.strict for pair in pairs)),
            full=replace(found, matched=sum(pair.full for pair in pairs)),
            full_plus=replace(found, matched=sum(pair.full_plus for pair in pairs)),
            detected=_counts(detected[kind]),
            grounded=sum(_is_grounded(item, gold.article.text) for item in of_kind),
            returned=len(of_kind),
            fields={
                name: FieldCounts(sum(name not in pair.wrong for pair in pairs), len(pairs))
                for name in KINDS[kind].fields
            },
        )
    return ArticleScore(gold.slug, tallies, failed=predicted is None, gist=score_gist(gold, gist))


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

    The resamples are fixed: the same counts of the same articles give exactly the same interval
    on every machine.

    Raises:
        SettingsError: numpy is not installed (extra ``eval``).
    """
    return interval(_ratios(scores, name, kind))


def estimate_field(scores: Sequence[ArticleScore], name: str, kind: Kind | None = None) -> Estimate:
    """Return the share of found pairs in which a field is right; see `estimate`."""
    counts = [total([item], kind).fields.get(name, FieldCounts()) for item in _by_slug(scores)]
    return interval([(each.right, each.pairs) for each in counts])


def estimate_gist(scores: Sequence[ArticleScore], name: GistFigure) -> Estimate:
    """Return a figure of the gists of all articles whose gold has one; see `estimate`."""
    return interval([gist_ratio(item.gist, name) for item in _by_slug(scores)])


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
    if [item.slug for item in _by_slug(old)] != [item.slug for item in _by_slug(new)]:
        raise ValueError("the scores belong to different articles and can't be compared")
    gap = difference(_ratios(old, name, kind), _ratios(new, name, kind))
    verdict: Verdict = "can't tell"
    if gap.low is not None and gap.low > 0:
        verdict = "better"
    elif gap.high is not None and gap.high < 0:
        verdict = "worse"
    values = figure(name, total(old, kind)), figure(name, total(new, kind))
    return Comparison(*values, gap, verdict)


def _counts(matching: Matching) -> Counts:
    matched = len(matching.pairs)
    return Counts(
        matched=matched,
        predicted=matched + len(matching.false_alarms),
        gold=matched + len(matching.missed),
    )


def _is_grounded(statement: Statement, text: str) -> bool:
    return all(text[span.start : span.end] == span.text for span in statement.evidence)


def _ratios(scores: Sequence[ArticleScore], name: Figure, kind: Kind | None) -> list[Ratio]:
    return [_ratio(name, total([item], kind)) for item in _by_slug(scores)]


def _ratio(name: Figure, tally: Tally) -> Ratio:
    """Return numerator and denominator, each linear in the counts."""
    match name:
        case "precision":
            return tally.found.matched, tally.found.predicted
        case "recall":
            return tally.found.matched, tally.found.gold
        case "grounded":
            return tally.grounded, tally.returned
        case _:
            counts = {
                "f1": tally.found,
                "strict_f1": tally.strict,
                "full_f1": tally.full,
                "full_plus_f1": tally.full_plus,
                "detection_f1": tally.detected,
            }[name]
            return 2 * counts.matched, counts.predicted + counts.gold


def _by_slug(scores: Sequence[ArticleScore]) -> list[ArticleScore]:
    return sorted(scores, key=lambda item: item.slug)
