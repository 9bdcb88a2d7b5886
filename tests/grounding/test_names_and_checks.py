"""Names brought together, and claims that no article can prove."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from communique import Article
from communique.grounding import ground
from communique.grounding.names import unify_names
from communique.grounding.quotation import quoted_spans, quotes_words
from communique.prompts import load_prompt
from communique.reading import Claim
from communique.reading.forms import StatementReply

REPLY: TypeAdapter[StatementReply] = TypeAdapter(StatementReply)
TEXT = (
    "Russian President Vladimir Putin opposes the plan. Sergei Lavrov, the Russian foreign "
    "minister, agreed. Putin spoke in the South Sudan pavilion, not for Sudan. Ana Ruiz and "
    "Leo Ruiz of the Free Reef Movement listened. Ruiz left. The movement said nothing."
)


@pytest.mark.parametrize(
    ("name", "unified"),
    [
        ("Putin", "Vladimir Putin"),
        ("Russian President Vladimir Putin", "Vladimir Putin"),
        ("President Putin", "Vladimir Putin"),
        ("the Russian president", "Vladimir Putin"),
        ("the Russian foreign minister", "Sergei Lavrov"),
        ("the Movement", "Free Reef Movement"),
        ("Sudan", "Sudan"),
        ("Ruiz", "Ruiz"),
        ("the French president", "French president"),
        ("Secretary of State", "Secretary of State"),
    ],
)
def test_forms_of_a_name(name: str, unified: str) -> None:
    """Titles go off, a surname or a description stands for one person, or for itself."""
    others = {"Vladimir Putin", "South Sudan", "Ana Ruiz", "Leo Ruiz", "Free Reef Movement"}
    assert unify_names({name, *others}, TEXT)[name] == unified


@given(names=st.sets(st.text(max_size=20) | st.sampled_from(TEXT.split(". ")), max_size=6))
def test_unifying_is_total(names: set[str]) -> None:
    """Any names get a form, and the forms are their own forms."""
    forms = unify_names(names, TEXT)
    assert set(forms) == names


def grounded(text: str, kind: str, **fields: Any) -> Any:
    defaults: dict[str, dict[str, Any]] = {
        "position": {"actor": "Ruritania", "on_behalf_of": None, "issue": "the dam",
                     "stance": "opposes"},
        "threat": {"actor": "Ruritania", "on_behalf_of": None, "target": "Ulmia",
                   "action": "close the border", "trigger": None, "means": "economic"},
        "condition": {"actor": "Ruritania", "on_behalf_of": None, "outcome": "talks start",
                      "relation": "after", "condition": "the dam is gone"},
    }  # fmt: skip
    reply = REPLY.validate_python({"kind": kind, **defaults[kind], **fields})
    return ground(Article(text=text), [Claim(reply, (1,))], load_prompt("v1").examples)


LEAKED = load_prompt("v1").examples[0].statements[0].statement.actor

REJECTED = {
    "threat against oneself": ("Ruritania would close the border.", "threat",
                               {"target": "the Ruritania"}, "actor and the target"),
    "condition is its outcome": ("Ruritania says talks start.", "condition",
                                 {"condition": "the talks start"}, "condition and its outcome"),
    "name of an example": ("Ruritania opposes the dam.", "position", {"actor": LEAKED},
                           "from the prompt's examples"),
    "not a word of it": ("It rained.", "position", {}, "not one of its words"),
    "denied": ("Ruritania denied threatening to close the border.", "threat", {},
               "denies a threat"),
    "position on oneself": ("Ruritania opposes itself, the minister joked.", "position",
                            {"issue": "itself"}, "its issue is the actor"),
    "with its verb": ("Ruritania opposes itself in practice, the minister joked.", "position",
                      {"issue": "opposes itself"}, "its issue is the actor"),
    "never made": ("Ruritania never threatened to close the border.", "threat", {},
                   "denies a threat"),
}  # fmt: skip


@pytest.mark.parametrize("name", REJECTED)
def test_what_the_article_can_not_prove_is_rejected(name: str) -> None:
    """It is set aside, with the reason, and is no statement."""
    text, kind, fields, reason = REJECTED[name]
    result = grounded(text, kind, **fields)
    assert [reason in rejected.reason for rejected in result.rejected] == [True]
    assert result.positions == result.conditions == result.threats == ()


def test_a_position_on_what_one_does_oneself_stands() -> None:
    """Its issue is what is done, not the actor."""
    text = "Ruritania opposes itself joining the union."
    assert len(grounded(text, "position", issue="itself joining the union").positions) == 1


def test_a_threat_beside_a_denial_stands() -> None:
    """Denying one thing and threatening another in the same breath is a threat."""
    text = "Ruritania denied the report and threatened to close the border to Ulmia."
    assert len(grounded(text, "threat").threats) == 1


@pytest.mark.parametrize(
    ("behalf", "kept"), [("Ruritania", "Ruritania"), ("Norvik", None), ("Ana Ruiz", None)]
)
def test_on_behalf_of_is_the_articles(behalf: str, kept: str | None) -> None:
    """A state that the article does not have, or the speaker itself, is on no one's behalf."""
    text = "Ana Ruiz, the Ruritanian envoy, opposes the dam."
    (position,) = grounded(text, "position", actor="Ana Ruiz", on_behalf_of=behalf).positions
    assert position.on_behalf_of == kept


QUOTED = {
    "“We will act,” she said.": ["We will act,"],
    "„Wir handeln jetzt“, sagte sie.": ["Wir handeln jetzt"],
    "„Działamy teraz”, powiedziała.": ["Działamy teraz"],
    "« Nous agirons », dit-elle.": [" Nous agirons "],
    "»Wir handeln jetzt«, sagte sie.": ["Wir handeln jetzt"],
    "”Vi agerar nu”, sade hon.": ["Vi agerar nu"],
    "‘We don’t wait,’ she said.": ["We don’t wait,"],
    "她说：「我们将采取行动。」": ["我们将采取行动。"],
    "她说：“我们将采取行动。”": ["我们将采取行动。"],
    '"We will act," she said, "and soon."': ["We will act,", "and soon."],
    "The “old” plan and “We will act”.": ["old", "We will act"],
    'A 5" pipe and a 3" pipe burst.': [],
    "The states’ demands and ‘90s habits don’t count.": [],
    "“We will act. We will not wait.": ["We will act. We will not wait."],
    "“One.\n“Two goes on,” he said.": ["One.", "Two goes on,"],
    "and soon,” he said.": ["and soon,"],
}


@pytest.mark.parametrize("text", QUOTED)
def test_quotation_marks_of_the_usual_scripts(text: str) -> None:
    """What is quoted is found, also if it is not closed; apostrophes and inches are no marks."""
    assert [text[start:end] for start, end in quoted_spans(text)] == QUOTED[text]


@given(text=st.text(alphabet="ab .\n“”„‟«»‹›「」『』‘’‚\"'5", max_size=40))
def test_quoted_spans_are_in_order(text: str) -> None:
    """Spans lie in the text, in order, without overlap, whatever the marks."""
    last = 0
    for start, end in quoted_spans(text):
        assert last <= start <= end <= len(text)
        last = end


@pytest.mark.parametrize(
    ("text", "attribution"),
    [
        ("“We oppose the dam,” Ruritania said.", "direct_quote"),
        ("Ruritania opposes the “dam”.", "reported"),
        ("「鲁里坦尼亚反对大坝，」发言人说，Ruritania", "direct_quote"),
        ("The “old” Ruritania said: “We oppose it.”", "direct_quote"),
    ],
)
def test_attribution_is_computed(text: str, attribution: str) -> None:
    """Two quoted words or more make a direct quote; one is a scare quote."""
    (position,) = grounded(text, "position").positions
    assert position.attribution == attribution


def test_middle_of_a_quotation_is_quoted() -> None:
    """A sentence without marks of its own, inside a quotation, is a direct quote."""
    text = "“It is bad. Ruritania opposes the dam. We wait,” she said. They left at noon."
    start, end = text.index("Ruritania"), text.index(" We wait")
    assert quotes_words(text, start, end)
    assert not quotes_words(text, text.index("They"), len(text))
