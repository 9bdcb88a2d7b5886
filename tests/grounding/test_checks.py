"""Claims that no article can prove are rejected, with the reason."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter

from communique import Article
from communique.grounding import ground
from communique.prompts import load_prompt
from communique.reading import Claim
from communique.reading.forms import StatementReply

REPLY: TypeAdapter[StatementReply] = TypeAdapter(StatementReply)


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
