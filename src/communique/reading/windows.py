"""Articles longer than a model can read, cut at sentence borders into overlapping windows."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from communique.article import Article, Sentence
from communique.errors import ArticleError
from communique.models import LanguageModel, Ledger, Message
from communique.reading.common import one_line

__all__ = [
    "OVERLAP",
    "Window",
    "check_lengths",
    "cut",
    "fitting",
    "message_tokens",
    "room_after",
    "sentence_tokens",
    "windows",
]

OVERLAP = 4
"""Sentences before a window that are shown again in it, for what its pronouns mean."""

# Byte-pair vocabularies of today's models need a token for some 4 ASCII characters of news
# text, and for 3 to 5 bytes (UTF-8) of other scripts. The estimate has to be on the safe side:
# too small a window only costs a few more tokens, too large a one the answer.
ASCII_PER_TOKEN = 3.6
OTHER_BYTES_PER_TOKEN = 3
TOKENS_PER_MESSAGE = 8


@dataclass(frozen=True, slots=True)
class Window:
    """A part of an article.

    Attributes:
        shown: consecutive sentences that the model sees.
        asked: those of them that it is asked about: each sentence in one window.
    """

    shown: tuple[Sentence, ...]
    asked: tuple[Sentence, ...]


async def windows(
    article: Article,
    model: LanguageModel,
    ledger: Ledger,
    prefix: Sequence[Message],
    answer_tokens: int,
    *,
    answer_grows: bool = False,
) -> list[Window]:
    """The windows in which a model can read an article: one if it fits, or nobody knows.

    Args:
        article: what is to be read.
        model: who reads it, and may say how much it can read at once.
        ledger: passed on, since finding that out may start the model.
        prefix: the messages before the article.
        answer_tokens: what the answer may need at most.
        answer_grows: whether it grows with what is shown; such an answer is taken to need no
            more tokens than the text itself.

    Raises:
        ArticleError: a sentence is longer than the model can read, or the prompt is.
    """
    found = await room_after(prefix, model, ledger)
    if found is None:
        return [Window(article.sentences, article.sentences)]
    available, context = found
    if answer_grows:
        room = max(available - answer_tokens, available // 2)
    else:
        # The last line of a question repeats the sentence that it asks about.
        room = available - answer_tokens - max(sentence_tokens(s) for s in article.sentences)
    return cut(article.sentences, room, context)


async def room_after(
    prefix: Sequence[Message], model: LanguageModel, ledger: Ledger, answer_tokens: int = 0
) -> tuple[int, int] | None:
    """How much a model can read after the messages before an article.

    Args:
        prefix: those messages.
        model: who reads, and may say how much it can read at once.
        ledger: passed on, since finding that out may start the model.
        answer_tokens: what is kept free for an answer.

    Returns:
        The tokens that are left, and the whole context; None if the model does not say.
    """
    context = await model.context_tokens(ledger)
    if context is None:
        return None
    used = sum(map(message_tokens, prefix)) + 10 * TOKENS_PER_MESSAGE
    return context - used - answer_tokens, context


def cut(sentences: Sequence[Sentence], room: int, context: int) -> list[Window]:
    """Cut sentences into the fewest windows of at most ``room`` estimated tokens.

    Raises:
        ArticleError: a sentence does not fit; ``context`` is what the message names.
    """
    check_lengths(sentences, room, context)
    costs = [sentence_tokens(sentence) for sentence in sentences]
    found: list[Window] = []
    start = 0
    while start < len(sentences):
        before = fitting(reversed(costs[max(0, start - OVERLAP) : start]), room - costs[start])
        first = start - before
        end = start + fitting(costs[start:], room - sum(costs[first:start]))
        found.append(Window(tuple(sentences[first:end]), tuple(sentences[start:end])))
        start = end
    return found


def check_lengths(sentences: Sequence[Sentence], room: int, context: int) -> None:
    """Make sure that each sentence fits into ``room`` estimated tokens.

    Raises:
        ArticleError: one does not; ``context`` is what the message names.
    """
    longest = max(sentences, key=sentence_tokens)
    if sentence_tokens(longest) > room:
        raise ArticleError(
            f"sentence {longest.index + 1} of the article is too long for the model: it needs "
            f"about {sentence_tokens(longest):,} tokens, and beside the prompt and the answer "
            f"there is room for {max(room, 0):,} of {context:,}; shorten it, or use a model with "
            "a larger context"
        )


def message_tokens(message: Message) -> int:
    """How many tokens a message needs, estimated on the safe side."""
    return _tokens(message["content"]) + TOKENS_PER_MESSAGE


def fitting(costs: Iterable[int], room: float) -> int:
    """How many from the beginning fit into the room."""
    count = 0
    for cost in costs:
        room -= cost
        if room < 0:
            break
        count += 1
    return count


def sentence_tokens(sentence: Sentence) -> int:
    """How many tokens a numbered sentence needs, estimated on the safe side."""
    return _tokens(one_line(sentence)) + TOKENS_PER_MESSAGE  # its number and the line break


def _tokens(text: str) -> int:
    ascii_characters = sum(character.isascii() for character in text)
    other_bytes = len(text.encode()) - ascii_characters
    return math.ceil(ascii_characters / ASCII_PER_TOKEN + other_bytes / OTHER_BYTES_PER_TOKEN)
