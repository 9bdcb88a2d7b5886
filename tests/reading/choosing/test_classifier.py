"""The sentence classifier by words."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from communique.reading.choosing.classifier import load_classifier, probability
from communique.reading.choosing.features import BUCKETS, features
from communique.statements import KINDS, Kind

LANGUAGES = ("english", "multilingual")
EXAMPLES = {
    "position": "Ruritania's foreign minister said her country firmly opposes the new pipeline.",
    "condition": "He said the troops would leave only after the last prisoner is released.",
    "threat": "“If a single ship enters our waters, we will sink it,” the admiral warned.",
    "agreement": "The two governments signed a ceasefire agreement that takes effect on Monday.",
}
NOTHING = [
    "The weather was mild for November.",
    "About 300 people attended the concert in the old harbour.",
    "The talks lasted nine hours.",
]


@given(sentence=st.text(max_size=300), previous=st.text(max_size=100))
def test_features_are_a_unit_vector(sentence: str, previous: str) -> None:
    """Any text is a vector of length about 1 (shared buckets aside), or empty."""
    vector = features(sentence, previous)
    assert all(0 <= bucket < BUCKETS for bucket in vector)
    assert all(weight > 0 for weight in vector.values())
    if vector:
        assert math.sqrt(sum(w * w for w in vector.values())) == pytest.approx(1, abs=0.25)


@given(sentence=st.text(max_size=300), language=st.sampled_from(LANGUAGES))
def test_probabilities_are_probabilities(sentence: str, language: Any) -> None:
    """Any text gets one for each kind."""
    found = load_classifier(language).log_odds(sentence)
    assert tuple(found) == tuple(KINDS)
    assert all(0 <= probability(value) <= 1 for value in found.values())


@pytest.mark.parametrize("kind", EXAMPLES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_plain_cases_are_told_apart(kind: str, language: Any) -> None:
    """A sentence that plainly makes a statement of a kind is taken for one of it, above all."""
    classifier = load_classifier(language)
    found = classifier.log_odds(EXAMPLES[kind])
    assert max(found, key=lambda k: found[k]) == kind
    assert kind in dict(classifier.kinds(found))


@pytest.mark.parametrize("sentence", NOTHING)
@pytest.mark.parametrize("language", LANGUAGES)
def test_plain_sentences_make_no_statement(sentence: str, language: Any) -> None:
    """Nothing is asked about weather, figures and proceedings."""
    classifier = load_classifier(language)
    assert classifier.kinds(classifier.log_odds(sentence)) == []


def test_a_threat_with_a_condition_is_a_threat() -> None:
    """Only the likelier of the two is asked for."""
    classifier = load_classifier("multilingual")
    assert classifier.exclusive == (("condition", "threat"),)
    odds: dict[Kind, float] = {"position": -9, "condition": 2, "threat": 3, "agreement": 4}
    assert [kind for kind, _ in classifier.kinds(odds)] == ["threat", "agreement"]
    assert [kind for kind, _ in classifier.kinds({**odds, "threat": 1})] == [
        "condition",
        "agreement",
    ]
