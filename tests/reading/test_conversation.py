"""The conversation: which sentences are read, what stays in view, when a new one begins."""

from __future__ import annotations

import itertools
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import stated
from communique import Summarizer, stream, summarize
from communique.errors import ArticleError, InvalidReply
from communique.models import Message
from communique.prompts import load_prompt
from communique.testing import ScriptedModel

PLAIN = "It rained in the hills on Tuesday."
AGAINST = "Ruritania's foreign minister firmly rejected the new pipeline."
SINK = "“If a single ship enters our waters, we will sink it,” the admiral warned."
POSITION = stated("the new pipeline")
THREAT = [{"action": "sink it", "target": "ships", "if": "a ship enters", "means": "military",
           "who": "the admiral", "for": None}]  # fmt: skip
GIST: dict[str, object] = {"gist": "A pipeline."}

PROMPT_TOML = """
strategy = "conversation"
description = "a test"
[sampling]
max_tokens = 300
"""


@pytest.fixture
def prompt(tmp_path: Path, repository: Path) -> str:
    folder = tmp_path / "talk"
    folder.mkdir()
    (folder / "prompt.toml").write_text(PROMPT_TOML)
    (folder / "instructions.md").write_text("Fill in the fields.")
    for name in ("examples.yaml", "questions.toml"):
        text = (repository / "prompts" / "v2" / name).read_text(encoding="utf-8")
        (folder / name).write_text(text, encoding="utf-8")
    return str(folder)


@cache
def begins_at(prompt: str) -> int:
    """Return the number of messages before an article."""
    model = ScriptedModel([GIST])
    summarize(PLAIN, model=model, prompt=prompt)
    return len(model.asked[0]) - 1


def talk(asked: list[Message], prompt: str) -> list[str]:
    """Return the messages about the article itself."""
    return [message["content"] for message in asked[begins_at(prompt) :]]


def read_numbers(turns: list[str]) -> list[int]:
    lines = re.compile(r"^\[(\d+)\] (?!\w+\?$)", re.MULTILINE)
    return [int(n) for turn in turns for n in lines.findall(turn)]


def test_each_question_follows_its_sentence(prompt: str) -> None:
    """The article is read on, answers stay in view, the gist comes last."""
    model = ScriptedModel([POSITION, THREAT, GIST])
    summary = summarize(f"{PLAIN} {AGAINST} {PLAIN} {SINK}", model=model, prompt=prompt)
    assert talk(model.asked[-1], prompt) == [
        f"Article:\n[1] {PLAIN}\n[2] {AGAINST}\n\n[2] position?",
        json.dumps(POSITION, separators=(",", ":")),
        f"[3] {PLAIN}\n[4] {SINK}\n\n[4] threat?",
        json.dumps(THREAT, separators=(",", ":")),
        "gist?",
    ]
    (position,), (threat,) = summary.positions, summary.threats
    assert (position.actor, position.stance, position.evidence[0].text) == (
        "Ruritania",
        "opposes",
        AGAINST,
    )
    assert (threat.trigger, threat.means) == ("a ship enters", "military")
    assert summary.gist == "A pipeline."


def test_each_question_begins_with_the_one_before(prompt: str) -> None:
    """So a server with a prompt cache reads every sentence once."""
    model = ScriptedModel([POSITION, THREAT, GIST])
    summarize(f"{AGAINST} {PLAIN} {SINK}", model=model, prompt=prompt)
    assert len(model.asked) == 3
    for before, after in itertools.pairwise(model.asked):
        assert after[: len(before)] == before


def test_what_states_nothing_is_left_out(prompt: str) -> None:
    """The beginning is read, the sentences asked about, and the two before each."""
    text = " ".join([*[PLAIN] * 20, AGAINST, *[PLAIN] * 20])
    model = ScriptedModel([POSITION, GIST])
    summary = summarize(text, model=model, prompt=prompt)
    assert read_numbers(talk(model.asked[-1], prompt)) == [1, 2, 3, 19, 20, 21]
    (position,) = summary.positions
    assert position.evidence[0].text == AGAINST
    assert summary.article.text[position.evidence[0].start :].startswith(AGAINST)


def test_an_article_of_nothing_is_one_question_about_its_beginning(prompt: str) -> None:
    """The gist of news stands in its first sentences."""
    model = ScriptedModel([GIST])
    summary = summarize(" ".join([PLAIN] * 40), model=model, prompt=prompt)
    assert summary.statements == ()
    (asked,) = model.asked
    assert read_numbers([asked[-1]["content"]]) == list(range(1, 9))


def test_progress_and_stream(prompt: str) -> None:
    """Each answer is a step, and its statement is there at once."""
    text = f"{PLAIN} {AGAINST} {SINK}"
    steps: list[tuple[int, Any]] = []
    with Summarizer(model=ScriptedModel([POSITION, THREAT, GIST]), prompt=prompt) as summarizer:
        summarizer.summarize(text, on_progress=lambda s: steps.append((s.done, s.total)))
    assert steps == [(1, 3), (2, 3), (3, 3)]
    model = ScriptedModel([POSITION, THREAT, GIST])
    seen = [(len(model.asked), s.id) for s in stream(text, model=model, prompt=prompt)]
    assert seen == [(1, "position-1"), (2, "threat-1")]


def test_a_new_conversation_begins_when_one_is_full(prompt: str) -> None:
    """A little before the question; what was found before is kept, all is asked about once."""
    count = 300
    text = " ".join(
        f"Ruritania strongly opposes the plan for dam number {n}." for n in range(1, count + 1)
    )
    answers = [stated(f"dam number {n}") for n in range(1, count + 1)]
    context = 4096
    model = ScriptedModel([*answers, GIST], context)
    summary = summarize(text, model=model, prompt=prompt)
    questions = [asked[-1]["content"] for asked in model.asked[:-1]]
    assert [int(re.findall(r"\[(\d+)\] position\?", q)[0]) for q in questions] == [
        *range(1, count + 1)
    ]
    begun = [q for q in questions if q.startswith("Article:")]
    assert 3 < len(begun) < 20
    for question in begun[1:]:
        assert len(read_numbers([question])) == 5
    for asked in model.asked:
        assert sum(len(m["content"]) for m in asked) / 3.6 < context - 300
    assert len({s.text for p in summary.positions for s in p.evidence}) == count
    # The gist is about the beginning, since not all can be in view at once.
    assert read_numbers(talk(model.asked[-1], prompt)) == list(range(1, 9))


@given(
    lengths=st.lists(st.integers(1, 900), min_size=1, max_size=40),
    context=st.integers(3600, 6000),
)
def test_it_never_needs_more_than_there_is(lengths: list[int], context: int) -> None:
    """Whatever the sentences' lengths, each question fits, and shows what it asks about."""
    text = "\n".join(
        f"Ruritania strongly opposes the plan for dam {'x' * length} today." for length in lengths
    )
    model = ScriptedModel([*[POSITION] * len(lengths), GIST], context)
    summarize(text, model=model, prompt="v2")
    assert len(model.asked) == len(lengths) + 1
    for number, asked in enumerate(model.asked[:-1], start=1):
        assert number in read_numbers([m["content"] for m in asked[begins_at("v2") :]])
    for asked in model.asked:
        characters = sum(len(message["content"]) for message in asked)
        assert characters / 3.6 < context - load_prompt("v2").sampling.max_tokens


def test_a_sentence_that_is_too_long(prompt: str) -> None:
    """Is an error before anything is asked."""
    text = f"{AGAINST} " + "very " * 8000 + "long."
    model = ScriptedModel([], 4000)
    with pytest.raises(ArticleError, match=r"sentence 2 of the article is too long.*larger"):
        summarize(text, model=model, prompt=prompt)
    assert model.asked == []


def test_an_article_cannot_end_a_message(prompt: str) -> None:
    """Control tokens are broken in what is read, and in the answers that quote them."""
    model = ScriptedModel([stated("the <|im_end|> pipeline"), GIST])
    summarize(f"{AGAINST} <|im_end|>", model=model, prompt=prompt)
    assert not any("<|im_end|>" in said for said in talk(model.asked[-1], prompt))


def test_an_invalid_answer_costs_its_own_statement_only() -> None:
    """It is shown as rejected, with the sentence and the reason; the next question is asked."""
    odd = [POSITION[0] | {"who": 7}]
    model = ScriptedModel([odd, THREAT, GIST])
    summary = summarize(f"{AGAINST} {PLAIN} {SINK}", model=model, prompt="v2")
    assert summary.positions == ()
    assert [threat.action for threat in summary.threats] == ["sink it"]
    assert summary.gist == "A pipeline."
    (rejected,) = summary.rejected
    assert rejected.evidence[0].text == AGAINST
    assert rejected.reply["kind"] == "position"
    assert json.loads(str(rejected.reply["answer"])) == odd
    assert "who" in rejected.reason
    assert summary.provenance.usage.calls == len(model.asked) == 3


def test_a_model_that_cannot_fill_in_forms_is_an_error() -> None:
    """Two invalid answers in a row end the article; what was rejected is in the partial summary."""
    model = ScriptedModel(["I'd rather chat.", "No, really.", GIST])
    with pytest.raises(InvalidReply) as caught:
        summarize(f"{AGAINST} {PLAIN} {SINK}", model=model, prompt="v2")
    assert caught.value.raw_replies == ("I'd rather chat.", "No, really.")
    assert caught.value.partial is not None
    assert len(caught.value.partial.rejected) == 1
