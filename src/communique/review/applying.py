"""One change of a summary, as its reader asked for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from pydantic import ValidationError

from communique._internal.validation import describe
from communique.corrections import decisions
from communique.errors import CommuniqueError
from communique.review.adoption import free_id
from communique.review.changes import Accept, AcceptAll, Add, Edit, Gist, Reject
from communique.review.marked_text import find_spans, in_article
from communique.statements import KINDS, Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from communique.review.changes import Change
    from communique.statements import Evidence, Statement
    from communique.summary import Summary

__all__ = ["Refused", "apply_change", "undecided"]

_ALSO_EDITABLE = frozenset({"attribution"})


class Refused(CommuniqueError):
    """A change that can't be made; the message is for the reader."""


def apply_change(summary: Summary, change: Change, by: str | None) -> Summary:
    """Return the summary with a change, or the same one if there is nothing to change.

    Args:
        summary: the summary.
        change: any but a step back or forth.
        by: who asks for it, for the record.

    Raises:
        Refused: the change can't be made; the message says what is wrong with which field.
    """
    try:
        return _applied(summary, change, by)
    except ValidationError as exc:
        raise Refused(describe(exc)) from exc


def undecided(summary: Summary) -> list[Statement]:
    """Return the statements that nobody has accepted, corrected or added."""
    decided = decisions(summary)
    return [statement for statement in summary.statements if statement.id not in decided]


def _applied(summary: Summary, change: Change, by: str | None) -> Summary:
    match change:
        case Accept():
            summary = summary.accepted(change.statement, by=by)
        case Reject():
            summary = summary.without(change.statement, by=by)
        case Edit():
            summary = _edited(summary, change, by)
        case Add():
            summary = summary.with_statement(_new(summary, change), by=by)
        case Gist():
            summary = summary.with_gist(change.gist.strip(), by=by)
        case AcceptAll():
            for statement in undecided(summary):
                summary = summary.accepted(statement.id, by=by)
        case _:
            pass
    return summary


def _edited(summary: Summary, change: Edit, by: str | None) -> Summary:
    old = next((each for each in summary.statements if each.id == change.statement), None)
    if old is None:
        raise Refused(f"there is no statement {change.statement}")
    _check_fields(old.kind, change)
    fields = {**change.fields, "evidence": _evidence(summary, change, old.evidence)}
    return summary.corrected(change.statement, by=by, **fields)


def _new(summary: Summary, change: Add) -> Statement:
    _check_fields(change.kind, change)
    fields = {
        **change.fields,
        "id": free_id(summary, change.kind),
        "evidence": _evidence(summary, change, ()),
    }
    statement: Statement = KINDS[change.kind].statement.model_validate(fields)  # pyright: ignore[reportAssignmentType] of this kind
    return statement


def _check_fields(kind: Kind, change: Edit | Add) -> None:
    allowed = _ALSO_EDITABLE.union(KINDS[kind].fields)
    if unknown := sorted(change.fields.keys() - allowed):
        raise Refused(f"{unknown[0]} is not a field of a {kind} that can be changed")
    for name, value in change.fields.items():
        texts = cast("list[Any]", value) if isinstance(value, list) else [value]
        if not texts or any(isinstance(text, str) and not text.strip() for text in texts):
            raise Refused(f"{name.replace('_', ' ')} is empty")
    if not change.spans:
        raise Refused("mark the text that shows it: a statement needs evidence")


def _evidence(
    summary: Summary, change: Edit | Add, known: Sequence[Evidence]
) -> tuple[Evidence, ...]:
    text = summary.article.text
    places = [(in_article(text, start), in_article(text, end)) for start, end in change.spans]
    return find_spans(summary.article, places, known=known)
