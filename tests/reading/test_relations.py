"""The relation of a condition that the words of its sentence show."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import reply
from communique import summarize
from communique.reading.relations import cued_relation, with_cued_relation
from communique.statements import Relation
from communique.testing import ScriptedModel

CUES = [
    ("Nothing is signed unless the port is opened.", "unless"),
    ("The strait stays closed until the last mine is swept.", "until"),
    ("They will talk only after the guns fall silent.", "after"),
    ("No firmaremos hasta que salgan las tropas.", "until"),
    ("Nebel hung over the river.", None),
]


@pytest.mark.parametrize(("sentence", "relation"), CUES)
def test_words_that_show_a_relation(sentence: str, relation: str | None) -> None:
    """The relation is what the sentence's words say, or not known."""
    assert cued_relation(sentence) == relation
    said = reply("condition", relation="only_if")
    assert with_cued_relation(said, sentence).relation == (relation or "only_if")  # type: ignore[union-attr]


@given(st.text(max_size=200))
def test_any_text_has_a_relation_that_exists_or_none(sentence: str) -> None:
    assert cued_relation(sentence) in {None, *get_args(Relation)}


def test_a_bare_demand_and_other_kinds_keep_their_fields() -> None:
    """A demand has no outcome to relate; a threat's trigger has no relation."""
    for said in (reply("condition", outcome=None, relation="only_if"), reply("threat")):
        assert with_cued_relation(said, CUES[0][0]) is said


CONDITION = {"condition": "the last prisoner is released", "outcome": "the troops leave",
             "relation": "only_if", "who": "Roe", "for": None}  # fmt: skip
SENTENCE = "Roe said the troops would leave only after the last prisoner is released."


@pytest.mark.parametrize(
    ("said", "relations"),
    [
        ([CONDITION], ["after"]),
        ([CONDITION, CONDITION | {"condition": "the road is open"}], ["only_if", "only_if"]),
    ],
)
def test_the_words_of_a_sentence_count_if_it_has_one_condition(
    said: list[dict[str, object]], relations: list[str]
) -> None:
    """With several, the word may belong to any of them."""
    text = SENTENCE if len(said) == 1 else SENTENCE[:-1] + " and the road is open."
    answers = {"condition": said, "position": [], "threat": [], "agreement": []}
    summary = summarize(text, model=Talking(answers), prompt="v2")
    assert [condition.relation for condition in summary.conditions] == relations


class Talking(ScriptedModel):
    """Answers each question with what there is of its kind."""

    def __init__(self, said: dict[str, list[dict[str, object]]]) -> None:
        super().__init__([])
        self._said = said

    async def ask(self, messages: Any, form: Any, sampling: Any) -> Any:
        kind = messages[-1]["content"].rpartition(" ")[2].removesuffix("?")
        self._replies = iter([self._said.get(kind, {"gist": "Troops."})])
        return await super().ask(messages, form, sampling)
