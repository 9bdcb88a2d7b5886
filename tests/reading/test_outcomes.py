"""Outcomes that a model left out are taken from the sentence, where it states them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import builders
from builders import summary_of
from communique.reading.outcomes import stated_outcome
from communique.statements import KINDS

FOUND = [
    ("The border stays shut until the last convoy is home.", "until",
     "the last convoy is home", "The border stays shut"),
    ("But the levy will rise unless Ulmia opens its ports, Ana Ruiz said.", "unless",
     "Ulmia opens its ports", "the levy will rise"),
    ("Unless the strait is cleared, no ship will sail, the admiral warned.", "unless",
     "the strait is cleared", "no ship will sail"),
    ("Gen. Omar Hesh said that his men would leave after the vote is held.", "after",
     "the vote is held", "his men would leave"),
    ("“We will free the crew if the fleet turns back,” she said.", "if",
     "the fleet turns back", "We will free the crew"),
    ("Once the mines are swept, tankers may pass.", "after", "the mines are swept", "tankers may pass"),
    ("El puerto seguirá cerrado hasta que salgan las tropas.", "until",
     "salgan las tropas", "El puerto seguirá cerrado"),
    ("Elle a dit qu'aucun navire ne partirait avant que le détroit ne soit ouvert.", "before",
     "le détroit est ouvert", "aucun navire ne partirait"),
]  # fmt: skip

NOT_FOUND = [
    ("The dam must go.", "until", "the dam goes"),  # no word for it
    ("Until then.", "until", "then"),
    ("They left after dinner, and the dam must go.", "before", "the dam goes"),
    ("The mines are swept until noon.", "until", "The mines are swept"),  # another one's cue
    ("", "if", "x"),
]


@pytest.mark.parametrize(("sentence", "relation", "condition", "outcome"), FOUND)
def test_the_outcome_is_what_the_sentence_says(
    sentence: str, relation: str, condition: str, outcome: str
) -> None:
    """It stands on the other side of the words for the relation, without who says so."""
    assert stated_outcome(sentence, condition, relation) == outcome


@pytest.mark.parametrize(("sentence", "relation", "condition"), NOT_FOUND)
def test_nothing_is_made_up(sentence: str, relation: str, condition: str) -> None:
    """Without words for the relation, or without other words, a sentence has no outcome."""
    assert stated_outcome(sentence, condition, relation) is None


@given(st.text(max_size=80), st.text(max_size=20), st.sampled_from(KINDS["condition"].values))
def test_an_outcome_is_the_sentences_own_words(
    sentence: str, condition: str, relation: str
) -> None:
    """Whatever the sentence is."""
    for text in (sentence, f"{sentence} unless {condition}", f"Until {condition}, {sentence}"):
        outcome = stated_outcome(text, condition, relation)
        assert outcome is None or (outcome and outcome in text)


@pytest.mark.parametrize(("sentence", "relation", "condition", "outcome"), FOUND[:2])
def test_a_condition_without_its_outcome_is_completed(
    sentence: str, relation: str, condition: str, outcome: str
) -> None:
    """A statement that would else have to become a bare demand keeps its relation."""
    said = {"actor": sentence.split()[-2], "outcome": None, "relation": relation}
    (found,) = summary_of(sentence, builders.condition(**said, condition=condition)).conditions
    assert (found.outcome, found.relation) == (outcome, relation)
