"""Corrections by a person: as valid as the model's statements, and recorded with who, when, what."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from builders import agreement, condition, position, summary_of, threat
from communique import Correction, Evidence, Position, Statement, Summary, Threat

TEXT = (
    "Ana Ruiz of Ruritania will close the border if the dam is built. Ruritania opposes the dam. "
    "Talks start after the election is held, Ruritania said. Ruritania and Ulmia have a treaty."
)
SUMMARY = summary_of(TEXT, threat(1), position(2), condition(3), agreement(4))
IDS = [statement.id for statement in SUMMARY.statements]


def span(words: str) -> Evidence:
    start = TEXT.index(words)
    return Evidence(start=start, end=start + len(words), text=words)


def found(summary: Summary, name: str) -> Any:
    return next(each for each in summary.statements if each.id == name)


def check_round_trip(summary: Summary) -> None:
    """What is written is read back, and is the same."""
    written = summary.model_dump_json()
    assert Summary.model_validate_json(written) == summary
    assert Summary.model_validate(summary.model_dump()) == summary
    assert summary.to_rows()
    assert summary.to_html()


def test_the_sample_has_a_statement_of_each_kind() -> None:
    assert IDS == ["threat-1", "position-1", "condition-1", "agreement-1"]


def test_a_correction_changes_one_statement_and_is_recorded() -> None:
    """The original stays as it was; the copy says who changed what, and when."""
    before = datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=2)
    better = SUMMARY.corrected("threat-1", means="nuclear", trigger=None, by="Ana Ruiz")
    assert (found(better, "threat-1").means, found(better, "threat-1").trigger) == ("nuclear", None)
    assert found(SUMMARY, "threat-1").means == "economic"
    assert [each for each in better.statements if each.id != "threat-1"] == [
        each for each in SUMMARY.statements if each.id != "threat-1"
    ]
    (made,) = better.provenance.corrections
    assert (made.statement, made.action, made.by) == ("threat-1", "corrected", "Ana Ruiz")
    assert made.before == {"trigger": "the dam is built", "means": "economic"}
    assert made.after == {"trigger": None, "means": "nuclear"}
    assert before <= made.at <= datetime.datetime.now(datetime.UTC)
    assert better.provenance.model_copy(update={"corrections": ()}) == SUMMARY.provenance
    check_round_trip(better)


@pytest.mark.parametrize(
    ("name", "changes", "where"),
    [
        ("threat-1", {"means": "tariffs"}, ("means",)),
        ("threat-1", {"target": ""}, ("target",)),
        ("threat-1", {"target": None}, ("target",)),
        ("threat-1", {"actor": "\ud800"}, ("actor",)),
        ("threat-1", {"stance": "opposes"}, ("stance",)),
        ("threat-1", {"id": "threat-2"}, ("id",)),
        ("threat-1", {"kind": "position"}, ("kind",)),
        ("threat-1", {"evidence": ()}, ("evidence",)),
        ("threat-1", {"evidence": (Evidence(start=0, end=3, text="Bob"),)}, ()),
        ("threat-1", {"evidence": (Evidence(start=9000, end=9003, text="Bob"),)}, ()),
        ("threat-1", {"confidence": 1.5}, ("confidence",)),
        ("position-1", {"stance": "likes"}, ("stance",)),
        ("agreement-1", {"parties": ()}, ("parties",)),
        ("condition-1", {"outcome": None}, ()),
        ("threat-9", {"means": "cyber"}, ("statements",)),
        ("", {}, ("statements",)),
    ],
)  # fmt: skip
def test_what_can_not_be_read_back_can_not_be_written(
    name: str, changes: dict[str, Any], where: tuple[str, ...]
) -> None:
    """A wrong value, field, id or quotation is an error that says where."""
    with pytest.raises(ValidationError) as caught:
        SUMMARY.corrected(name, **changes)
    assert caught.value.errors()[0]["loc"] == where


def test_without() -> None:
    """A removed statement is kept whole in the record."""
    fewer = SUMMARY.without("position-1", by="Ana Ruiz")
    assert [each.id for each in fewer.statements] == ["threat-1", "condition-1", "agreement-1"]
    (made,) = fewer.provenance.corrections
    assert (made.action, made.statement, made.by, made.after) == (
        "removed", "position-1", "Ana Ruiz", {},
    )  # fmt: skip
    assert Position.model_validate(made.before) == found(SUMMARY, "position-1")
    check_round_trip(fewer)
    with pytest.raises(ValidationError, match="there is no statement 'position-1'"):
        fewer.without("position-1")


def test_with_statement() -> None:
    """It takes its place in article order."""
    new = Threat(
        id="mine", attribution="reported", evidence=(span("close the border"),), actor="Ana Ruiz",
        target="Ulmia", action="close it", trigger=None, means="diplomatic",
    )  # fmt: skip
    more = SUMMARY.with_statement(new, by="Ana Ruiz")
    assert [each.id for each in more.statements] == ["threat-1", "mine", *IDS[1:]]
    assert [each.id for each in more.threats] == ["threat-1", "mine"]
    (made,) = more.provenance.corrections
    assert (made.action, made.statement, made.before) == ("added", "mine", {})
    assert Threat.model_validate(made.after) == new
    check_round_trip(more)


@pytest.mark.parametrize(
    "changes",
    [
        {"id": "position-1"},
        {"means": "tariffs"},
        {"evidence": (Evidence(start=0, end=3, text="Bob"),)},
        {"actor": ""},
    ],
)
def test_a_statement_that_does_not_fit_is_not_added(changes: dict[str, Any]) -> None:
    """Even if it was made without validation."""
    new = found(SUMMARY, "threat-1").model_copy(update={"id": "mine", **changes})
    with pytest.raises(ValidationError):
        SUMMARY.with_statement(new)


def test_corrections_add_up() -> None:
    """In order, each with its author; and a summary tells its readers that it has some."""
    summary = SUMMARY.without("agreement-1", by="A").corrected("position-1", issue="dams", by="B")
    summary = summary.with_statement(found(SUMMARY, "agreement-1"))
    made = summary.provenance.corrections
    assert [(each.action, each.by) for each in made] == [
        ("removed", "A"), ("corrected", "B"), ("added", None),
    ]  # fmt: skip
    assert summary.origin.endswith(", 3 corrections")
    assert "corrections" in summary.to_markdown()
    check_round_trip(summary)


def test_nothing_changed_is_no_correction() -> None:
    """The same value again, or no field at all."""
    assert SUMMARY.corrected("threat-1", means="economic") == SUMMARY
    assert SUMMARY.corrected("threat-1", by="Ana Ruiz") == SUMMARY


def test_the_models_confidence_is_not_that_of_a_correction() -> None:
    """It is None unless the person says how sure they are."""
    sure = SUMMARY.corrected("threat-1", confidence=0.9)
    assert found(sure, "threat-1").confidence == 0.9
    assert found(sure.corrected("threat-1", target="Torv"), "threat-1").confidence is None
    both = sure.corrected("threat-1", target="Torv", confidence=1)
    assert found(both, "threat-1").confidence == 1


def test_evidence_is_put_in_article_order() -> None:
    spans = (span("the dam is built"), span("Ana Ruiz"))
    assert found(SUMMARY.corrected("threat-1", evidence=spans), "threat-1").evidence == spans[::-1]


texts = (
    st.none()
    | st.text(max_size=8)
    | st.sampled_from(["military", "opposes", "Ulmia", "if", "agreed"])
)
values = texts | st.integers() | st.floats() | st.lists(texts, max_size=2)
fields = st.sampled_from(
    sorted({name for each in SUMMARY.statements for name in type(each).model_fields})
)


@given(
    st.sampled_from(IDS), st.dictionaries(fields | st.text(max_size=3), values, max_size=3), texts
)
def test_any_correction_is_refused_or_read_back(
    name: str, changes: dict[str, Any], by: str | None
) -> None:
    changes = {field: value for field, value in changes.items() if field != "by"}
    try:
        better = SUMMARY.corrected(name, by=by, **changes)
    except ValidationError:
        return
    check_round_trip(better)
    statement: Statement = found(better, name)
    for field, value in changes.items():
        assert getattr(statement, field) == (tuple(value) if isinstance(value, list) else value)
    for made in better.provenance.corrections:
        assert Correction.model_validate_json(made.model_dump_json()) == made


def test_what_is_accepted_is_recorded_once_and_changes_nothing() -> None:
    """A second time says nothing new; a correction after it does."""
    seen = SUMMARY.accepted("threat-1", by="Ana Ruiz")
    assert seen.statements == SUMMARY.statements
    (made,) = seen.provenance.corrections
    assert (made.statement, made.action, made.before, made.after) == (
        "threat-1",
        "accepted",
        {},
        {},
    )
    assert seen.accepted("threat-1", by="Bo") is seen
    assert len(seen.corrected("threat-1", means="cyber").provenance.corrections) == 2
    with pytest.raises(ValidationError, match="there is no statement 'threat-9'"):
        SUMMARY.accepted("threat-9")
    check_round_trip(seen)


def test_a_gist_is_corrected_or_accepted() -> None:
    """Its correction names no statement; blank it can't be."""
    better = SUMMARY.with_gist("Two states.", by="Ana Ruiz")
    (made,) = better.provenance.corrections
    assert (better.gist, made.statement, made.action) == ("Two states.", None, "corrected")
    assert (made.before, made.after) == ({"gist": SUMMARY.gist}, {"gist": "Two states."})
    assert better.with_gist("Two states.") is better
    (made,) = SUMMARY.with_gist(SUMMARY.gist).provenance.corrections
    assert (made.statement, made.action) == (None, "accepted")
    with pytest.raises(ValidationError, match="is empty"):
        SUMMARY.with_gist(" ")
    check_round_trip(better)


@given(
    st.lists(st.sampled_from(["accept", "correct", "remove", "add", "gist"]), max_size=8), st.data()
)
def test_undoing_as_often_as_correcting_leads_back(steps: list[str], data: st.DataObject) -> None:
    """Through every state in between, also after each was written and read."""
    summary = SUMMARY
    states = [summary]
    for number, step in enumerate(steps):
        names = [statement.id for statement in summary.statements]
        if step == "gist":
            summary = summary.with_gist(f"Gist {number}.")
        elif step == "add":
            new = SUMMARY.positions[0].model_copy(update={"id": f"position-{number + 9}"})
            summary = summary.with_statement(new)
        elif names:
            name = data.draw(st.sampled_from(names))
            if step == "accept":
                summary = summary.accepted(name)
            elif step == "remove":
                summary = summary.without(name)
            else:
                summary = summary.corrected(name, attribution="narrated", confidence=0.5)
        if summary != states[-1]:
            states.append(Summary.model_validate_json(summary.model_dump_json()))
    while len(states) > 1:
        summary = states.pop().undone()
        assert summary == states[-1]
    with pytest.raises(ValidationError, match="there is none to undo"):
        SUMMARY.undone()


def test_undoing_keeps_the_order_of_many_statements_about_one_sentence() -> None:
    """The tenth comes after the ninth, as it did before."""
    said = [position(2, issue=f"the dam {number}") for number in range(11)]
    summary = summary_of(TEXT, *said)
    assert len(summary.positions) == 11
    assert summary.without("position-3").undone() == summary
