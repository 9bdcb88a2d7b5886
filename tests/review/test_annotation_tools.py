"""Label Studio and Prodigy: what goes out comes back the same, and what people changed is kept."""

from __future__ import annotations

import copy
import json
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from browser import samples
from communique import Evidence, Failure, Summary, Threat
from communique.errors import SettingsError
from communique.review import (
    from_label_studio,
    from_prodigy,
    label_studio_config,
    to_label_studio,
    to_prodigy,
)
from communique.statements import KINDS

Task = dict[str, Any]

words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8).filter(str.strip)


def studio(*summaries: Summary | Failure) -> list[Task]:
    """Tasks as Label Studio returns them when annotators submit each prediction as it is."""
    tasks = json.loads(json.dumps(list(to_label_studio(summaries))))
    for task in tasks:
        if task["predictions"]:
            result = task["predictions"][0]["result"]
            task["annotations"] = [{"id": 1, "completed_by": {"email": "ana@example.org"},
                                    "was_cancelled": False, "result": copy.deepcopy(result)}]  # fmt: skip
    return tasks


def prodigy(*summaries: Summary | Failure, answer: str = "accept") -> list[Task]:
    tasks = json.loads(json.dumps(list(to_prodigy(summaries))))
    return [{**task, "answer": answer, "_annotator_id": "ana"} for task in tasks]


def result(task: Task) -> list[Task]:
    found: list[Task] = task["annotations"][0]["result"]
    return found


def actions(summary: Summary | Failure) -> list[tuple[str, str | None, str | None]]:
    assert isinstance(summary, Summary)
    return [(made.action, made.statement, made.by) for made in summary.provenance.corrections]


@st.composite
def changed(draw: st.DrawFn) -> Summary:
    """A summary whose statements have any texts, and several spans."""
    summary = samples.long_article()
    for statement in summary.statements:
        kind = KINDS[statement.kind]
        fields: dict[str, Any] = {name: draw(words) for name in kind.texts}
        fields[kind.names[0]] = (
            tuple(draw(st.lists(words, min_size=1, max_size=3))) if kind.is_joint else draw(words)
        )
        sentences = draw(
            st.lists(
                st.sampled_from(summary.article.sentences), min_size=1, max_size=3, unique=True
            )
        )
        fields["evidence"] = tuple(
            Evidence(start=s.start, end=s.end, text=s.text) for s in sentences
        )
        summary = summary.corrected(statement.id, **fields)
    plain = summary.provenance.model_copy(update={"corrections": ()})
    return summary.model_copy(update={"provenance": plain})


@settings(max_examples=25)
@given(summary=changed())
def test_what_is_accepted_unchanged_comes_back_the_same(summary: Summary) -> None:
    """Every field and span of every statement; only that they were accepted is new."""
    names = [statement.id for statement in summary.statements]
    for found, who in (
        (from_label_studio(studio(summary), [summary]), "ana@example.org"),
        (from_prodigy(prodigy(summary), [summary]), "ana"),
    ):
        (again,) = found
        assert isinstance(again, Summary)
        assert again.statements == summary.statements
        assert sorted(actions(again)) == sorted(("accepted", name, who) for name in names)


def test_what_was_reviewed_goes_out_as_an_annotation() -> None:
    """And what nobody has decided about as a prediction; a task nobody did changes nothing."""
    summary = samples.long_article()
    (task,) = to_label_studio([summary])
    assert task["annotations"] == []
    assert task["predictions"][0]["model_version"] == "openai/test-1, prompt v1"
    for statement in summary.statements:
        summary = summary.accepted(statement.id)
    (reviewed,) = to_label_studio([summary])
    assert reviewed["predictions"] == []
    assert [line["answer"] for line in to_prodigy([summary])] == ["accept"] * 4
    for skipped in ([], [{"result": [], "was_cancelled": True}]):
        assert from_label_studio([{**task, "annotations": skipped}], [summary]) == [summary]
    assert from_prodigy(prodigy(summary, answer="ignore"), [summary]) == [summary]


def test_failures_stay_and_repeats_are_told_apart_by_their_ids() -> None:
    """All outcomes come back, in their order."""
    first = samples.long_article(article={"id": "1"})
    second = samples.long_article(article={"id": "2"})
    given = [first, samples.failure(), second]
    tasks = studio(*given)
    result(tasks[1])[:] = []
    found = from_label_studio(tasks, given)
    assert found[1] == given[1]
    assert isinstance(found[2], Summary)
    assert isinstance(found[0], Summary)
    assert len(found[0].statements) == 4
    assert found[2].statements == ()
    assert {action for action, _, _ in actions(found[2])} == {"removed"}


def test_regions_of_an_annotator_become_a_statement_with_all_its_evidence() -> None:
    """New regions have random ids; a relation in either direction ties further spans to one."""
    summary = samples.long_article()
    (task,) = studio(summary)
    items = result(task)
    text = summary.article.text
    for name, said in (("Kx1", "Ulmia waits."), ("Kx2", samples.HOLDS[:10])):
        at = text.index(said)
        items.append({"id": name, "type": "labels", "from_name": "kind", "to_name": "text",
                      "value": {"start": at, "end": at + len(said), "text": said, "labels": ["threat"]}})  # fmt: skip
    for control, value in {"actor": "Ulmia", "target": "Ruritania", "action": "wait"}.items():
        items.append({"id": "Kx1", "type": "textarea", "from_name": control, "to_name": "text",
                      "value": {"text": [value]}})  # fmt: skip
    items.append(
        {"id": "Kx1", "type": "choices", "from_name": "means", "value": {"choices": ["other"]}}
    )
    items.append({"type": "relation", "from_id": "Kx2", "to_id": "Kx1", "labels": ["evidence"]})
    (again,) = from_label_studio([task], [summary], by="Bo")
    assert isinstance(again, Summary)
    new = again.threats[1]
    assert isinstance(new, Threat)
    assert (new.id, new.actor, new.trigger, new.on_behalf_of) == ("threat-2", "Ulmia", None, None)
    assert [span.text for span in new.evidence] == [samples.HOLDS, "Ulmia waits."]
    assert ("added", "threat-2", "Bo") in actions(again)


def test_a_corrected_field_and_another_kind_come_back() -> None:
    """What differs is a correction; what became another kind is removed and added."""
    summary = samples.long_article()
    (task,) = studio(summary)
    for item in result(task):
        if item.get("from_name") == "means":
            item["value"]["choices"] = ["cyber"]
        if item.get("id") == "position-2" and item["type"] == "labels":
            item["value"]["labels"] = ["agreement"]
        if item.get("id") == "position-2" and item.get("from_name") == "stance":
            item |= {"from_name": "status", "value": {"choices": ["proposed"]}}
        if item.get("id") == "position-2" and item.get("from_name") in {"issue", "actor"}:
            item["from_name"] = {"issue": "subject", "actor": "parties"}[item["from_name"]]
    (again,) = from_label_studio([task], [summary])
    assert isinstance(again, Summary)
    assert again.threats[0].means == "cyber"
    assert [(each.subject, each.parties) for each in again.agreements] == [
        ("treaty of 1974", ("Ruritania", "Ulmia")), ("waiting", ("Ulmia",))]  # fmt: skip
    assert [each.id for each in again.positions] == ["position-1"]


def test_offsets_that_count_utf_16_units_are_understood() -> None:
    """Some versions of Label Studio count an emoji as two; the text tells which it is."""
    text = "👩‍👩‍👧‍👦 talks. Ruritania opposes the dam. It waits."
    said = "Ruritania opposes the dam."
    at = text.index(said)
    data = samples.overlapping().model_dump(mode="json")
    span = {"start": at, "end": at + len(said), "text": said}
    data |= {
        "article": {"text": text},
        "threats": [],
        "positions": [data["positions"][0] | {"evidence": [span]}],
    }
    summary = Summary.model_validate(data)
    (task,) = studio(summary)
    wide = len(text[:at].encode("utf-16-le")) // 2
    for item in result(task):
        item["value"] |= {"start": wide, "end": wide + len(said)}
    (again,) = from_label_studio([task], [summary])
    assert isinstance(again, Summary)
    assert again.statements == summary.statements


def test_answers_of_prodigy() -> None:
    """Accept, with another text; reject; ignore; a new one; the last answer counts."""
    summary = samples.long_article()
    tasks = {task["meta"]["statement"]: task for task in prodigy(summary)}
    tasks["threat-1"] |= {"means": "cyber", "trigger": ""}
    tasks["agreement-1"]["answer"] = "reject"
    tasks["position-2"]["answer"] = "ignore"
    new = copy.deepcopy(tasks["position-1"]) | {"issue": "the treaty"}
    del new["meta"]["statement"]
    earlier = tasks["position-1"] | {"issue": "something else"}
    (again,) = from_prodigy([earlier, *tasks.values(), new], [summary])
    assert isinstance(again, Summary)
    assert (again.threats[0].means, again.threats[0].trigger) == ("cyber", None)
    assert again.agreements == ()
    assert [(each.id, each.issue) for each in again.positions] == [
        ("position-1", "the dam"), ("position-3", "the treaty"), ("position-2", "waiting")]  # fmt: skip
    assert sorted(actions(again)) == sorted([
        ("accepted", "position-1", "ana"), ("corrected", "threat-1", "ana"),
        ("removed", "agreement-1", "ana"), ("added", "position-3", "ana")])  # fmt: skip


def spoil(name: str) -> Any:
    """An export that is not as the tool documents it, or does not fit."""
    (task,) = studio(samples.long_article())
    items = result(task)
    far = {"start": 10**7, "end": 10**7 + 5, "labels": ["position"]}
    stance = next(item for item in items if item.get("from_name") == "stance")
    first = items[0]
    spoiled: dict[str, Any] = {
        "no list": {"tasks": []},
        "no task": [7],
        "no data": [{"annotations": []}],
        "other text": [{**task, "data": {**task["data"], "text": "Something else."}}],
    }
    parts: dict[str, Any] = {
        "label": [{**first, "value": {**first["value"], "labels": ["rumour"]}}, *items[1:]],
        "place": [{**first, "value": {**first["value"], "start": 5}}, *items[1:]],
        "beyond": [{**first, "value": far}, *items[1:]],
        "field": [item for item in items if item.get("from_name") != "issue"],
        "value": [*(i for i in items if i is not stance), {**stance, "value": {"choices": ["hates"]}}],
        "form": [{"type": "labels"}, *items[1:]],
        "result": 7,
    }  # fmt: skip
    return spoiled.get(name) or [{**task, "annotations": [{"result": parts[name]}]}]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("no list", "is a list of tasks"),
        ("no task", "task 1 is not a JSON object"),
        ("no data", "task 1 has no text"),
        (
            "other text",
            "task 1 is about an article that none of the summaries has: 'Something else.'",
        ),
        ("label", r"task 1 has a region with the labels \['rumour'\]"),
        ("place", "task 1 has a region at 5:26 whose text is not what the article says there"),
        ("beyond", "mark the article's words"),
        ("field", "task 1 has a position without its issue"),
        ("value", "stance: 'hates' is not one of"),
        ("form", "does not have the form that the tool documents"),
        ("result", "does not have the form that the tool documents"),
    ],
)
def test_an_export_that_does_not_fit_is_refused_by_its_task(name: str, message: str) -> None:
    """The message says which, and what is wrong."""
    with pytest.raises(SettingsError, match=message):
        from_label_studio(spoil(name), [samples.long_article()])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"answer": "maybe"}, "task 1 has the answer 'maybe'"),
        ({"text": 7}, "task 1 has no text"),
        ({"spans": []}, r"has spans with the labels \[\]"),
        ({"issue": " "}, "task 1 has a position without its issue"),
        ({"stance": "hates"}, "stance: 'hates' is not one of"),
        ({"meta": {"statement": "position-9"}}, "is about the statement 'position-9'"),
        ({"spans": [{"label": "position"}]}, "does not have the form"),
    ],
    ids=str,
)  # fmt: skip
def test_a_prodigy_task_that_does_not_fit_is_refused(changes: Task, message: str) -> None:
    """The message says which, and what is wrong."""
    task = prodigy(samples.long_article())[0] | changes
    with pytest.raises(SettingsError, match=message):
        from_prodigy([task], [samples.long_article()])
    with pytest.raises(SettingsError, match="export is empty"):
        from_prodigy([], [samples.long_article()])


def test_the_labeling_configuration_has_a_control_for_each_field() -> None:
    """Every name that tasks refer to is in it, with the values that it can have."""
    view = ET.fromstring(label_studio_config())
    named = {each.get("name"): each for each in view.iter() if each.get("name")}
    summary = samples.long_article()
    used = {
        item["from_name"]
        for task in studio(summary)
        for item in result(task)
        if "from_name" in item
    }
    fields = {name for kind in KINDS.values() for name in kind.fields} | {"attribution"}
    assert named.keys() == fields | {"kind", "text"}
    assert used <= named.keys()
    assert [each.get("value") for each in named["stance"]] == list(KINDS["position"].values)
    assert [each.get("value") for each in named["kind"]] == list(KINDS)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2)
    ),
    max_leaves=4,
)


def places_in(value: Any, above: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in nested JSON, as the keys that lead to it."""
    items = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    found = [(*above, key) for key, _ in items]
    return found + [place for key, inner in items for place in places_in(inner, (*above, key))]


@settings(max_examples=80)
@given(st.sampled_from(["label-studio", "prodigy"]), anything, st.data())
def test_anything_anywhere_in_an_export_ends_in_an_error_or_in_summaries(
    tool: str, value: Any, data: st.DataObject
) -> None:
    """Whatever a person or a program has put into the file."""
    summary = samples.long_article()
    tasks: Any = studio(summary) if tool == "label-studio" else prodigy(summary)
    *above, last = data.draw(st.sampled_from(places_in(tasks)))
    at = tasks
    for key in above:
        at = at[key]
    at[last] = value
    read = from_label_studio if tool == "label-studio" else from_prodigy
    try:
        (found,) = read(tasks, [summary])
    except SettingsError:
        return
    assert isinstance(found, Summary)
    assert Summary.model_validate_json(found.model_dump_json()) == found
