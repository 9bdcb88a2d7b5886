"""What annotators made of a summary in another tool, as corrections of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from communique.review.marked_text import find_spans
from communique.statements import KINDS, Evidence, Kind

if TYPE_CHECKING:
    from communique.statements import Statement
    from communique.summary import Summary

__all__ = ["Annotation", "adopt", "free_id"]


@dataclass(frozen=True)
class Annotation:
    """A statement as an annotator left it.

    Attributes:
        id: the id of the statement that it was, or None for a new one.
        fields: its fields, as far as the annotator saw them.
        spans: start and end of its evidence in the article.
    """

    id: str | None
    kind: Kind
    fields: Mapping[str, Any]
    spans: Sequence[tuple[int, int]]


def adopt(
    summary: Summary,
    annotations: Sequence[Annotation],
    *,
    removed: Collection[str] = (),
    by: str | None = None,
) -> Summary:
    """Return a summary with the annotators' decisions, each recorded as a correction.

    What is the same is accepted, what differs corrected, and what is new added. Marked text is
    extended to whole sentences.

    Args:
        summary: the summary that was annotated.
        annotations: the statements that are right, now.
        removed: ids of the statements that are not.
        by: who annotated it.

    Raises:
        pydantic.ValidationError: a statement lacks a field, or has a value that it can't have.
    """
    there = {statement.id: statement for statement in summary.statements}
    for name in removed:
        if name in there:
            summary = summary.without(name, by=by)
    for annotation in annotations:
        old = there.get(annotation.id or "")
        if old is not None and old.kind == annotation.kind:
            summary = _decide(summary, old, annotation, by)
            continue
        if old is not None:  # of another kind now
            summary = summary.without(old.id, by=by)
        summary = summary.with_statement(_new(summary, annotation), by=by)
    return summary


def free_id(summary: Summary, kind: Kind) -> str:
    """Return an id that no statement has, nor one that was removed: corrections name these."""
    used = {statement.id for statement in summary.statements}
    used.update(str(made.statement) for made in summary.provenance.corrections)
    numbers = range(1, len(used) + 2)
    return next(name for number in numbers if (name := f"{kind}-{number}") not in used)


def _decide(summary: Summary, old: Statement, annotation: Annotation, by: str | None) -> Summary:
    spans = _evidence(summary, annotation, old.evidence)
    better = summary.corrected(old.id, by=by, **{**annotation.fields, "evidence": spans})
    return summary.accepted(old.id, by=by) if better is summary else better


def _new(summary: Summary, annotation: Annotation) -> Statement:
    kind = KINDS[annotation.kind]
    fields = {
        "attribution": kind.attribution,
        **dict.fromkeys(kind.nullable),
        **annotation.fields,
        "id": free_id(summary, annotation.kind),
        "evidence": _evidence(summary, annotation, ()),
    }
    statement: Statement = kind.statement.model_validate(fields)  # pyright: ignore[reportAssignmentType] of this kind
    return statement


def _evidence(
    summary: Summary, annotation: Annotation, known: Sequence[Evidence]
) -> tuple[Evidence, ...]:
    return find_spans(summary.article, annotation.spans, known=known)
