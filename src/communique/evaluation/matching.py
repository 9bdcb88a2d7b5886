"""One-to-one matching of predicted statements with gold statements of the same kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from rapidfuzz.fuzz import token_set_ratio

from communique.errors import SettingsError
from communique.evaluation.fields import BEHALF, wrong_fields
from communique.evaluation.gold import GoldStatement, content_of
from communique.statements import KINDS, Kind, Statement

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = [
    "STRICT_ACTOR",
    "THRESHOLD",
    "Matching",
    "Pair",
    "Similarity",
    "detect",
    "match",
    "missing_extra",
    "similarity",
]

THRESHOLD = 0.5
"""Minimum similarity of a matched pair."""

STRICT_ACTOR = 0.8
"""Minimum similarity of the names in a strictly matched pair."""

STEPS = 10_000
"""Similarities are rounded to multiples of 1 / STEPS for the assignment."""


@dataclass(frozen=True, slots=True)
class Similarity:
    """The similarity of two statements of one kind; each part is from 0 to 1.

    Attributes:
        evidence: F1 of the article characters covered by the spans, ignoring white space.
        actor: token-set ratio of the names.
        content: token-set ratio of the free-text fields (see `content_of`).
    """

    evidence: float
    actor: float
    content: float

    @property
    def total(self) -> float:
        """The weighted sum, from 0 to 1."""
        # Rounded, so that a pair exactly at the threshold does not depend on the last bit.
        return round(0.5 * self.evidence + 0.2 * self.actor + 0.3 * self.content, 9)


@dataclass(frozen=True, slots=True)
class Pair:
    """A gold statement and the prediction matched with it.

    Attributes:
        strict: whether the names are similar (`STRICT_ACTOR`) and the enumerated fields equal.
        wrong: the fields that differ from the gold's (see `wrong_fields`), in the class's order.
    """

    gold: GoldStatement
    predicted: Statement
    similarity: Similarity
    strict: bool
    wrong: tuple[str, ...] = ()

    @property
    def full(self) -> bool:
        """Whether all fields are right, except perhaps whom the actor speaks for."""
        return set(self.wrong) <= {BEHALF}

    @property
    def full_plus(self) -> bool:
        """Whether all fields are right."""
        return not self.wrong


@dataclass(frozen=True, slots=True)
class Matching:
    """The matched and unmatched statements of one kind in one article, in article order.

    Attributes:
        pairs: required gold statements with their predictions.
        excused: optional gold statements with their predictions, which are not counted.
        missed: required gold statements without a prediction.
        false_alarms: predictions without a gold statement.
    """

    pairs: tuple[Pair, ...] = ()
    excused: tuple[Pair, ...] = ()
    missed: tuple[GoldStatement, ...] = ()
    false_alarms: tuple[Statement, ...] = ()


def similarity(gold: Statement, predicted: Statement) -> Similarity:
    """Compare two statements of one article and kind.

    Raises:
        ValueError: they are of different kinds.
    """
    return _compare(gold, _covered(gold), predicted, _covered(predicted))


def match(gold: Sequence[GoldStatement], predicted: Sequence[Statement]) -> dict[Kind, Matching]:
    """Match the statements of one article so that the pairs' total similarity is maximal.

    Only pairs at or above `THRESHOLD` take part, so that pairs that do not count can't influence
    the assignment. Required gold statements take precedence: an optional statement never takes a
    prediction that a required one can use, so adding it to the gold may excuse a prediction but
    never costs a match. Among equally similar assignments, the one with more pairs wins, then
    the one with more strict pairs, then the one with more right fields. Hence the counts do not
    depend on the order and ids of the statements, or on predictions that resemble no gold
    statement.

    Returns:
        A matching for every kind, including kinds that do not occur.

    Raises:
        SettingsError: scipy is not installed (extra ``eval``).
    """
    return _match(gold, predicted, _steps)


def detect(gold: Sequence[GoldStatement], predicted: Sequence[Statement]) -> dict[Kind, Matching]:
    """Match as many statements of one kind with common evidence as possible.

    For ties, optional statements, the result and errors, see `match`.
    """
    return _match(gold, predicted, lambda pair: int(pair.similarity.evidence > 0))


def missing_extra(exc: ModuleNotFoundError) -> SettingsError:
    """Return the error for a package of the extra ``eval`` that is not installed."""
    return SettingsError(
        f"evaluating needs {exc.name}, which is not installed: "
        "python -m pip install 'communique[eval]'"
    )


def _steps(pair: Pair) -> int:
    total = pair.similarity.total
    return round(total * STEPS) if total >= THRESHOLD else 0


def _match(
    gold: Sequence[GoldStatement], predicted: Sequence[Statement], worth: Callable[[Pair], int]
) -> dict[Kind, Matching]:
    # Sorted, so that the pairing of interchangeable statements does not depend on their order,
    # and lists are in article order.
    ordered_gold = sorted(gold, key=lambda item: (_place(item.statement), item.optional))
    ordered = sorted(predicted, key=_place)
    return {
        kind: _match_kind(
            [item for item in ordered_gold if item.statement.kind == kind],
            [item for item in ordered if item.kind == kind],
            worth,
        )
        for kind in KINDS
    }


def _place(statement: Statement) -> tuple[list[tuple[int, int]], str]:
    spans = [(span.start, span.end) for span in statement.evidence]
    return spans, statement.model_dump_json(exclude={"id", "summary"})


def _match_kind(
    gold: Sequence[GoldStatement], predicted: Sequence[Statement], worth: Callable[[Pair], int]
) -> Matching:
    covered = [_covered(item) for item in predicted]
    grid: list[list[Pair]] = []
    for item in gold:
        own = _covered(item.statement)
        compared = [
            _compare(item.statement, own, other, spans)
            for other, spans in zip(predicted, covered, strict=True)
        ]
        grid.append(
            [
                Pair(
                    item,
                    other,
                    alike,
                    _strict(item.statement, other, alike),
                    wrong_fields(item.statement, other),
                )
                for other, alike in zip(predicted, compared, strict=True)
            ]
        )
    chosen = _assign(grid, worth)
    found = {row for row, _ in chosen}
    used = {column for _, column in chosen}
    pairs = [grid[row][column] for row, column in chosen]
    return Matching(
        pairs=tuple(pair for pair in pairs if not pair.gold.optional),
        excused=tuple(pair for pair in pairs if pair.gold.optional),
        missed=tuple(
            item for row, item in enumerate(gold) if row not in found and not item.optional
        ),
        false_alarms=tuple(item for column, item in enumerate(predicted) if column not in used),
    )


def _assign(grid: Sequence[Sequence[Pair]], worth: Callable[[Pair], int]) -> list[tuple[int, int]]:
    """Return the best one-to-one assignment (gold, predicted) among pairs worth more than 0.

    The criteria, in this order: total worth of required pairs, their number, the number of
    strict ones, their right fields, total worth of optional pairs, their number. The six are
    encoded as digits of one integer, each with room for the largest sum, so that one assignment
    optimizes all of them. Sums are exact up to 2**53: about 20 required and 8 optional gold
    statements of one kind in one article. Beyond that, only ties may be broken differently.
    """
    worths = [[worth(pair) for pair in row] for row in grid]
    if not any(any(row) for row in worths):
        return []
    columns = len(grid[0])
    optional = [row[0].gold.optional for row in grid]
    most_required = min(optional.count(False), columns)
    most_optional = min(optional.count(True), columns)
    base, low_base = most_required + 1, most_optional + 1
    fields = len(KINDS[grid[0][0].predicted.kind].fields)
    field_base = most_required * fields + 1
    top = max(max(row) for row in worths)
    above_optional = most_optional * (top * low_base + 1) + 1

    def weigh(pair: Pair, value: int) -> int:
        if not value:
            return 0
        if pair.gold.optional:
            return value * low_base + 1
        counts = (value * base + 1) * base + pair.strict
        return (counts * field_base + fields - len(pair.wrong)) * above_optional

    weights = [
        [weigh(pair, value) for pair, value in zip(row, values, strict=True)]
        for row, values in zip(grid, worths, strict=True)
    ]
    rows, chosen = _solve(weights)
    return [(row, column) for row, column in zip(rows, chosen, strict=True) if worths[row][column]]


def _solve(weights: list[list[int]]) -> tuple[list[int], list[int]]:
    try:
        import numpy as np
        from scipy.optimize import (
            linear_sum_assignment,  # pyright: ignore[reportUnknownVariableType]
        )
    except ModuleNotFoundError as exc:
        raise missing_extra(exc) from exc
    solve = cast("Callable[..., tuple[Any, Any]]", linear_sum_assignment)
    rows, columns = solve(np.array(weights, dtype=np.float64), maximize=True)
    return rows.tolist(), columns.tolist()


def _covered(statement: Statement) -> frozenset[int]:
    """Return the offsets of the characters covered by the evidence, except white space."""
    return frozenset(
        span.start + offset
        for span in statement.evidence
        for offset, character in enumerate(span.text)
        if not character.isspace()
    )


def _compare(
    gold: Statement, gold_covers: frozenset[int], predicted: Statement, covers: frozenset[int]
) -> Similarity:
    if gold.kind != predicted.kind:
        raise ValueError(f"a {gold.kind} can't be compared with a {predicted.kind}")
    size = len(gold_covers) + len(covers)
    return Similarity(
        evidence=2 * len(gold_covers & covers) / size if size else 0.0,
        actor=_actor(gold, predicted),
        content=_ratio(content_of(gold), content_of(predicted)),
    )


def _actor(gold: Statement, predicted: Statement) -> float:
    kind = KINDS[gold.kind]
    names = kind.names_in(predicted)
    best = [max(_ratio(name, other) for other in names) for name in kind.names_in(gold)]
    # All parties of an agreement must match; an actor and its principal count as one name.
    return sum(best) / len(best) if kind.is_joint else max(best)


def _ratio(left: str, right: str) -> float:
    return token_set_ratio(left.casefold(), right.casefold()) / 100


def _strict(gold: Statement, predicted: Statement, alike: Similarity) -> bool:
    return alike.actor >= STRICT_ACTOR and _enumerated(gold) == _enumerated(predicted)


def _enumerated(statement: Statement) -> str:
    return getattr(statement, KINDS[statement.kind].enumerated)
