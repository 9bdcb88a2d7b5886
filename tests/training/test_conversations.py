"""Training conversations: the same as the product's, with questions that have no answer."""

from __future__ import annotations

import json
import random
import re
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from communique import summarize
from communique.prompts import default_version, load_prompt
from communique.statements import KINDS
from communique.testing import ScriptedModel
from communique_training.articles import LabelledArticle, LabelledStatement
from communique_training.conversations import (
    NONE,
    Question,
    choose_questions,
    converse,
    to_conversation,
)
from communique_training.labelled import read_articles

PROMPT = load_prompt(default_version("local"))
ALL = list(read_articles("adapter"))
PLAIN = "It rained in the hills on Tuesday."
AGAINST = "Ruritania's foreign minister firmly rejected the new pipeline."
SINK = "“If a single ship enters our waters, we will sink it,” the admiral warned."
QUESTION = re.compile(r"\[(\d+)\] (\w+)\?$")


def article(*sentences: str, statements: tuple[LabelledStatement, ...] = ()) -> LabelledArticle:
    return LabelledArticle("x-1", "en", sentences, statements, "A pipeline.")


def against(number: int, issue: str = "the new pipeline") -> LabelledStatement:
    reply = KINDS["position"].reply.model_validate(
        {"kind": "position", "actor": "Ruritania", "on_behalf_of": None, "stance": "opposes", "issue": issue}
    )  # fmt: skip
    return LabelledStatement("position", reply, (number,))


def asked_in(messages: list[dict[str, str]]) -> list[tuple[int, str]]:
    found = [QUESTION.search(m["content"]) for m in messages if m["role"] == "user"]
    return [(int(match[1]), match[2]) for match in found if match]


def test_training_and_product_hold_the_same_conversation() -> None:
    """Turn by turn, from the instructions to the question for the gist."""
    sentences = [*[PLAIN] * 9, AGAINST, PLAIN, SINK, *[PLAIN] * 3]
    statements = (against(10), against(10, "any pipeline"))
    answer = [
        {"issue": issue, "stance": "opposes", "who": "Ruritania", "for": None}
        for issue in ("the new pipeline", "any pipeline")
    ]
    model = ScriptedModel([answer, [], {"gist": "A pipeline."}])
    summary = summarize(" ".join(sentences), model=model, prompt=default_version("local"))
    product = model.asked[-1]
    assert [sentence.text for sentence in summary.article.sentences] == sentences
    assert asked_in(product) == [(10, "position"), (12, "threat")]
    questions = [
        Question(9, "position", json.dumps(answer, separators=(",", ":"))),
        Question(11, "threat", NONE),
    ]
    whole = article(*sentences, statements=statements)
    *training, gist = converse(whole, questions, PROMPT)
    assert training == product
    assert gist == {"role": "assistant", "content": '{"gist":"A pipeline."}'}
    (own, *_) = [q for q in choose_questions(whole, random.Random(1)) if q.index == 9]
    assert own == questions[0]


def test_every_statement_is_an_answer() -> None:
    """Each sentence that proves one is asked about; what is asked beside that has the answer none."""
    for labelled in ALL[::7]:
        made = Counter((n - 1, s.kind) for s in labelled.statements for n in s.sentences)
        questions = choose_questions(labelled, random.Random(labelled.name))
        places = [(question.index, question.kind) for question in questions]
        assert len(set(places)) == len(places)
        assert places == sorted(places, key=lambda place: (place[0], [*KINDS].index(place[1])))
        answers = {place: json.loads(q.answer) for place, q in zip(places, questions, strict=True)}
        assert {place: len(found) for place, found in answers.items() if found} == dict(made)


@given(st.integers(0, 12), st.integers())
def test_how_many_have_no_answer(count: int, seed: int) -> None:
    """One for two questions with statements and one more; a few where there is nothing at all."""
    statements = tuple(against(n) for n in range(1, count + 1))
    whole = article(*[AGAINST] * count, *[PLAIN] * 9, statements=statements)
    answers = [q.answer for q in choose_questions(whole, random.Random(seed))]
    assert answers.count(NONE) == (1 + round(count / 2) if count else 4)


def test_what_looks_like_a_statement_is_asked_more_often() -> None:
    """The words of a threat draw the question for a threat."""
    whole = article(*[PLAIN] * 9, SINK, *[PLAIN] * 9)
    drawn = Counter(
        (question.index, question.kind)
        for seed in range(60)
        for question in choose_questions(whole, random.Random(seed))
    )
    assert drawn.most_common(1)[0][0] == (9, "threat")


def test_a_sentence_with_too_many_statements_keeps_the_first() -> None:
    """As many as the form allows."""
    whole = article(AGAINST, statements=tuple(against(1, f"dam {n}") for n in range(9)))
    (question, *_) = choose_questions(whole, random.Random(1))
    assert [item["issue"] for item in json.loads(question.answer)] == [f"dam {n}" for n in range(5)]


def test_an_article_without_a_gist_ends_without_the_question() -> None:
    """Real news has none."""
    bare = LabelledArticle("x", "en", (AGAINST,), (against(1),), None)
    assert QUESTION.search(
        converse(bare, choose_questions(bare, random.Random(1)), PROMPT)[-2]["content"]
    )


def test_it_is_the_same_each_time() -> None:
    """What is drawn by chance depends on the article's name."""
    assert to_conversation(ALL[5], PROMPT) == to_conversation(ALL[5], PROMPT)
