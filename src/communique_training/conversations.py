"""Articles as the conversations in which the product asks about them.

The turns are made by the code that makes them in the product, from the released prompt, so that
the adapter is trained on what it will be asked.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass

from communique.article import Sentence
from communique.models import Message
from communique.prompts import Prompt
from communique.reading.conversation import conversation_prefix, converse
from communique_training.articles import LabelledArticle

__all__ = ["Conversation", "to_conversation"]

_LENGTHS = (3, 4, 5, 5, 5, 6, 8, 100)
"""Lengths of passages: that of the product most often, and others, so that it can be changed."""


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
    """Return an article as a conversation: the same one each time.

    The gist is not asked for if the article has none.
    """
    longest = random.Random(article.name).choice(_LENGTHS)  # noqa: S311 no secret
    rows = [
        {**statement.reply.model_dump(), "sentences": [*statement.sentences]}
        for statement in article.statements
    ]
    sentences = _sentences(article.sentences)
    turns = converse(sentences, rows, article.gist, prompt.questions, longest)
    messages = (*conversation_prefix(prompt), *turns)
    return Conversation(article.name, messages, article.held_out)


def _sentences(texts: Iterable[str]) -> list[Sentence]:
    """Return texts as the sentences of an article that has them in a line each."""
    found: list[Sentence] = []
    start = 0
    for index, text in enumerate(texts):
        found.append(Sentence(index=index, start=start, end=start + len(text), text=text))
        start += len(text) + 1
    return found
