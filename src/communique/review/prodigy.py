"""Prodigy: a task a statement in its JSON format, and what annotators decided about them.

Fields are texts in the task itself, as Prodigy's ``text_input`` blocks read and write them with
their ``field_id``; spans are those of ``spans_manual`` and ``ner_manual``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias

from communique.corrections import decisions
from communique.errors import SettingsError
from communique.review.adoption import Annotation, adopt
from communique.review.tool_tasks import (
    About,
    TaskError,
    apply_tasks,
    as_object,
    fields_of,
    text_in,
    text_of,
)
from communique.statements import KINDS, Statement
from communique.summary import Failure, Summary

__all__ = ["from_prodigy", "to_prodigy"]

_Task: TypeAlias = dict[str, Any]


def to_prodigy(outcomes: Iterable[Summary | Failure]) -> Iterator[_Task]:
    """Yield a task for each statement, to write as JSON Lines. Failures are left out.

    A statement that a person has decided about has the ``answer`` ``accept``.
    """
    for summary in outcomes:
        if isinstance(summary, Failure):
            continue
        decided = decisions(summary)
        for statement in summary.statements:
            task = _task(summary, statement)
            yield {**task, "answer": "accept"} if statement.id in decided else task


def from_prodigy(
    tasks: Iterable[object], outcomes: Iterable[Summary | Failure], *, by: str | None = None
) -> list[Summary | Failure]:
    """Return outcomes with what annotators decided in Prodigy.

    ``accept`` accepts or corrects the statement, and adds it if the task names none; ``reject``
    removes it; ``ignore``, or no answer, leaves it as it is. If a statement was answered several
    times, the last answer counts.

    Args:
        tasks: the annotated tasks.
        outcomes: those that the tasks were made of.
        by: who annotated; by default whom the task names.

    Raises:
        SettingsError: a task is about another article, or describes a statement that can't be;
            the message names the task.
    """
    given = list(tasks)
    if not given:
        raise SettingsError("there are no tasks: Prodigy's export is empty")
    return apply_tasks(
        _last_answers(given), outcomes, _about, lambda task, summary: _read(task, summary, by)
    )


def _task(summary: Summary, statement: Statement) -> _Task:
    kind = KINDS[statement.kind]
    article = summary.article
    fields = {name: text_in(statement, name) for name in (*kind.fields, "attribution")}
    spans = [
        {"start": span.start, "end": span.end, "label": statement.kind}
        for span in statement.evidence
    ]
    meta = {
        "title": article.title,
        "article": article.id,
        "index": summary.index,
        "statement": statement.id,
    }
    return {
        "text": article.text,
        "spans": spans,
        **fields,
        "meta": {name: value for name, value in meta.items() if value is not None},
    }


def _meta(task: _Task) -> _Task:
    return as_object(task.get("meta"))


def _about(task: _Task) -> About:
    meta = _meta(task)
    return About(text_of(task, "text"), meta.get("article"), meta.get("index"))


def _last_answers(tasks: list[object]) -> list[object]:
    """Return the tasks, with only the last answer about each statement."""
    last: dict[object, int] = {}
    for place, task in enumerate(map(as_object, tasks)):
        if "statement" in _meta(task):
            if task.get("answer", "ignore") != "ignore":
                last[str(task.get("text")), str(_meta(task))] = place
        else:
            last[place] = place
    return [tasks[place] for place in sorted(last.values())]


def _answer(task: _Task) -> str:
    answer = task.get("answer", "ignore")
    if answer not in {"accept", "reject", "ignore"}:
        raise TaskError(f"has the answer {answer!r}, not accept, reject or ignore")
    return answer


def _read(task: _Task, summary: Summary, by: str | None) -> Summary:
    answer = _answer(task)
    name = _meta(task).get("statement")
    who = by or task.get("_annotator_id") or task.get("_session_id")
    if answer == "ignore":
        return summary
    if name is not None and name not in {statement.id for statement in summary.statements}:
        raise TaskError(f"is about the statement {name!r}, which its summary does not have")
    if answer == "reject":
        return summary if name is None else adopt(summary, [], removed=[name], by=who)
    labels = {span["label"] for span in task.get("spans", [])}
    if len(labels) != 1 or not labels <= KINDS.keys():
        raise TaskError(
            f"has spans with the labels {sorted(labels)}: one of {', '.join(KINDS)} is needed"
        )
    kind = KINDS[labels.pop()]
    texts = {field: str(task.get(field) or "") for field in (*kind.fields, "attribution")}
    spans = [(int(span["start"]), int(span["end"])) for span in task["spans"]]
    old = next((each for each in summary.statements if each.id == name), None)
    annotation = Annotation(name, kind.name, fields_of(kind, texts, old), spans)  # pyright: ignore[reportArgumentType] a kind's name
    return adopt(summary, [annotation], by=who)
