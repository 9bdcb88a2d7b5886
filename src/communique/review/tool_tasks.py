"""Tasks of annotation tools: which article each is about, and fields that people typed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

from pydantic import ValidationError

from communique._internal.validation import brief, describe, shown
from communique.errors import SettingsError
from communique.statements import Statement, StatementKind
from communique.summary import Failure, Summary

__all__ = ["About", "TaskError", "apply_tasks", "as_object", "fields_of", "text_in", "text_of"]

_Task: TypeAlias = dict[str, Any]


@dataclass(frozen=True)
class About:
    """Which article a task is about: its text, its id and its place in the input, if known."""

    text: str
    id: str | None
    index: int | None


class TaskError(ValueError):
    """A task that can't be read; the message completes a sentence that begins with the task."""


def apply_tasks(
    tasks: Sequence[object],
    outcomes: Iterable[Summary | Failure],
    about: Callable[[_Task], About],
    read: Callable[[_Task, Summary], Summary],
) -> list[Summary | Failure]:
    """Return outcomes with the tasks about them applied, one after another.

    Args:
        tasks: the tasks.
        outcomes: the outcomes.
        about: returns which article a task is about.
        read: returns the summary as a task has it.

    Raises:
        SettingsError: a task is none, or about no summary, or can't be read.
    """
    found = list(outcomes)
    places: dict[About, int] = {}
    for place, outcome in enumerate(found):
        if isinstance(outcome, Summary):
            text, name = outcome.article.text, outcome.article.id
            # A task that says less is about the first of those that it can be about.
            for told in ((name, outcome.index), (name, None), (None, None)):
                places.setdefault(About(text, *told), place)
    for number, task in enumerate(tasks, start=1):
        try:
            place = _place(places, task, about)
            found[place] = read(as_object(task), cast("Summary", found[place]))
        except ValidationError as exc:
            raise SettingsError(f"task {number}: {brief(describe(exc))}") from exc
        except TaskError as exc:
            raise SettingsError(f"task {number} {exc}") from exc
        except (LookupError, TypeError, ValueError, AttributeError) as exc:
            raise SettingsError(
                f"task {number} does not have the form that the tool documents: "
                f"{brief(f'{type(exc).__name__}: {exc}')}"
            ) from exc
    return found


def _place(places: Mapping[About, int], task: object, about: Callable[[_Task], About]) -> int:
    if not isinstance(task, dict):
        raise TaskError("is not a JSON object")
    told = about(as_object(cast("object", task)))
    if told not in places:
        raise TaskError(f"is about an article that none of the summaries has: {shown(told.text)}")
    return places[told]


def as_object(value: object) -> dict[str, Any]:
    """Return a JSON object as a dict, and anything else as an empty one."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def text_of(task: Mapping[str, Any], name: str) -> str:
    """Return the text that a task is about.

    Raises:
        TaskError: it has none.
    """
    text = task.get(name)
    if not isinstance(text, str):
        raise TaskError("has no text")
    return text


def fields_of(
    kind: StatementKind, given: Mapping[str, str], old: Statement | None = None
) -> dict[str, Any]:
    """Return typed texts as the fields of a statement: names are one a line, empty is null.

    Args:
        kind: the statement's kind.
        given: the texts.
        old: the statement as it was. What differs in surrounding white space only stays as it is.

    Raises:
        TaskError: a text is missing.
    """
    fields: dict[str, Any] = {}
    for name in (*kind.fields, "attribution"):
        text = given.get(name, "").strip()
        if old is not None and old.kind == kind.name and text_in(old, name).strip() == text:
            fields[name] = getattr(old, name)
        elif kind.is_joint and name == kind.names[0]:
            fields[name] = [line.strip() for line in text.splitlines() if line.strip()]
        elif text:
            fields[name] = text
        elif name in kind.nullable:
            fields[name] = None
        elif name != "attribution":
            raise TaskError(f"has a {kind.name} without its {name.replace('_', ' ')}")
    return fields


def text_in(statement: Statement, name: str) -> str:
    """Return a field as the text that people edit: names one a line, null empty."""
    value: str | tuple[str, ...] | None = getattr(statement, name)
    return "\n".join(value) if isinstance(value, tuple) else value or ""
