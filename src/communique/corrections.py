"""Corrections of a summary by a person: validated like the summary itself, and recorded in it."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from pydantic import AwareDatetime, Field, JsonValue, TypeAdapter

from communique._internal.validation import one_fault, shown
from communique.statements import KINDS, FrozenModel, Name, Statement, by_kind

if TYPE_CHECKING:
    from communique.summary import Summary

__all__ = ["Correction", "accept", "add", "correct", "decisions", "remove", "set_gist", "undo"]

_FIXED = ("id", "kind")
_STATEMENT: TypeAdapter[Statement] = TypeAdapter(Statement)

SummaryT = TypeVar("SummaryT", bound="Summary")


class Correction(FrozenModel):
    """One decision that a person made about a summary.

    Attributes:
        statement: the id of the statement, or None if it is about the gist.
        action: what happened to it: ``corrected``, ``removed``, ``added``, or ``accepted`` as it
            is.
        by: who did it, or None if that was not said.
        at: when, in UTC.
        before: the changed fields as they were; all of them if it was removed.
        after: the changed fields as they are now; all of them if it was added.

    Examples:
        ``summary`` is that of `communique.summarize`'s example.

        >>> from communique import Correction
        >>> better = summary.corrected("threat-2", means="nuclear", by="Ana Ruiz")
        >>> correction: Correction = better.provenance.corrections[0]
        >>> correction.action, correction.statement, correction.by
        ('corrected', 'threat-2', 'Ana Ruiz')
        >>> correction.before["means"], correction.after["means"]
        ('military', 'nuclear')
    """

    statement: Name | None
    action: Literal["corrected", "removed", "added", "accepted"]
    by: Name | None = None
    at: AwareDatetime = Field(
        default_factory=lambda: datetime.datetime.now(datetime.UTC).replace(microsecond=0)
    )
    before: dict[str, JsonValue] = Field(default_factory=dict[str, JsonValue])
    after: dict[str, JsonValue] = Field(default_factory=dict[str, JsonValue])

    def __hash__(self) -> int:
        return hash((self.statement, self.action, self.by, self.at))  # a dict has no hash


def correct(summary: SummaryT, name: str, changes: Mapping[str, Any], by: str | None) -> SummaryT:
    """Return the summary with other fields of a statement; see `Summary.corrected`."""
    old = _find(summary, name)
    if fixed := [field for field in _FIXED if field in changes]:
        raise one_fault(
            type(old).__name__, (fixed[0],), changes[fixed[0]],
            ValueError("can't be changed; use without(…) and with_statement(…)"),
        )  # fmt: skip
    new = _validated(old, changes)
    if new == old:
        return summary
    # The model was as sure of its own statement, not of this one.
    new = _validated(new, {"confidence": changes.get("confidence")})
    before, after = _written(old), _written(new)
    changed = [field for field in after if before[field] != after[field]]
    correction = Correction(
        statement=name,
        action="corrected",
        by=by,
        before={field: before[field] for field in changed},
        after={field: after[field] for field in changed},
    )
    others = [each for each in summary.statements if each is not old]
    return _changed(summary, [*others, new], correction)


def remove(summary: SummaryT, name: str, by: str | None) -> SummaryT:
    """Return the summary without a statement; see `Summary.without`."""
    old = _find(summary, name)
    correction = Correction(statement=name, action="removed", by=by, before=_written(old))
    return _changed(summary, [each for each in summary.statements if each is not old], correction)


def add(summary: SummaryT, statement: Statement, by: str | None) -> SummaryT:
    """Return the summary with one more statement; see `Summary.with_statement`."""
    new = _validated(statement, {})
    correction = Correction(statement=new.id, action="added", by=by, after=_written(new))
    return _changed(summary, [*summary.statements, new], correction)


def accept(summary: SummaryT, name: str, by: str | None) -> SummaryT:
    """Return the summary with a statement recorded as right; see `Summary.accepted`."""
    _find(summary, name)
    if _last_by_subject(summary).get(name) == "accepted":
        return summary
    return _changed(
        summary, summary.statements, Correction(statement=name, action="accepted", by=by)
    )


def set_gist(summary: SummaryT, gist: str, by: str | None) -> SummaryT:
    """Return the summary with another gist, or the same, accepted; see `Summary.with_gist`."""
    if not gist.strip():
        raise one_fault("Summary", ("gist",), gist, ValueError("is empty"))
    if gist != summary.gist:
        correction = Correction(
            statement=None,
            action="corrected",
            by=by,
            before={"gist": summary.gist},
            after={"gist": gist},
        )
    elif _last_by_subject(summary).get(None) is None:
        correction = Correction(statement=None, action="accepted", by=by)
    else:
        return summary
    return _changed(summary, summary.statements, correction, gist=gist)


def undo(summary: SummaryT) -> SummaryT:
    """Return the summary as it was before the last correction; see `Summary.undone`."""
    if not summary.provenance.corrections:
        raise one_fault(
            "Summary", ("provenance", "corrections"), [], ValueError("there is none to undo")
        )
    last = summary.provenance.corrections[-1]
    if last.action == "accepted":
        return _changed(summary, summary.statements, None)
    if last.statement is None:
        return _changed(summary, summary.statements, None, gist=last.before.get("gist"))
    others: list[Any] = [each for each in summary.statements if each.id != last.statement]
    if last.action != "added":
        is_there = last.action == "corrected"
        now = _written(_find(summary, last.statement)) if is_there else {}
        others.append(_STATEMENT.validate_python({**now, **last.before}))
    return _changed(summary, others, None)


def decisions(summary: Summary) -> dict[str | None, Correction]:
    """Return the last decision about each statement that is there, and about the gist (None)."""
    there = {None, *(statement.id for statement in summary.statements)}
    made = summary.provenance.corrections
    return {each.statement: each for each in made if each.statement in there}


def _last_by_subject(summary: Summary) -> dict[str | None, str]:
    return {name: made.action for name, made in decisions(summary).items()}


def _find(summary: Summary, name: str) -> Statement:
    for statement in summary.statements:
        if statement.id == name:
            return statement
    known = ", ".join(statement.id for statement in summary.statements) or "none"
    raise one_fault(
        "Summary", ("statements",), name,
        ValueError(f"there is no statement {shown(name)}; there are: {known}"),
    )  # fmt: skip


def _validated(statement: Statement, changes: Mapping[str, Any]) -> Statement:
    """Return a statement of the same kind with other fields, its evidence in article order."""
    fields = {**statement.model_dump(exclude={"summary"}, warnings=False), **changes}
    new = type(statement).model_validate(fields)
    spans = sorted(new.evidence, key=lambda span: (span.start, span.end))
    return new.model_copy(update={"evidence": tuple(spans)})


def _written(statement: Statement) -> dict[str, JsonValue]:
    return statement.model_dump(mode="json", exclude={"summary"})


def _changed(
    summary: SummaryT,
    statements: Iterable[Statement],
    correction: Correction | None,
    **changes: Any,
) -> SummaryT:
    """Return the summary with these statements, as valid as one that is read from JSON.

    Args:
        summary: the summary.
        statements: all its statements from now on.
        correction: what was done, or None if the last correction was undone.
        changes: other fields that change.

    Raises:
        pydantic.ValidationError: it is not: an id is there twice, or evidence is not the
            article's text.
    """
    fields = summary.model_dump(exclude={kind.plural for kind in KINDS.values()}, warnings=False)
    made = fields["provenance"]
    before = made["corrections"]
    made["corrections"] = before[:-1] if correction is None else (*before, correction)
    # As grounding numbers them: position-10 comes after position-9.
    in_order = sorted(statements, key=lambda s: (s.evidence[0].start, len(s.id), s.id))
    return type(summary).model_validate({**fields, **by_kind(in_order), **changes})
