"""Counts for a report's figures: confusions of kinds and reliability of confidence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import TypeAdapter

from communique.statements import KINDS, Kind, Statement

if TYPE_CHECKING:
    from collections.abc import Sequence

    from communique.evaluation.results import ArticleResult, Evaluation

__all__ = [
    "BINS",
    "Bin",
    "Confusion",
    "confusion",
    "excused_ids",
    "read_statement",
    "reliability",
]

BINS = 10
"""Number of equally wide bins of confidence."""

_STATEMENT: TypeAdapter[Statement] = TypeAdapter(Statement)


@dataclass(frozen=True, slots=True)
class Confusion:
    """Counts of gold kinds by predicted kinds, over all articles.

    Attributes:
        counts: statements by (gold kind, predicted kind); None stands for nothing: a miss
            without a false alarm in the same place, or vice versa. The diagonal contains
            matched statements.
        near: misses and false alarms of the same kind with common evidence, by kind: place
            and kind are right, but the statement is not.

    Together, each row adds up to the required gold statements of its kind, and each column to
    the predictions of its kind, except excused ones.
    """

    counts: dict[tuple[Kind | None, Kind | None], int]
    near: dict[Kind, int]


@dataclass(frozen=True, slots=True)
class Bin:
    """The predictions with confidence in one bin.

    Attributes:
        count: number of predictions, except excused ones.
        right: number of predictions that match the gold.
        confidence: mean confidence, or None without predictions.
    """

    count: int
    right: int
    confidence: float | None

    @property
    def share(self) -> float | None:
        """The share of correct predictions, or None without predictions."""
        return self.right / self.count if self.count else None


def read_statement(data: object) -> Statement:
    """Return a statement stored in an `ArticleResult` as the library's own type."""
    return _STATEMENT.validate_python(data)


def excused_ids(article: ArticleResult) -> set[str]:
    """Return the ids of predictions matched with optional gold statements."""
    return {str(match["predicted"]) for match in article.matches if match["optional"]}


def confusion(evaluation: Evaluation) -> Confusion:
    """Count gold kinds by predicted kinds.

    Misses and false alarms of an article are paired one to one if their evidence overlaps,
    the greatest overlap first; at equal overlap, the same kind first.
    """
    counts: dict[tuple[Kind | None, Kind | None], int] = {
        (gold, predicted): 0
        for gold in (*KINDS, None)
        for predicted in (*KINDS, None)
        if gold or predicted
    }
    near = dict.fromkeys(KINDS, 0)
    for article in evaluation.articles:
        for kind in KINDS:
            counts[kind, kind] += article.score.kinds[kind].found.matched
        for missed, alarm in _paired(article):
            if missed and alarm and missed == alarm:
                near[missed] += 1
            else:
                counts[missed, alarm] += 1
    return Confusion(counts, near)


def reliability(evaluation: Evaluation) -> tuple[Bin, ...]:
    """Return `BINS` bins of predictions by confidence; empty if no prediction has one."""
    grouped: list[list[tuple[float, bool]]] = [[] for _ in range(BINS)]
    for article in evaluation.articles:
        excused = excused_ids(article)
        alarms = set(article.false_alarms)
        for data in article.statements:
            statement = read_statement(data)
            if statement.confidence is not None and statement.id not in excused:
                place = min(int(statement.confidence * BINS), BINS - 1)
                grouped[place].append((statement.confidence, statement.id not in alarms))
    if not any(grouped):
        return ()
    return tuple(
        Bin(
            count=len(items),
            right=sum(right for _, right in items),
            confidence=sum(value for value, _ in items) / len(items) if items else None,
        )
        for items in grouped
    )


def _paired(article: ArticleResult) -> Sequence[tuple[Kind | None, Kind | None]]:
    """Return pairs of kinds: misses and false alarms, paired where they share evidence."""
    missed = [read_statement(data) for data in article.missed]
    wrong = set(article.false_alarms)
    alarms = [read_statement(data) for data in article.statements if data["id"] in wrong]
    shared = sorted(
        (-_overlap(gold, alarm), gold.kind != alarm.kind, row, column)
        for row, gold in enumerate(missed)
        for column, alarm in enumerate(alarms)
        if _overlap(gold, alarm)
    )
    chosen: dict[int, int] = {}
    for _, _, row, column in shared:
        if row not in chosen and column not in chosen.values():
            chosen[row] = column
    pairs: list[tuple[Kind | None, Kind | None]] = []
    for row, gold in enumerate(missed):
        pairs.append((gold.kind, alarms[chosen[row]].kind if row in chosen else None))
    for column, alarm in enumerate(alarms):
        if column not in chosen.values():
            pairs.append((None, alarm.kind))
    return pairs


def _overlap(gold: Statement, predicted: Statement) -> float:
    """Return the Dice coefficient of the characters that the two statements' evidence covers."""
    ours = {at for span in gold.evidence for at in range(span.start, span.end)}
    theirs = {at for span in predicted.evidence for at in range(span.start, span.end)}
    return 2 * len(ours & theirs) / (len(ours) + len(theirs))
