"""The conversation: what is read before which question, what stays in view, when a part ends."""

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

from builders import position, row, stated
from communique import Article, Summarizer, stream, summarize
from communique.article import split_sentences
from communique.errors import ArticleError, InvalidReply
from communique.models import Message
from communique.prompts import load_prompt
from communique.reading.conversation import converse, cut_into_passages
from communique.testing import ScriptedModel

PLAIN = "It rained in the hills on Tuesday."
AGAINST = "Ruritania's foreign minister firmly rejected the new pipeline."
SINK = "“If a single ship enters our waters, we will sink it,” the admiral warned."
GIST: dict[str, object] = {"gist": "A pipeline."}
# Two passages: sentences 1 to 5 and 6 to 8.
TEXT = f"{PLAIN} {AGAINST} {PLAIN} {PLAIN} {PLAIN} {PLAIN} {SINK} {PLAIN}"
POSITION = stated("the new pipeline", sentence=2)
THREAT = [row(7, kind="threat", actor="the admiral", on_behalf_of=None, target="ships",
              action="sink it", trigger="a ship enters", means="military")]  # fmt: skip
QUESTION = re.compile(r"\[(\d+)-(\d+)\]\?")
QUESTIONS = load_prompt("v2").questions

PROMPT_TOML = """
strategy = "conversation"
description = "a test"
[sampling]
max_tokens = 300
"""

EXAMPLES = f"""
- text: |
    {TEXT} {PLAIN} {SINK}
  gist: A pipeline and ships.
  statements:
    - {{kind: position, actor: Ruritania, on_behalf_of: null, issue: the pipeline, stance: opposes, sentences: [2]}}
    - {{kind: position, actor: the admiral, on_behalf_of: null, issue: ships, stance: opposes, sentences: [7, 10]}}
- text: {PLAIN}
  gist: Rain.
  statements: []
"""


@pytest.fixture
def prompt(tmp_path: Path, repository: Path) -> str:
    """A prompt in the words of v2, with two examples."""
    folder = tmp_path / "talk"
    folder.mkdir()
    (folder / "prompt.toml").write_text(PROMPT_TOML)
    (folder / "instructions.md").write_text("Fill in the rows.")
    (folder / "examples.yaml").write_text(EXAMPLES, encoding="utf-8")
    text = (repository / "prompts" / "v2" / "questions.toml").read_text(encoding="utf-8")
    (folder / "questions.toml").write_text(text, encoding="utf-8")
    return str(folder)


@cache
def begins_at(prompt: str) -> int:
    """Return the number of messages before an article."""
    model = ScriptedModel([[], GIST])
    summarize(PLAIN, model=model, prompt=prompt)
    return len(model.asked[0]) - 1


def talk(asked: list[Message], prompt: str) -> list[str]:
    """Return the messages about the article itself."""
    return [message["content"] for message in asked[begins_at(prompt) :]]


def read_numbers(turns: list[str]) -> list[int]:
    lines = re.compile(r"^\[(\d+)\] ", re.MULTILINE)
    return [int(n) for turn in turns for n in lines.findall(turn)]


def passage_of(question: str) -> tuple[int, int] | None:
    """Return the first and the last sentence that a question is about; None if about the gist."""
    found = QUESTION.fullmatch(question.rpartition("\n")[2])
    return (int(found[1]), int(found[2])) if found else None


def said(rows: list[Any]) -> str:
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":"))


def test_each_question_follows_its_sentences(prompt: str) -> None:
    """Each sentence is read once, answers stay in view, the gist comes last."""
    model = ScriptedModel([POSITION, THREAT, GIST])
    summary = summarize(TEXT, model=model, prompt=prompt)
    assert talk(model.asked[-1], prompt) == [
        f"[1] {PLAIN}\n[2] {AGAINST}\n[3] {PLAIN}\n[4] {PLAIN}\n[5] {PLAIN}\n\n[1-5]?",
        said(POSITION),
        f"[6] {PLAIN}\n[7] {SINK}\n[8] {PLAIN}\n\n[6-8]?",
        said(THREAT),
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
    summarize(TEXT, model=model, prompt=prompt)
    assert len(model.asked) == 3
    for before, after in itertools.pairwise(model.asked):
        assert after[: len(before)] == before


@given(count=st.integers(1, 60), longest=st.integers(1, 12))
def test_passages(count: int, longest: int) -> None:
    """All sentences in order, each once; none is longer than it may be, except the last by one."""
    sentences = split_sentences("\n".join(["Rain fell."] * count))
    passages = cut_into_passages(sentences, longest)
    assert [s for passage in passages for s in passage] == list(sentences)
    *others, last = map(len, passages)
    assert all(length == longest for length in others)
    assert 1 <= last <= longest + 1
    assert last > 1 or longest == 1 or count == 1


@pytest.mark.parametrize(
    ("count", "asked"),
    [(1, [(1, 1)]), (5, [(1, 5)]), (6, [(1, 6)]), (7, [(1, 5), (6, 7)]), (11, [(1, 5), (6, 11)])],
)
def test_a_sentence_that_is_left_over(count: int, asked: list[tuple[int, int]]) -> None:
    """Joins the passage before; a short article is one passage."""
    model = ScriptedModel([*[[]] * len(asked), GIST])
    summary = summarize(" ".join([PLAIN] * count), model=model, prompt="v2")
    assert [passage_of(m[-1]["content"]) for m in model.asked] == [*asked, None]
    assert summary.statements == ()
    assert summary.gist == "A pipeline."


def test_progress_and_stream(prompt: str) -> None:
    """Each answer is a step, and its statements are there at once."""
    steps: list[tuple[int, Any]] = []
    with Summarizer(model=ScriptedModel([POSITION, THREAT, GIST]), prompt=prompt) as summarizer:
        summarizer.summarize(TEXT, on_progress=lambda s: steps.append((s.done, s.total)))
    assert steps == [(1, 3), (2, 3), (3, 3)]
    model = ScriptedModel([POSITION, THREAT, GIST])
    seen = [(len(model.asked), s.id) for s in stream(TEXT, model=model, prompt=prompt)]
    assert seen == [(1, "position-1"), (2, "threat-1")]


def test_a_statement_may_point_back() -> None:
    """To a sentence of an earlier passage, which is still in view."""
    model = ScriptedModel([[], [row(2, 7)], GIST])
    (found,) = summarize(TEXT, model=model, prompt="v2").positions
    assert [span.text for span in found.evidence] == [AGAINST, SINK]


def test_examples_are_conversations(prompt: str) -> None:
    """Before the article, in the same turns; a statement is told at each of its places."""
    model = ScriptedModel([POSITION, THREAT, GIST])
    summarize(TEXT, model=model, prompt=prompt)
    system, *turns = model.asked[0][:-1]
    assert system == {"role": "system", "content": "Fill in the rows."}
    assert [turn["role"] for turn in turns] == ["user", "assistant"] * 5
    asked = [passage_of(turn["content"]) for turn in turns[::2]]
    assert asked == [(1, 5), (6, 10), None, (1, 1), None]
    assert read_numbers([turn["content"] for turn in turns]) == [*range(1, 11), 1]
    answers = [json.loads(turn["content"]) for turn in turns[1::2]]
    ships = {"actor": "the admiral", "issue": "ships"}
    assert answers == [
        [row(2, issue="the pipeline")],
        [row(7, **ships), row(10, **ships)],
        {"gist": "A pipeline and ships."},
        [],
        {"gist": "Rain."},
    ]


def answers_of(numbers: list[int], count: int) -> list[list[Any]]:
    sentences = split_sentences("\n".join(["Rain fell."] * count))
    turns = converse(sentences, [position(*numbers)], None, QUESTIONS)
    return [json.loads(turn["content"]) for turn in turns[1::2]]


@pytest.mark.parametrize(
    ("numbers", "told"),
    [
        ([2, 3], [[[2, 3]], [], []]),
        ([2, 4], [[[2, 4]], [], []]),
        ([1, 4], [[[1], [4]], [], []]),
        ([5, 6], [[], [[5, 6]], []]),
        ([4, 6, 8], [[], [[4, 6, 8]], []]),
        ([2, 7, 12], [[[2]], [[7]], [[12]]]),
        ([1, 2, 14, 15], [[[1, 2]], [], [[14, 15]]]),
    ],
)
def test_sentences_far_apart_tell_a_statement_twice(numbers: list[int], told: list[Any]) -> None:
    """Neighbours stand together, where the last of them has been read."""
    assert [[row[0] for row in rows] for rows in answers_of(numbers, 15)] == told


@given(st.sets(st.integers(1, 23), min_size=1, max_size=8))
def test_every_sentence_of_a_statement_is_told(numbers: set[int]) -> None:
    """Once, at a question after which it has been read, with a number in the passage."""
    asked = [range(1, 6), range(6, 11), range(11, 16), range(16, 21), range(21, 24)]
    answers = answers_of(sorted(numbers), 23)
    for passage, rows in zip(asked, answers, strict=True):
        assert all(max(row[0]) in passage for row in rows)
    assert sorted(n for rows in answers for row in rows for n in row[0]) == sorted(numbers)


def test_statements_are_told_in_the_order_of_the_text() -> None:
    """By where they end, whatever the order in which annotators wrote them down."""
    sentences = split_sentences("\n".join(["Rain fell."] * 5))
    rows = [position(4, 5), position(3), position(1), position(5)]
    _, answer = converse(sentences, rows, None, QUESTIONS)
    assert [row[0] for row in json.loads(answer["content"])] == [[1], [3], [4, 5], [5]]


COUNT = 300


def number_dams() -> str:
    return " ".join(f"Ruritania opposes dam number {n}." for n in range(1, COUNT + 1))


def oppose_all(question: str) -> Any:
    """Answer with a position for each sentence of the passage."""
    asked = passage_of(question)
    if asked is None:
        return GIST
    return [row(n, issue=f"dam number {n}") for n in range(asked[0], asked[1] + 1)]


def test_a_long_article_is_read_in_parts(prompt: str) -> None:
    """Each sentence is asked about once; a part begins with the sentences before; one gist."""
    context = 8192
    model = ScriptedModel(lambda asked: oppose_all(asked[-1]["content"]), context)
    summary = summarize(number_dams(), model=model, prompt=prompt)
    asked = [passage_of(messages[-1]["content"]) for messages in model.asked]
    passages = [passage for passage in asked if passage is not None]
    assert [n for first, last in passages for n in range(first, last + 1)] == [*range(1, COUNT + 1)]
    assert len(asked) - len(passages) == 1
    begun = [m for m in model.asked if len(m) == begins_at(prompt) + 1]
    assert 1 < len(begun) < 20
    # The gist is that of the first part, which is the beginning.
    at = asked.index(None)
    assert asked[at - 1] == (passages[at - 1][0], passages[at - 1][1])
    assert read_numbers(talk(model.asked[at], prompt)) == [*range(1, passages[at - 1][1] + 1)]
    for messages in begun[1:]:
        question = messages[-1]["content"]
        first, last = passage_of(question) or (0, 0)
        assert read_numbers([question]) == [*range(first - 4, last + 1)]
    for messages in model.asked:
        assert sum(len(m["content"]) for m in messages) / 3.6 < context
    assert len({s.text for p in summary.positions for s in p.evidence}) == COUNT


@given(
    lengths=st.lists(st.integers(1, 900), min_size=1, max_size=40),
    context=st.integers(3600, 6000),
)
def test_it_never_needs_more_than_there_is(lengths: list[int], context: int) -> None:
    """Whatever the sentences' lengths, each question fits, and shows what it asks about."""
    text = "\n".join(f"Ruritania opposes the dam {'x' * length} today." for length in lengths)
    model = ScriptedModel(lambda asked: [] if passage_of(asked[-1]["content"]) else GIST, context)
    summarize(text, model=model, prompt="v2")
    asked: list[int] = []
    for messages in model.asked:
        turns = talk(messages, "v2")
        passage = passage_of(turns[-1])
        if passage is not None:
            numbers = range(passage[0], passage[1] + 1)
            asked += numbers
            assert set(numbers) <= set(read_numbers(turns[-1:]))
        assert max(read_numbers(turns)) <= asked[-1]
        characters = sum(len(message["content"]) for message in messages)
        assert characters / 3.6 < context - load_prompt("v2").sampling.max_tokens
    assert asked == [*range(1, len(lengths) + 1)]


def test_a_sentence_that_is_too_long(prompt: str) -> None:
    """Is an error before anything is asked."""
    text = f"{AGAINST} " + "very " * 8000 + "long."
    model = ScriptedModel([], 6000)
    with pytest.raises(ArticleError, match=r"sentence 2 of the article is too long.*larger"):
        summarize(text, model=model, prompt=prompt)
    assert model.asked == []


def test_an_article_cannot_end_a_message(prompt: str) -> None:
    """Control tokens are broken in what is read, and in the answers that quote them."""
    model = ScriptedModel([stated("the <|im_end|> pipeline"), GIST])
    summarize(f"{AGAINST} <|im_end|>", model=model, prompt=prompt)
    assert not any("<|im_end|>" in turn for turn in talk(model.asked[-1], prompt))


def test_an_invalid_answer_costs_its_own_passage_only() -> None:
    """It is shown as rejected, with the sentences and the reason; the next question is asked."""
    model = ScriptedModel(["I'd rather chat.", THREAT, GIST])
    summary = summarize(TEXT, model=model, prompt="v2")
    assert summary.positions == ()
    assert [threat.action for threat in summary.threats] == ["sink it"]
    assert summary.gist == "A pipeline."
    (rejected,) = summary.rejected
    passage = Article(text=TEXT).sentences[:5]
    assert [(span.start, span.end) for span in rejected.evidence] == [
        (sentence.start, sentence.end) for sentence in passage
    ]
    assert rejected.reply["answer"] == "I'd rather chat."
    assert "JSON" in rejected.reason
    assert summary.provenance.usage.calls == len(model.asked) == 3
    # What the model sees of it is that there was nothing.
    assert talk(model.asked[-1], "v2")[1] == "[]"


def test_a_model_that_cannot_fill_in_forms_is_an_error() -> None:
    """Two invalid answers in a row end the article; what was rejected is in the partial summary."""
    model = ScriptedModel(["I'd rather chat.", "No, really.", GIST])
    with pytest.raises(InvalidReply) as caught:
        summarize(TEXT, model=model, prompt="v2")
    assert caught.value.raw_replies == ("I'd rather chat.", "No, really.")
    assert caught.value.partial is not None
    assert len(caught.value.partial.rejected) == 2


def test_invalid_answers_that_are_not_in_a_row() -> None:
    """Each is rejected; the article is read to its end."""
    text = " ".join([TEXT] * 2)  # 16 sentences: 1-5, 6-10, 11-16
    model = ScriptedModel(["Hm.", POSITION, "Hm.", GIST])
    summary = summarize(text, model=model, prompt="v2")
    assert [len(item.evidence) for item in summary.rejected] == [5, 6]
    assert len(summary.positions) == 1
    assert summary.gist == "A pipeline."
