"""The sentence classifier by words, and the cues that settle an enumerated field."""

from __future__ import annotations

import math
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import stated
from communique import summarize
from communique.reading.choosing.classifier import load_classifier, probability
from communique.reading.choosing.cues import cued_value
from communique.reading.choosing.features import BUCKETS, features
from communique.statements import KINDS, Kind, Means, Relation, Stance, Status
from communique.testing import ScriptedModel

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


CUES = [
    ("condition", "Nothing is signed unless the port is opened.", "unless"),
    ("condition", "The strait stays closed until the last mine is swept.", "until"),
    ("condition", "They will talk only after the guns fall silent.", "after"),
    ("condition", "All vessels must leave the area.", "only_if"),
    ("condition", "No firmaremos hasta que salgan las tropas.", "until"),
    ("threat", "We will expel their ambassador.", "diplomatic"),
    ("threat", "Duties on steel will be doubled.", "economic"),
    ("threat", "Our artillery will answer.", "military"),
    ("agreement", "The treaty expired in January.", "ended"),
    ("agreement", "The pact has been on ice since the spring.", "suspended"),
    ("agreement", "The two sides are still negotiating a truce.", "negotiating"),
    ("agreement", "L'accord reste en vigueur.", "in_force"),
    ("position", "The minister came out against the dam.", "opposes"),
    ("position", "Poland backed the plan.", "supports"),
    ("position", "Nebel hung over the river.", None),
]


@pytest.mark.parametrize(("kind", "sentence", "value"), CUES)
def test_words_that_settle_a_field(kind: Kind, sentence: str, value: str | None) -> None:
    """The value is what the sentence's words say, or not known."""
    assert cued_value(kind, sentence) == value


@given(sentence=st.text(max_size=200), kind=st.sampled_from([*KINDS]))
def test_a_cue_leads_to_a_value_of_the_field(sentence: str, kind: Kind) -> None:
    """Whatever the text."""
    replies = {"position": Stance, "condition": Relation, "threat": Means, "agreement": Status}
    assert cued_value(kind, sentence) in {None, *get_args(replies[kind])}


def test_every_cue_is_for_a_value_that_exists() -> None:
    """The table of cues holds to the enumerations, all of which have cues but 'other'."""
    import tomllib
    from importlib.resources import files

    table = tomllib.loads(
        files("communique.reading.choosing").joinpath("cues.toml").read_text("utf-8")
    )
    assert {row["value"] for row in table["position"]} == set(get_args(Stance))
    assert {row["value"] for row in table["condition"]} == set(get_args(Relation))
    assert {row["value"] for row in table["threat"]} == set(get_args(Means)) - {"other"}
    assert {row["value"] for row in table["agreement"]} == set(get_args(Status))


POSITION = stated("the new pipeline")
THREAT: dict[str, object] = {"action": "sink it", "target": "ships", "if": "a ship enters",
                             "who": "the admiral", "for": None}  # fmt: skip


def test_what_words_settle_is_not_asked() -> None:
    """It is left out of question, answer and examples, and stands in the statement."""
    text = f"{EXAMPLES['position']} {EXAMPLES['threat']}"
    model = ScriptedModel([POSITION, THREAT, {"gist": "A pipeline."}])
    summary = summarize(text, model=model, prompt="v2")
    (position,), (threat,) = summary.positions, summary.threats
    assert position.stance == cued_value("position", EXAMPLES["position"]) == "opposes"
    assert threat.means == cued_value("threat", EXAMPLES["threat"]) == "military"


def test_what_words_leave_open_is_asked() -> None:
    """A field is in the form unless the sentence's words settle it."""
    text = "The two states' truce was mentioned by the mediator."
    classifier = load_classifier("multilingual")
    assert [kind for kind, _ in classifier.kinds(classifier.log_odds(text))] == ["agreement"]
    assert cued_value("agreement", text) is None
    agreement = {"subject": "truce", "status": "in_force", "parties": ["the two states"]}
    model = ScriptedModel([agreement, {"gist": "A truce."}])
    summary = summarize(text, model=model, prompt="v2")
    assert [agreement.status for agreement in summary.agreements] == ["in_force"]
