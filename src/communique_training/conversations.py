"""Articles as the conversations in which the product asks about them.

The turns are made by the code that makes them in the product, from the released prompt, so that
the adapter is trained on what it will be asked.
"""

from __future__ import annotations

import heapq
import math
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from communique.article import Sentence
from communique.models import Message
from communique.prompts import Prompt
from communique.reading.choosing.classifier import load_classifier
from communique.reading.conversation import Talk, conversation_prefix, worth_reading
from communique.reading.forms import MOST_IN_A_SENTENCE, GistReply, statements_answer
from communique.statements import KINDS, Kind
from communique_training.articles import LabelledArticle

__all__ = ["Conversation", "Question", "choose_questions", "converse", "to_conversation"]

MOST_QUESTIONS = 40
"""Questions about an article beyond these are left out."""

SHARE_OF_NONE = 0.5
"""Questions whose answer is "none" for each question with statements."""

SHARE_OF_NONE_IN_GOLD = 0.7
"""The same in gold articles: in real news more sentences only look as if they said something."""

NONE = "[]"
"""The answer where a sentence makes no statement of the kind that is asked for."""


@dataclass(frozen=True)
class Question:
    """A question with its right answer.

    Attributes:
        index: the sentence's index, from 0.
        kind: the kind of statement that is asked for.
        answer: the answer as the model should write it.
    """

    index: int
    kind: Kind
    answer: str


@dataclass(frozen=True)
class Conversation:
    """An article as a conversation.

    Attributes:
        name: the article's name.
        messages: all turns, beginning with the instructions; the answers are those of the role
            ``assistant``.
        held_out: whether it is excluded from training.
    """

    name: str
    messages: tuple[Message, ...]
    held_out: bool


def to_conversation(article: LabelledArticle, prompt: Prompt) -> Conversation:
    """Return an article as a conversation: the same one each time."""
    questions = choose_questions(article, random.Random(article.name))  # noqa: S311 no secret
    messages = converse(article, questions[:MOST_QUESTIONS], prompt)
    return Conversation(article.name, tuple(messages), article.held_out)


def choose_questions(article: LabelledArticle, rng: random.Random) -> list[Question]:
    """Return a question for each sentence and kind with statements, and some without any.

    The latter are drawn by chance, mostly from those that the product would ask: where the words
    suggest a statement, or the sentence makes one of another kind.

    Args:
        article: the article.
        rng: the source of chance.
    """
    made: dict[tuple[int, Kind], list[dict[str, object]]] = {}
    for statement in article.statements:
        for number in statement.sentences:
            found = made.setdefault((number - 1, statement.kind), [])
            if len(found) < MOST_IN_A_SENTENCE:
                found.append(statement.reply.model_dump())
    share = SHARE_OF_NONE_IN_GOLD if article.is_gold else SHARE_OF_NONE
    count = 1 + round(share * len(made)) if made else 4
    weights = _weights_of_none(article, made)
    # The n largest of chance ** (1 / weight) are n draws by weight (Efraimidis, Spirakis 2006).
    drawn = heapq.nlargest(count, weights, key=lambda place: rng.random() ** (1 / weights[place]))
    questions = [Question(*place, statements_answer(place[1], made[place])) for place in made]
    questions += [Question(*place, NONE) for place in drawn]
    order = list(KINDS)
    return sorted(questions, key=lambda question: (question.index, order.index(question.kind)))


def converse(
    article: LabelledArticle, questions: Sequence[Question], prompt: Prompt
) -> list[Message]:
    """Return the conversation in which these questions are asked, then that for the gist.

    The gist is left out if the article has none.
    """
    sentences = _sentences(article.sentences)
    read = worth_reading(sentences, {question.index for question in questions})
    talk = Talk(read, prompt.questions)
    for question in questions:
        talk.ask(sentences[question.index], question.kind)
        talk.answered(question.answer)
    if article.gist is not None:
        talk.ask_for_gist()
        talk.answered(GistReply(gist=article.gist).model_dump_json())
    return [*conversation_prefix(prompt), *talk.turns]


def _weights_of_none(
    article: LabelledArticle, made: Iterable[tuple[int, Kind]]
) -> dict[tuple[int, Kind], float]:
    """Return how likely each sentence and kind without a statement is to be asked about."""
    places = {*made}
    telling = {index for index, _ in places}
    words = load_classifier("english" if article.language == "en" else "multilingual")
    weights: dict[tuple[int, Kind], float] = {}
    before = ["", *article.sentences]
    for index, (text, previous) in enumerate(zip(article.sentences, before, strict=False)):
        other = 0.12 if index in telling else 0
        for kind, odds in words.log_odds(text, previous).items():
            if (index, kind) not in places:
                weights[index, kind] = 0.03 + math.exp(min(odds, 0)) + other
    return weights


def _sentences(texts: Iterable[str]) -> list[Sentence]:
    """Return texts as the sentences of an article that has them in a line each."""
    found: list[Sentence] = []
    start = 0
    for index, text in enumerate(texts):
        found.append(Sentence(index=index, start=start, end=start + len(text), text=text))
        start += len(text) + 1
    return found
