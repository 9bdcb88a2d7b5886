"""The articles under review, with revisions: no change is made to what its reader has not seen."""

from __future__ import annotations

import threading
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

from pydantic import ValidationError

from communique._internal.validation import describe
from communique.review.applying import Refused, apply_change, undecided
from communique.review.changes import Accept, Add, Change, Edit, Gist, Gold, Reject, Step

if TYPE_CHECKING:
    from pathlib import Path

    from communique.review.corrected_file import Brief, CorrectedFile
    from communique.summary import Summary

__all__ = ["Conflict", "Desk", "GoldFolder", "State"]

GoldState = Literal["none", "written", "old", "foreign"]
"""Whether there is gold of an article, older gold, or gold that someone else has changed."""


class GoldFolder(Protocol):
    """Where gold is made of what is reviewed."""

    def write(self, summary: Summary) -> Path:
        """Write the gold of a summary and return its folder."""
        ...

    def has(self, brief: Brief) -> bool:
        """Return whether there is gold of an article, in whatever state."""
        ...

    def state(self, summary: Summary) -> GoldState:
        """Return what is known of the gold of a summary."""
        ...


class Conflict(Refused):
    """A change of what has changed since its reader saw it."""


@dataclass(frozen=True)
class State:
    """An article as it is now.

    Attributes:
        place: its place in the file, from 0.
        revision: how often it has been changed since the review was started.
        can_redo: whether something was undone, and nothing changed since.
        gold: the state of its gold, or None if no gold is made.
    """

    place: int
    summary: Summary
    revision: int
    can_redo: bool
    gold: GoldState | None


@dataclass
class _Sheet:
    """The changes of an article since the review was started.

    Attributes:
        changed: the revision of the last change, by statement; None is the gist.
        undone: what redoing returns to, the next one last.
    """

    revision: int = 0
    changed: dict[str | None, int] = field(default_factory=dict[str | None, int])
    undone: list[Summary] = field(default_factory=list["Summary"])


class Desk:
    """The articles under review.

    Args:
        file: the outcomes.
        by: who reviews them, for the record, or None.
        gold: where gold is made of finished articles, or None if none is made.
    """

    def __init__(
        self,
        file: CorrectedFile,
        *,
        by: str | None = None,
        gold: GoldFolder | None = None,
    ) -> None:
        self.by = by
        self._file = file
        self._gold = gold
        self._sheets: defaultdict[int, _Sheet] = defaultdict(_Sheet)
        self._lock = threading.RLock()  # each request has a thread of its own
        self.places = list(file.briefs)

    @property
    def failed(self) -> int:
        """The number of outcomes without a summary, which can't be reviewed."""
        return len(self._file) - len(self.places)

    def close(self) -> None:
        """Wait for a change that is being written, and let others write the file."""
        with self._lock:
            self._file.close()

    def state(self, place: int) -> State:
        """Return an article as it is now.

        Raises:
            KeyError: there is no summary at this place.
        """
        with self._lock:
            summary = self._file.summary(place)
            sheet = self._sheets[place]
            gold = self._gold.state(summary) if self._gold else None
            return State(place, summary, sheet.revision, bool(sheet.undone), gold)

    def briefs(self) -> list[tuple[int, Brief, bool]]:
        """Return each article's place, what a list shows of it, and whether it has gold."""
        with self._lock:
            return [
                (place, brief, self._gold is not None and self._gold.has(brief))
                for place, brief in self._file.briefs.items()
            ]

    def change(self, place: int, change: Change) -> str:
        """Make a change, write it to the file, and return what to tell the reader.

        Raises:
            KeyError: there is no summary at this place.
            Conflict: what is to be changed has changed since the reader saw it.
            Refused: the change can't be made.
            SettingsError: the file can't be written.
        """
        with self._lock:
            state = self.state(place)
            sheet = self._sheets[place]
            if change.revision > sheet.revision:
                raise Conflict("this page is of another review: reload it")
            _check_seen(change, state.summary, sheet)
            if isinstance(change, Gold):
                return self._finish(state.summary)
            summary = self._changed(state.summary, sheet, change)
            if summary == state.summary:
                return "Nothing to change."
            self._file.put(place, summary)  # before anything is remembered: it may fail
            _remember(sheet, state.summary, summary, change)
            if change.revision < sheet.revision - 1:
                return "Another tab had changed this article meanwhile: both changes are kept."
            return _told(change, state.summary)

    def _changed(self, summary: Summary, sheet: _Sheet, change: Change) -> Summary:
        if not isinstance(change, Step):
            return apply_change(summary, change, self.by)
        if change.action == "undo" and summary.provenance.corrections:
            try:
                return summary.undone()
            except ValidationError as exc:  # the file was edited by hand
                raise Refused(describe(exc)) from exc
        if change.action == "redo" and sheet.undone:
            return sheet.undone[-1]
        raise Refused(f"there is nothing to {change.action}")

    def _finish(self, summary: Summary) -> str:
        if self._gold is None:
            raise Refused("no gold is made: start the review with --gold FOLDER")
        if count := len(undecided(summary)):
            what = "statement is" if count == 1 else "statements are"
            raise Refused(f"{count} {what} not decided yet: accept, edit or reject each first")
        return f"Gold written: {self._gold.write(summary)}"


def _told(change: Change, before: Summary) -> str:
    """Return what is not plain to see of a change."""
    if not isinstance(change, Step):
        return "Saved."
    if change.action == "redo":
        return "Done again."
    last = before.provenance.corrections[-1]
    return f"Undone: {last.statement or 'gist'} {last.action}."


def _check_seen(change: Change, summary: Summary, sheet: _Sheet) -> None:
    """Refuse a change of what its reader has not seen.

    Changes of different statements don't disturb each other. The last change, or all statements,
    are what is last only in the newest state.
    """
    match change:
        case Accept() | Reject() | Edit():
            if sheet.changed.get(change.statement, 0) <= change.revision:
                return
            ids = {statement.id for statement in summary.statements}
            if change.statement in ids:
                raise Conflict(
                    "Another tab has changed this statement since you opened it. What you typed is "
                    "kept, all else is as it is now: save it, or discard it."
                )
            raise Conflict("Another tab has removed this statement.")
        case Gist():
            is_new = sheet.changed.get(None, 0) > change.revision
        case Add():
            is_new = False
        case _:
            is_new = sheet.revision > change.revision
    if is_new:
        raise Conflict("Another tab has changed this article meanwhile. Here is the newest state.")


def _remember(sheet: _Sheet, before: Summary, after: Summary, change: Change) -> None:
    sheet.revision += 1
    is_step = isinstance(change, Step)
    if is_step and change.action == "undo":
        sheet.undone.append(before)
    elif is_step:
        sheet.undone.pop()
    else:
        sheet.undone.clear()
    if before.gist != after.gist or isinstance(change, Gist):
        sheet.changed[None] = sheet.revision
    old = {(each.id, each.model_dump_json()) for each in before.statements}
    new = {(each.id, each.model_dump_json()) for each in after.statements}
    for name, _ in old ^ new:
        sheet.changed[name] = sheet.revision
