"""The prompt of hosted models: its examples are answers that the library accepts as they are."""

from __future__ import annotations

import json
from itertools import combinations

import pytest

from communique import Position, Statement, summarize
from communique.models import Message
from communique.prompts import Example, default_version, load_prompt
from communique.testing import ScriptedModel

VERSION = default_version("openai")
EXAMPLES = load_prompt(VERSION).examples

MOST_CHARACTERS = 14_000
"""About 3,500 tokens."""


def messages() -> list[Message]:
    """Return the messages that a model gets before an article."""
    model = ScriptedModel([{"gist": "Talks failed.", "statements": []}])
    summarize("The talks failed.", model=model, prompt=VERSION)
    return model.asked[0][:-1]


def fields(statement: Statement) -> str:
    """Return what an example says of a statement, and its evidence."""
    said = statement.model_dump(exclude={"id", "summary", "attribution", "confidence"})
    return json.dumps(said, sort_keys=True)


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_an_answer_like_the_example_is_accepted_whole(number: int) -> None:
    """A model that answers as shown loses nothing: no rejection, no changed field."""
    example = EXAMPLES[number]
    answer = messages()[2 + 2 * number]["content"]
    summary = summarize(example.article, model=ScriptedModel([answer]), prompt=VERSION)
    assert summary.rejected == ()
    assert summary.gist == example.gist
    expected = sorted(fields(item.statement) for item in example.statements)
    assert sorted(map(fields, summary.statements)) == expected


def test_one_example_has_nothing() -> None:
    """A model is shown that an article may report no statement."""
    assert [example for example in EXAMPLES if not example.statements]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.gist[:20])
def test_a_conditional_position_stands_beside_its_condition(example: Example) -> None:
    """Whoever would accept something on a condition gets both statements, with one evidence."""
    conditions = {
        (item.statement.actor, item.sentences)
        for item in example.statements
        if item.statement.kind == "condition"
    }
    for item in example.statements:
        if isinstance(item.statement, Position) and item.statement.stance == "conditional":
            assert (item.statement.actor, item.sentences) in conditions


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.gist[:20])
def test_statements_of_one_kind_differ_in_more_than_their_sentences(example: Example) -> None:
    """One statement, once: a repeat is more evidence of it."""
    said = [item.statement.model_copy(update={"evidence": ()}) for item in example.statements]
    assert all(one != other for one, other in combinations(said, 2))


def test_what_is_paid_for_each_article_is_bounded() -> None:
    """The messages before an article stay short, since each request has them."""
    assert sum(len(message["content"]) for message in messages()) <= MOST_CHARACTERS
