"""The sentence classifier, and the strategy that asks only where it says so."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from communique import Summarizer, stream, summarize
from communique.errors import PromptError
from communique.reading.choosing.classifier import load_classifier, probability
from communique.reading.choosing.cues import cued_value
from communique.reading.choosing.features import BUCKETS, features
from communique.statements import KINDS, Kind, Means, Relation, Stance, Status
from communique.testing import ScriptedModel

VERSIONS = (1, 2)
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


@given(sentence=st.text(max_size=300), version=st.sampled_from(VERSIONS))
def test_probabilities_are_probabilities(sentence: str, version: int) -> None:
    """Any text gets one for each kind."""
    found = load_classifier(version).log_odds(sentence)
    assert tuple(found) == tuple(KINDS)
    assert all(0 <= probability(value) <= 1 for value in found.values())


@pytest.mark.parametrize("kind", EXAMPLES)
@pytest.mark.parametrize("version", VERSIONS)
def test_plain_cases_are_told_apart(kind: str, version: int) -> None:
    """A sentence that plainly makes a statement of a kind is taken for one of it, above all."""
    classifier = load_classifier(version)
    found = classifier.log_odds(EXAMPLES[kind])
    assert max(found, key=lambda k: found[k]) == kind
    assert kind in dict(classifier.kinds(found))


@pytest.mark.parametrize("sentence", NOTHING)
@pytest.mark.parametrize("version", VERSIONS)
def test_plain_sentences_make_no_statement(sentence: str, version: int) -> None:
    """Nothing is asked about weather, figures and proceedings."""
    classifier = load_classifier(version)
    assert classifier.kinds(classifier.log_odds(sentence)) == []


def test_a_threat_with_a_condition_is_a_threat() -> None:
    """The second classifier takes one of the two; the first one took both."""
    classifier = load_classifier("multilingual")
    assert classifier.exclusive == (("condition", "threat"),)
    odds: dict[Kind, float] = {"position": -9, "condition": 2, "threat": 3, "agreement": 4}
    assert [kind for kind, _ in classifier.kinds(odds)] == ["threat", "agreement"]
    assert [kind for kind, _ in classifier.kinds({**odds, "threat": 1})] == [
        "condition",
        "agreement",
    ]


PROMPT_TOML = """
strategy = "sifted"
description = "a test"
[sampling]
max_tokens = 300
"""


@pytest.fixture
def prompt(tmp_path: Path, repository: Path) -> str:
    folder = tmp_path / "sifted"
    folder.mkdir()
    (folder / "prompt.toml").write_text(PROMPT_TOML)
    (folder / "instructions.md").write_text("Fill in the fields.")
    examples = (repository / "prompts" / "v1" / "examples.yaml").read_text(encoding="utf-8")
    (folder / "examples.yaml").write_text(examples, encoding="utf-8")
    return str(folder)


TEXT = f"{NOTHING[0]} {EXAMPLES['position']} {NOTHING[2]} {EXAMPLES['threat']}"
POSITION: dict[str, object] = {"issue": "the new pipeline", "stance": "opposes",
                               "who": "Ruritania", "for": None}  # fmt: skip
THREAT: dict[str, object] = {"action": "sink it", "target": "ships", "if": "a ship enters",
                             "means": "military", "who": "the admiral", "for": None}  # fmt: skip


def script() -> list[dict[str, object] | str | Exception]:
    return [{"gist": "A pipeline."}, POSITION, THREAT]


def test_only_promising_sentences_are_asked_about(prompt: str) -> None:
    """The gist, then one question for each kind that a sentence may make, and no more."""
    model = ScriptedModel(script())
    summary = summarize(TEXT, model=model, prompt=prompt)
    questions = [asked[-1]["content"].rpartition("\n\n")[2] for asked in model.asked]
    assert questions[1:] == [
        f"Sentence 2: {EXAMPLES['position']}\nWhich position?",
        f"Sentence 4: {EXAMPLES['threat']}\nWhich threat?",
    ]
    (position,), (threat,) = summary.positions, summary.threats
    assert (position.actor, position.stance, position.on_behalf_of) == (
        "Ruritania",
        "opposes",
        None,
    )
    assert (threat.trigger, threat.means) == ("a ship enters", "military")
    assert position.evidence[0].text == EXAMPLES["position"]
    assert summary.gist == "A pipeline."


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


def test_the_sentences_words_overrule_the_model(prompt: str) -> None:
    """A model that takes opposition for support does not turn the minister around."""
    model = ScriptedModel([{"gist": "x"}, {**POSITION, "stance": "supports"}])
    summary = summarize(EXAMPLES["position"], model=model, prompt=prompt)
    assert [position.stance for position in summary.positions] == ["opposes"]


def test_what_words_settle_is_not_asked(prompt: str) -> None:
    """A prompt can leave it out of question, answer and examples; it is in the statement."""
    header = Path(prompt) / "prompt.toml"
    header.write_text(PROMPT_TOML.replace("[sampling]", "skip_settled = true\n[sampling]"))
    model = ScriptedModel(
        [
            {"gist": "A pipeline."},
            {k: v for k, v in POSITION.items() if k != "stance"},
            {k: v for k, v in THREAT.items() if k != "means"},
        ]
    )
    summary = summarize(TEXT, model=model, prompt=prompt)
    (position,), (threat,) = summary.positions, summary.threats
    assert position.stance == cued_value("position", EXAMPLES["position"]) == "opposes"
    assert threat.means == cued_value("threat", EXAMPLES["threat"]) == "military"
    answers = [m["content"] for m in model.asked[0] if m["role"] == "assistant"]
    assert any('"stance"' in answer for answer in answers)  # where the words leave it open
    assert any('"issue"' in answer and '"stance"' not in answer for answer in answers)


def test_what_words_leave_open_is_asked(prompt: str) -> None:
    """A field is in the form unless the sentence's words settle it."""
    header = Path(prompt) / "prompt.toml"
    header.write_text(PROMPT_TOML.replace("[sampling]", "skip_settled = true\n[sampling]"))
    text = "The two states' truce was mentioned by the mediator."
    kinds = load_classifier("multilingual").kinds(load_classifier("multilingual").log_odds(text))
    assert [kind for kind, _ in kinds] == ["agreement"]
    assert cued_value("agreement", text) is None
    agreement = {"subject": "truce", "status": "in_force", "parties": ["the two states"]}
    model = ScriptedModel([{"gist": "A truce."}, agreement])
    summary = summarize(text, model=model, prompt=prompt)
    assert [agreement.status for agreement in summary.agreements] == ["in_force"]


@pytest.mark.parametrize("value", ["0", "4", "true", '"1"', "1.0"])
def test_a_classifier_that_does_not_exist(prompt: str, value: str) -> None:
    """The message names the setting."""
    header = Path(prompt) / "prompt.toml"
    header.write_text(PROMPT_TOML.replace("[sampling]", f"classifier = {value}\n[sampling]"))
    with pytest.raises(PromptError, match="classifier"):
        summarize(TEXT, model=ScriptedModel(script()), prompt=prompt)


def test_all_questions_share_their_beginning(prompt: str) -> None:
    """Up to the question itself, so that a server's prompt cache holds for all of them."""
    model = ScriptedModel(script())
    summarize(TEXT, model=model, prompt=prompt)
    first = model.asked[0]
    for asked in model.asked[1:]:
        assert asked[:-1] == first[:-1]
        opening = first[-1]["content"].rpartition("\n\n")[0]
        assert asked[-1]["content"].startswith(opening)


def test_an_article_of_nothing_costs_one_question(prompt: str) -> None:
    """No statement is invented where no sentence promises one."""
    model = ScriptedModel([{"gist": "A mild day."}])
    summary = summarize(" ".join(NOTHING), model=model, prompt=prompt)
    assert summary.statements == ()
    assert len(model.asked) == 1


def test_progress_and_stream(prompt: str) -> None:
    """Each answer is a step, and its statement is there at once."""
    steps: list[tuple[int, Any]] = []
    with Summarizer(model=ScriptedModel(script()), prompt=prompt) as summarizer:
        summarizer.summarize(TEXT, on_progress=lambda s: steps.append((s.done, s.total)))
    assert steps == [(1, 3), (2, 3), (3, 3)]
    model = ScriptedModel(script())
    seen = [(len(model.asked), s.id) for s in stream(TEXT, model=model, prompt=prompt)]
    assert seen == [(2, "position-1"), (3, "threat-1")]


def test_examples_show_the_form(prompt: str) -> None:
    """The examples' answers are what the form asks for, by kind, under its short keys."""
    model = ScriptedModel(script())
    summarize(TEXT, model=model, prompt=prompt)
    turns = model.asked[0]
    answers = [
        (question["content"].rpartition("\n")[2], answer["content"])
        for question, answer in zip(turns[1:-1:2], turns[2:-1:2], strict=True)
    ]
    assert any(q == "Which threat?" and '"if":' in a for q, a in answers)
    assert all("on_behalf_of" not in answer for _, answer in answers)
