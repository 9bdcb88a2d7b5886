"""Replies about a whole article: one bad statement costs that statement, and no other."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import agreement, position, summary_of, threat, whole
from communique import Summary, summarize
from communique.errors import CommuniqueError, InvalidReply
from communique.reading.forms import (
    MOST_STATEMENTS,
    InvalidItem,
    statements_answer,
    statements_form,
    to_statement,
    whole_answer,
    whole_reply,
)
from communique.statements import KINDS
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


@pytest.mark.parametrize("kind", KINDS)
def test_fields_become_the_statement_of_their_kind(kind: Any) -> None:
    """Under short keys or long ones; several statements of a sentence, or none."""
    details = KINDS[kind]
    value = details.values[-1]
    filled: dict[str, Any] = {
        field: value if field == details.enumerated else ["x"] if field == "parties" else "x"
        for field in details.asked
    }
    form = statements_form(kind)
    short = {details.asked[name]: said for name, said in filled.items()}
    found = form.model_validate([short, filled])
    assert [to_statement(kind, fields).model_dump() for fields in found.root] == [
        {"kind": kind, **filled}
    ] * 2
    assert json.loads(statements_answer(kind, [filled])) == [short]
    assert form.model_validate_json(statements_answer(kind, [])).root == []


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
