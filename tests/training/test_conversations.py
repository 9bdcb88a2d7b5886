"""Training conversations: the same as the product's, turn by turn."""

from __future__ import annotations

import json
import re

import pytest

from communique import summarize
from communique.prompts import default_version, load_prompt
from communique.reading.forms import InvalidItem, statements_reply
from communique.statements import KINDS
from communique.testing import ScriptedModel
from communique_training import conversations
from communique_training.articles import LabelledArticle, LabelledStatement
from communique_training.conversations import to_conversation

PROMPT = load_prompt(default_version("local"))
PLAIN = "It rained in the hills on Tuesday."
AGAINST = "Ruritania's foreign minister firmly rejected the new pipeline."
QUESTION = re.compile(r"\[(\d+)-(\d+)\]\?$")


def article(
    *sentences: str,
    statements: tuple[LabelledStatement, ...] = (),
    gist: str | None = "A pipeline.",
) -> LabelledArticle:
    return LabelledArticle("x-1", "en", sentences, statements, gist)


def against(*numbers: int, issue: str = "the new pipeline") -> LabelledStatement:
    reply = KINDS["position"].reply.model_validate(
        {"kind": "position", "actor": "Ruritania", "on_behalf_of": None, "stance": "opposes", "issue": issue}
    )  # fmt: skip
    return LabelledStatement("position", reply, numbers)


@pytest.fixture
def as_the_product(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passages have one length, that of the product."""
    monkeypatch.setattr(conversations, "_LENGTHS", (5,))


@pytest.mark.usefixtures("as_the_product")
def test_training_and_product_hold_the_same_conversation() -> None:
    """Turn by turn, from the instructions to the question for the gist."""
    sentences = [*[PLAIN] * 6, AGAINST, PLAIN, AGAINST, *[PLAIN] * 7]
    statements = (against(7, 9), against(9, issue="any pipeline"), against(1, 16, issue="rain"))
    *training, gist = to_conversation(article(*sentences, statements=statements), PROMPT).messages
    answers = [turn["content"] for turn in training if turn["role"] == "assistant"]
    model = ScriptedModel([*answers, {"gist": "A pipeline."}])
    summary = summarize(" ".join(sentences), model=model, prompt=default_version("local"))
    assert [sentence.text for sentence in summary.article.sentences] == sentences
    assert training == model.asked[-1]
    assert gist == {"role": "assistant", "content": '{"gist":"A pipeline."}'}
    assert [[(row[0], row[2]) for row in json.loads(answer)] for answer in answers] == [
        [([1], "rain")],
        [([7, 9], "the new pipeline"), ([9], "any pipeline")],
        [([16], "rain")],
    ]


def test_every_article_is_a_conversation_that_the_product_could_hold(
    labelled_articles: list[LabelledArticle],
) -> None:
    """Each sentence is read and asked about once, and each answer has the form that is asked for."""
    for labelled in labelled_articles[::5]:
        system, *turns = to_conversation(labelled, PROMPT).messages
        assert system == {"role": "system", "content": PROMPT.instructions}
        *passages, gist = zip(turns[::2], turns[1::2], strict=True)
        assert gist[0]["content"] == PROMPT.questions.gist
        assert json.loads(gist[1]["content"]) == {"gist": labelled.gist}
        asked: list[int] = []
        told: set[tuple[str, int]] = set()
        for question, answer in passages:
            found = QUESTION.search(question["content"])
            assert found
            asked += range(int(found[1]), int(found[2]) + 1)
            for row in json.loads(answer["content"]):
                (item,) = statements_reply().model_validate([row]).root
                assert not isinstance(item, InvalidItem), labelled.name
                numbers: list[int] = item.model_dump()["sentences"]
                assert max(numbers) in range(int(found[1]), int(found[2]) + 1)
                told |= {(item.kind, number) for number in numbers}
        assert asked == [*range(1, len(labelled.sentences) + 1)]
        assert told == {(s.kind, number) for s in labelled.statements for number in s.sentences}


def test_an_article_without_a_gist_ends_without_the_question() -> None:
    """Real news has none."""
    bare = article(AGAINST, statements=(against(1),), gist=None)
    *_, question, answer = to_conversation(bare, PROMPT).messages
    assert QUESTION.search(question["content"])
    assert json.loads(answer["content"])[0][2] == "the new pipeline"


def test_passages_have_several_lengths(
    labelled_articles: list[LabelledArticle],
) -> None:
    """That of the product most often."""
    lengths = [
        int(match[2])
        for labelled in labelled_articles
        if len(labelled.sentences) > 12
        and (match := QUESTION.search(to_conversation(labelled, PROMPT).messages[1]["content"]))
    ]
    assert len(set(lengths)) > 3
    assert max(set(lengths), key=lengths.count) == 5


def test_it_is_the_same_each_time(
    labelled_articles: list[LabelledArticle],
) -> None:
    """What is drawn by chance depends on the article's name."""
    assert to_conversation(labelled_articles[5], PROMPT) == to_conversation(
        labelled_articles[5], PROMPT
    )
