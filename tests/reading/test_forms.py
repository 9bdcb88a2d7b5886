"""Replies about articles and passages: one bad statement costs that statement, and no other."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from builders import agreement, fields, position, row, summary_of, threat, whole
from communique import Summary, summarize
from communique.errors import CommuniqueError, InvalidReply
from communique.reading.forms import (
    MOST_IN_A_PASSAGE,
    MOST_SENTENCES,
    MOST_STATEMENTS,
    InvalidItem,
    schemas,
    statements_answer,
    statements_reply,
    whole_answer,
    whole_reply,
)
from communique.statements import KINDS, Kind
from communique.testing import ScriptedModel

TEXT = "Ruritania opposes the dam. Ulmia will shut the gates if it is built. They signed a treaty."

POSITION = position(1)
OTHERS = [
    threat(2, actor="Ulmia", on_behalf_of=None, target="the gates", action="shut the gates",
           trigger="it is built"),
    agreement(3, parties=["They"], status="agreed"),
]  # fmt: skip


def read(*statements: object, **changes: Any) -> Summary:
    return summary_of(TEXT, *statements, **changes)


def without(item: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in item.items() if name not in names}


BAD: dict[str, tuple[object, str]] = {
    "sentence 0": (POSITION | {"sentences": [0]}, "sentences 1: 0 is less than 1"),
    "a later sentence below 1": (
        POSITION | {"sentences": [1, -3]},
        "sentences 2: -3 is less than 1",
    ),
    "a sentence that the article lacks": (POSITION | {"sentences": [4]}, "sentence 4"),
    "no sentence": (POSITION | {"sentences": []}, "sentences: is an empty list"),
    "nine sentences": (POSITION | {"sentences": [1] * 9}, "sentences: has 9 items, more than 8"),
    "sentences in words": (POSITION | {"sentences": "one"}, "sentences: 'one' is not a list"),
    "half a sentence": (POSITION | {"sentences": [1.5]}, "sentences 1: 1.5 is not a whole number"),
    "an unknown stance": (
        POSITION | {"stance": "supporting"},
        "stance: 'supporting' is not one of supports, opposes, conditional, undecided",
    ),
    "no stance": (without(POSITION, "stance"), "stance: is missing"),
    "a nullable field left out": (without(POSITION, "on_behalf_of"), "on_behalf_of: is missing"),
    "an extra field": (POSITION | {"mood": "bad"}, "mood: is not a field of the form"),
    "a field of another type": (
        POSITION | {"issue": ["the dam"]},
        "issue: ['the dam'] is not text",
    ),
    "null where none may be": (POSITION | {"actor": None}, "actor: None is not text"),
    "two faults": (
        without(POSITION, "actor") | {"stance": "no"},
        "actor: is missing; stance: 'no' is not one of",
    ),
    "an unknown kind": (POSITION | {"kind": "opinion"}, "kind: 'opinion' is not one of position, "),
    "a kind that is no text": (POSITION | {"kind": []}, "kind: [] is not one of position, "),
    "the fields of another kind": (OTHERS[0] | {"kind": "position"}, "target: is not a field"),
    "no kind": (without(POSITION, "kind"), "kind: is missing"),
    "a text": ("Ruritania opposes the dam", "'Ruritania opposes the dam' is not an object"),
    "nothing": (None, "None is not an object"),
    "a parties that is text": (OTHERS[1] | {"parties": "They"}, "parties: 'They' is not a list"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_statement_is_rejected_and_the_others_are_kept(name: str) -> None:
    """The reason names the field; what the model said is kept as it said it."""
    bad, reason = BAD[name]
    summary = read(OTHERS[0], bad, OTHERS[1])
    assert [s.kind for s in summary.statements] == ["threat", "agreement"]
    (rejected,) = summary.rejected
    assert reason in rejected.reason
    said = bad if isinstance(bad, dict) else {"statement": bad}
    assert {**said, **rejected.reply} == said
    assert Summary.model_validate_json(summary.model_dump_json()) == summary


def test_a_rejected_statement_shows_the_sentences_that_exist() -> None:
    """Its evidence is what it points to, as far as the article has it."""
    (rejected,) = read(POSITION | {"stance": "no", "sentences": [3, 0, 99, True, "2", 1]}).rejected
    assert [span.text for span in rejected.evidence] == [
        "Ruritania opposes the dam.",
        "They signed a treaty.",
    ]


def test_statements_beyond_the_limit_are_rejected() -> None:
    """The first ones are kept."""
    many = [POSITION | {"issue": f"the dam {n}"} for n in range(MOST_STATEMENTS + 2)]
    summary = read(*many)
    assert len(summary.positions) == MOST_STATEMENTS
    assert [r.reason for r in summary.rejected] == ["it is one of more than 60 statements"] * 2


def test_a_flood_of_statements_costs_little() -> None:
    """A list as long as an answer may be is not kept item by item; what it was is told."""
    flood = [POSITION] * (2 * MOST_STATEMENTS) + [{"kind": "position"}] * 50_000
    items = whole_reply().model_validate({"gist": "x", "statements": flood}).statements
    assert len(items) == 2 * MOST_STATEMENTS + 1
    assert isinstance(items[-1], InvalidItem)
    assert items[-1].raw == {"statement": "[50000 more]"}


def test_numbers_that_are_no_json_are_kept_as_text() -> None:
    """Models write NaN; a summary with it can be written and read back."""
    raw = json.dumps(whole(POSITION | {"issue": float("nan")}))
    summary = summarize(TEXT, model=ScriptedModel([raw]), prompt="v1")
    assert summary.rejected[0].reply["issue"] == "NaN"
    assert Summary.model_validate_json(summary.model_dump_json()) == summary


@pytest.mark.parametrize(
    ("reply", "field"),
    [
        ({"gist": "A dam."}, "statements"),
        ({"statements": []}, "gist"),
        ({"gist": "A dam.", "statements": {}}, "statements"),
        ({"gist": "A dam.", "statements": "none"}, "statements"),
        ({"gist": 7, "statements": []}, "gist"),
        ({"gist": "A dam.", "statements": [], "mood": ""}, "mood"),
        ("[]", "not an object"),
    ],
)
def test_a_reply_of_another_form_is_refused(reply: Any, field: str) -> None:
    """Where there is no list to keep anything of, the error names the field."""
    with pytest.raises(InvalidReply, match=field):
        summarize(TEXT, model=ScriptedModel([reply]), prompt="v1")


def test_what_was_rejected_is_in_a_partial_summary() -> None:
    """An article that is read in parts, the second of which fails: all of the first is there."""
    text = " ".join(f"Ruritania opposes dam number {n}." for n in range(400))
    bad = POSITION | {"stance": "no"}
    model = ScriptedModel([whole(POSITION, bad), InvalidReply("no JSON")], context_tokens=9_000)
    with pytest.raises(CommuniqueError) as caught:
        summarize(text, model=model, prompt="v1")
    partial = caught.value.partial
    assert partial is not None
    assert (len(partial.positions), len(partial.rejected)) == (1, 1)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 99) | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=9)
        | st.dictionaries(st.sampled_from([*POSITION, "x"]), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(
    st.lists(
        st.sampled_from([POSITION, *OTHERS])
        | JSON
        | st.builds(
            lambda name, value: POSITION | {name: value}, st.sampled_from([*POSITION]), JSON
        ),
        max_size=6,
    )
)
def test_nothing_in_a_list_breaks_the_reply(items: list[Any]) -> None:
    """Whatever JSON stands there is a statement or an invalid item, in its place, none lost."""
    reply = whole_reply().model_validate_json(json.dumps(whole(*items)))
    assert len(reply.statements) == len(items)
    for said, item in zip(items, reply.statements, strict=True):
        if isinstance(item, InvalidItem):
            assert said not in [POSITION, *OTHERS]
            assert item.reason
            json.dumps(item.raw, allow_nan=False)
        else:
            assert item.kind == said["kind"]


def test_an_example_that_is_not_of_the_form_is_an_error() -> None:
    """Examples are written by hand: nothing in them is passed over."""
    said = json.loads(whole_answer("A dam.", [POSITION, *OTHERS]))
    assert said == {"gist": "A dam.", "statements": [POSITION, *OTHERS]}
    assert [*said["statements"][1]] == [*KINDS["threat"].reply.model_fields, "sentences"]
    with pytest.raises(ValueError, match="stance"):
        whole_answer("A dam.", [POSITION | {"stance": "no"}])


# Answers about a passage: a row for each statement.

ROW = row()


def read_rows(*rows: object) -> list[Any]:
    return statements_reply().model_validate_json(json.dumps(rows)).root


def test_an_answer_about_a_passage_is_a_list_of_rows() -> None:
    """The sentences, the kind, and the fields without their names: what it is about comes first."""
    said = statements_answer([POSITION | {"sentences": [2, 3]}, *OTHERS])
    assert said == (
        '[[[2,3],"position","the dam","opposes","Ruritania",null],'
        '[[2],"threat","shut the gates","the gates","it is built","economic","Ulmia",null],'
        '[[3],"agreement","treaty","agreed",["They"]]]'
    )
    assert statements_answer([]) == "[]"
    assert read_rows() == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_row_has_every_field_of_its_kind(kind: Kind) -> None:
    """Read, it is the statement's form."""
    (item,) = read_rows(row(2, 1, kind=kind))
    assert item.model_dump() == {**fields(kind), "sentences": [2, 1]}


def changed(place: int, value: object) -> list[Any]:
    return [*ROW[:place], value, *ROW[place + 1 :]]


BAD_ROWS: dict[str, tuple[object, str]] = {
    "too short": (ROW[:-1], "it has 5 values, not 6"),
    "too long": ([*ROW, None], "it has 7 values, not 6"),
    "the length of another kind": (changed(1, "agreement"), "it has 6 values, not 5"),
    "empty": ([], "kind: None is not one of position, "),
    "only sentences": ([[1]], "kind: None is not one of position, "),
    "an unknown kind": (changed(1, "opinion"), "kind: 'opinion' is not one of position, "),
    "a kind that has no hash": (changed(1, ["position"]), "kind: ['position'] is not one of "),
    "a kind that is an object": (changed(1, {}), "kind: {} is not one of position, "),
    "an unknown stance": (changed(3, "supporting"), "stance: 'supporting' is not one of supports"),
    "null where none may be": (changed(4, None), "actor: None is not text"),
    "a field of another type": (changed(2, 7), "issue: 7 is not text"),
    "parties that are text": (
        row(kind="agreement", parties="They"),
        "parties: 'They' is not a list",
    ),
    "sentence 0": (changed(0, [0]), "sentences 1: 0 is less than 1"),
    "no sentence": (changed(0, []), "sentences: is an empty list"),
    "nine sentences": (changed(0, [*range(1, 10)]), "sentences: has 9 items, more than 8"),
    "a sentence that is no list": (changed(0, 1), "sentences: 1 is not a list"),
    "an object": (POSITION, "is not a list"),
    "a text": ("position", "'position' is not a list"),
    "nothing": (None, "None is not a list"),
}


@pytest.mark.parametrize("name", BAD_ROWS)
def test_a_bad_row_is_rejected_and_the_others_are_kept(name: str) -> None:
    """The reason says what is wrong; the row is kept as the model wrote it."""
    bad, reason = BAD_ROWS[name]
    model = ScriptedModel([[row(1), bad, row(3, kind="agreement")], {"gist": "A dam."}])
    summary = summarize(TEXT, model=model, prompt="v2")
    assert [item.kind for item in summary.statements] == ["position", "agreement"]
    (rejected,) = summary.rejected
    assert reason in rejected.reason
    if isinstance(bad, list) and "statement" in rejected.reply:
        assert rejected.reply["statement"] == bad
    assert Summary.model_validate_json(summary.model_dump_json()) == summary
    # It is not put before the model again.
    (answer,) = (said for said in model.asked[-1] if said["role"] == "assistant")
    assert json.loads(answer["content"]) == [row(1), row(3, kind="agreement")]


def test_rows_beyond_the_limit_are_rejected() -> None:
    """The first ones are kept."""
    many = read_rows(*[row(issue=f"dam {n}") for n in range(MOST_IN_A_PASSAGE + 2)])
    assert [isinstance(item, InvalidItem) for item in many] == [False] * MOST_IN_A_PASSAGE + [
        True
    ] * 2
    assert many[-1].reason == f"it is one of more than {MOST_IN_A_PASSAGE} statements"


@pytest.mark.parametrize("reply", [{"statements": []}, {}, "none", 7, None, True])
def test_a_reply_that_is_no_list_is_refused(reply: Any) -> None:
    """Nothing of it can be kept."""
    with pytest.raises(ValidationError, match="valid array"):
        statements_reply().model_validate_json(json.dumps(reply))


TEXTS = st.text(max_size=8)
NUMBERS = st.lists(st.integers(1, 99), min_size=1, max_size=MOST_SENTENCES)


def values_of(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Return values that a JSON schema accepts."""
    if "anyOf" in schema:
        return st.one_of(map(values_of, schema["anyOf"]))
    if "prefixItems" in schema:
        return st.tuples(*map(values_of, schema["prefixItems"])).map(list)
    if "const" in schema or "enum" in schema:
        return st.sampled_from(schema.get("enum") or [schema["const"]])
    if schema["type"] == "array":
        least, most = schema.get("minItems", 0), schema.get("maxItems", 5)
        return st.lists(values_of(schema["items"]), min_size=least, max_size=min(most, 8))
    plain: dict[str, st.SearchStrategy[Any]] = {
        "string": TEXTS,
        "null": st.none(),
        "integer": st.integers(schema.get("minimum"), 999),
    }
    return plain[schema["type"]]


@given(values_of(schemas("conversation")["statements"]))
def test_what_the_schema_allows_is_valid(rows: list[Any]) -> None:
    """A server that enforces the JSON schema lets no row through that is rejected later.

    Read and written again, it is the same answer: no field is lost or in another place.
    """
    items = read_rows(*rows)
    assert not any(isinstance(item, InvalidItem) for item in items)
    assert json.loads(statements_answer([item.model_dump() for item in items])) == rows


@given(st.lists(JSON | st.builds(changed, st.integers(0, 5), JSON), max_size=6))
def test_nothing_in_a_list_of_rows_breaks_the_reply(rows: list[Any]) -> None:
    """Whatever JSON stands there is a statement or an invalid item, in its place, none lost."""
    items = read_rows(*rows)
    assert len(items) == len(rows)
    for said, item in zip(rows, items, strict=True):
        if isinstance(item, InvalidItem):
            assert item.reason
            json.dumps(item.raw, allow_nan=False)
        else:
            assert said == [
                getattr(item, name) for name in ("sentences", "kind", *KINDS[item.kind].written)
            ]


def test_the_schema_is_one_that_grammars_are_made_of() -> None:
    """A list whose items are lists of given lengths: llama.cpp and others know these keywords."""
    schema = schemas("conversation")["statements"]
    assert (schema["type"], schema["maxItems"]) == ("array", MOST_IN_A_PASSAGE)
    assert "$defs" not in schema
    for kind, option in zip(KINDS, schema["items"]["anyOf"], strict=True):
        values = option["prefixItems"]
        assert option["minItems"] == option["maxItems"] == len(values)
        assert len(values) == 2 + len(KINDS[kind].written)
        assert values[1]["const"] == kind


def test_a_statement_that_is_not_of_its_form_can_not_be_an_answer() -> None:
    """What the adapter is trained on is what the product would accept."""
    for bad in (
        {"stance": "no"},
        {"sentences": []},
        {"sentences": [*range(1, 10)]},
        {"mood": "bad"},
    ):
        with pytest.raises(ValidationError):
            statements_answer([POSITION | bad])
