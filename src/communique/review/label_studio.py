"""Label Studio: tasks in its JSON format, and what annotators made of them.

A statement is a labelled region of the text, with its fields as the region's own choices and
texts. Each further span of its evidence is a region that a relation ties to the first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias, cast
from xml.etree import ElementTree as ET

from communique.errors import SettingsError
from communique.review.adoption import Annotation, adopt
from communique.review.applying import undecided
from communique.review.tool_tasks import (
    About,
    TaskError,
    apply_tasks,
    as_object,
    fields_of,
    text_in,
    text_of,
)
from communique.statements import KINDS, Statement, StatementKind
from communique.summary import Failure, Summary

if TYPE_CHECKING:
    from communique.article import Article

__all__ = ["from_label_studio", "label_studio_config", "to_label_studio"]

_Item: TypeAlias = dict[str, Any]

_TEXT = "text"
_KIND = "kind"
_LINK = "evidence"
_ATTRIBUTIONS = ("direct_quote", "reported", "narrated")


def to_label_studio(outcomes: Iterable[Summary | Failure]) -> Iterator[_Item]:
    """Yield a task for each summary, in Label Studio's basic JSON format.

    The statements are a prediction, which annotators start from; or an annotation, if a person
    has decided about all of them already. Failures are left out.
    """
    for summary in outcomes:
        if isinstance(summary, Failure):
            continue
        article = summary.article
        made = summary.provenance
        result = [item for statement in summary.statements for item in _items(statement)]
        is_decided = bool(summary.statements) and not undecided(summary)
        data = {
            _TEXT: article.text,
            "article_id": article.id,
            "index": summary.index,
            "title": article.title,
            "source": article.source,
            "gist": summary.gist,
        }
        version = f"{made.provider}/{made.model}, prompt {made.prompt_version}"
        yield {
            "data": {name: value for name, value in data.items() if value is not None},
            "annotations": [{"result": result}] if is_decided else [],
            "predictions": [] if is_decided else [{"model_version": version, "result": result}],
        }


def from_label_studio(
    tasks: object, outcomes: Iterable[Summary | Failure], *, by: str | None = None
) -> list[Summary | Failure]:
    """Return outcomes with what annotators made of them in Label Studio.

    Of each task, the annotation that is marked as the truth counts, else the last one that was
    not skipped. A task without one leaves its summary as it is.

    Args:
        tasks: the list in a JSON export.
        outcomes: those that the tasks were made of.
        by: who annotated; by default whom the annotation names.

    Raises:
        SettingsError: the tasks are not such a list, are about other articles, or describe a
            statement that can't be; the message names the task.
    """
    if not isinstance(tasks, list):
        raise SettingsError("Label Studio's JSON export is a list of tasks, and this is none")

    def read(task: _Item, summary: Summary) -> Summary:
        annotation = _chosen(task)
        if annotation is None:
            return summary
        found = _annotations(annotation, summary)
        kept = {each.id for each in found}
        removed = [each.id for each in summary.statements if each.id not in kept]
        return adopt(summary, found, removed=removed, by=by or _annotator(annotation))

    def about(task: _Item) -> About:
        fields = as_object(task.get("data"))
        return About(text_of(fields, _TEXT), fields.get("article_id"), fields.get("index"))

    return apply_tasks(cast("list[object]", tasks), outcomes, about, read)


def label_studio_config() -> str:
    """Return the labeling configuration (XML) for the tasks, to paste into a project's settings."""
    view = ET.Element("View")
    labels = ET.SubElement(view, "Labels", name=_KIND, toName=_TEXT)
    for name, kind in KINDS.items():
        ET.SubElement(labels, "Label", value=name, background=kind.colors.light)
    relations = ET.SubElement(view, "Relations")
    ET.SubElement(relations, "Relation", value=_LINK)
    ET.SubElement(view, "Text", name=_TEXT, value=f"${_TEXT}", granularity="sentence")
    for field, kinds in _controls().items():
        names = ",".join(kind.name for kind in kinds)
        box = ET.SubElement(
            view, "View", visibleWhen="region-selected", whenTagName=_KIND, whenLabelValue=names
        )
        ET.SubElement(box, "Header", value=field.replace("_", " "), size="6")
        options = {"name": field, "toName": _TEXT, "perRegion": "true"}
        if values := _values(kinds[0], field):
            choices = ET.SubElement(box, "Choices", options, choice="single")
            for value in values:
                ET.SubElement(choices, "Choice", value=value)
        else:
            ET.SubElement(box, "TextArea", options, editable="true", maxSubmissions="1")
    ET.indent(view)
    return ET.tostring(view, encoding="unicode") + "\n"


def _controls() -> dict[str, list[StatementKind]]:
    """Return each field with the kinds that have it."""
    found: dict[str, list[StatementKind]] = {}
    for kind in KINDS.values():
        for field in (*kind.fields, "attribution"):
            found.setdefault(field, []).append(kind)
    return found


def _values(kind: StatementKind, field: str) -> Sequence[str]:
    if field == "attribution":
        return _ATTRIBUTIONS
    return kind.values if field == kind.enumerated else ()


def _items(statement: Statement) -> Iterator[_Item]:
    kind = KINDS[statement.kind]
    names = [statement.id, *(f"{statement.id}:{n}" for n in range(2, len(statement.evidence) + 1))]
    for name, span in zip(names, statement.evidence, strict=True):
        place = {"start": span.start, "end": span.end, "text": span.text}
        yield _item(name, _KIND, "labels", {**place, "labels": [statement.kind]})
    first = statement.evidence[0]
    place = {"start": first.start, "end": first.end}
    for field in (*kind.fields, "attribution"):
        value = getattr(statement, field)
        if value is None:
            continue
        if _values(kind, field):
            content: _Item = {"text": first.text, "choices": [value]}
            yield _item(statement.id, field, "choices", {**place, **content})
        else:
            content = {"text": [text_in(statement, field)]}
            yield _item(statement.id, field, "textarea", {**place, **content})
    for name in names[1:]:
        yield {"type": "relation", "from_id": statement.id, "to_id": name,
               "direction": "right", "labels": [_LINK]}  # fmt: skip


def _item(name: str, control: str, form: str, value: _Item) -> _Item:
    return {"id": name, "from_name": control, "to_name": _TEXT, "type": form, "value": value}


def _chosen(task: _Item) -> _Item | None:
    given: list[_Item] = task.get("annotations", [])
    done = [each for each in given if not each.get("was_cancelled")]
    truth = [each for each in done if each.get("ground_truth")]
    return (truth or done or [None])[-1]


def _annotator(annotation: _Item) -> str | None:
    who = annotation.get("completed_by")
    who = as_object(who).get("email", who)
    return None if who is None else str(who)


def _annotations(annotation: _Item, summary: Summary) -> list[Annotation]:
    """Return the statements of an annotation: regions that relations tie together are one."""
    items: list[_Item] = annotation.get("result", [])
    regions = {str(item["id"]): item for item in items if item.get("type") == "labels"}
    heads = {name: name for name in regions}
    known = {statement.id for statement in summary.statements}

    def head(name: str) -> str:
        while heads[name] != name:
            name = heads[name]
        return name

    for item in items:
        if item.get("type") == "relation" and {item["from_id"], item["to_id"]} <= regions.keys():
            first, second = head(item["from_id"]), head(item["to_id"])
            if second in known and first not in known:
                first, second = second, first
            heads[second] = first
    groups: dict[str, list[str]] = {}
    for name in regions:
        groups.setdefault(head(name), []).append(name)
    return [_annotation(name, members, items, regions, summary) for name, members in groups.items()]


def _annotation(
    name: str,
    members: Sequence[str],
    items: Sequence[_Item],
    regions: Mapping[str, _Item],
    summary: Summary,
) -> Annotation:
    labels: list[str] = regions[name]["value"].get("labels", [])
    if len(labels) != 1 or labels[0] not in KINDS:
        raise TaskError(
            f"has a region with the labels {labels}: it needs one of {', '.join(KINDS)}"
        )
    kind = KINDS[labels[0]]
    given: dict[str, str] = {}
    for item in items:
        value = item.get("value", {})
        if item.get("id") not in members or item.get("type") not in {"choices", "textarea"}:
            continue
        texts = value["choices"] if item["type"] == "choices" else value["text"]
        text = "\n".join([texts] if isinstance(texts, str) else texts)
        if given.setdefault(item["from_name"], text) != text:
            raise TaskError(f"has two texts in {item['from_name']} for one {kind.name}")
    spans = [_span(summary.article, regions[each]["value"]) for each in members]
    old = next((each for each in summary.statements if each.id == name), None)
    return Annotation(old and old.id, kind.name, fields_of(kind, given, old), spans)  # pyright: ignore[reportArgumentType] a kind's name


def _span(article: Article, value: _Item) -> tuple[int, int]:
    """Return a region's place in the article: some versions count UTF-16 units."""
    start, end, text = int(value["start"]), int(value["end"]), value.get("text")
    units = article.text.encode("utf-16-le")
    wide = [len(units[: 2 * at].decode("utf-16-le", "ignore")) for at in (start, end)]
    for first, last in ((start, end), (wide[0], wide[1])):
        if text is None or _letters(article.text[first:last]) == _letters(text):
            return first, last
    raise TaskError(f"has a region at {start}:{end} whose text is not what the article says there")


def _letters(text: str) -> str:
    """Return text without line ends, which Label Studio writes in several ways."""
    return "".join(text.replace("\\n", "").split())
