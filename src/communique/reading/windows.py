"""Overlapping windows of an article that is longer than a model can read."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from communique.article import Sentence
from communique.errors import ArticleError
from communique.models import Message
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
"""Number of earlier sentences that a window repeats, to show what its pronouns mean."""

# The byte-pair vocabularies of today's models need one token for about 4 ASCII characters of
# news text, or for 3 to 5 bytes (UTF-8) of other scripts. The estimate must err on the safe side:
# too small a window costs a few more tokens, too large a one costs the answer.
ASCII_PER_TOKEN = 3.6
OTHER_BYTES_PER_TOKEN = 3
TOKENS_PER_MESSAGE = 8


@dataclass(frozen=True, slots=True)
class Window:
    """A part of an article.

    Attributes:
        shown: consecutive sentences that the model sees.
        asked: those of them that it is asked about; each sentence is asked about in one window.
    """

    shown: tuple[Sentence, ...]
    asked: tuple[Sentence, ...]


def windows(
    sentences: tuple[Sentence, ...],
    context: int | None,
    prefix: Sequence[Message],
    answer_tokens: int,
) -> list[Window]:
    """Return the windows in which a model can read an article.

    There is one window if the article fits, or if the context is unknown. An answer grows with
    the text; it is assumed to need no more tokens than the text itself.

    Args:
        sentences: the sentences of the article to read.
        context: tokens that a question and its answer may have together; None if unknown.
        prefix: the messages before the article.
        answer_tokens: most tokens that the answer may need.

    Raises:
        ArticleError: a sentence or the prompt is longer than the model can read.
    """
    if context is None:
        return [Window(sentences, sentences)]
    available = room_after(prefix, context)
    return cut(sentences, max(available - answer_tokens, available // 2), context)


def room_after(prefix: Sequence[Message], context: int) -> int:
    """Return how many tokens a context has left after the messages before an article."""
    return context - sum(map(message_tokens, prefix)) - 10 * TOKENS_PER_MESSAGE


def cut(sentences: Sequence[Sentence], room: int, context: int) -> list[Window]:
    """Cut sentences into the fewest windows of at most ``room`` estimated tokens.

    Raises:
        ArticleError: a sentence does not fit; the message names ``context``.
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
    """Check that each sentence fits into ``room`` estimated tokens.

    Raises:
        ArticleError: a sentence does not fit; the message names ``context``.
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
    """Return a conservative estimate of the tokens that a message needs."""
    return _tokens(message["content"]) + TOKENS_PER_MESSAGE


def fitting(costs: Iterable[int], room: float) -> int:
    """Return how many items, counted from the beginning, fit into the room."""
    count = 0
    for cost in costs:
        room -= cost
        if room < 0:
            break
        count += 1
    return count


def sentence_tokens(sentence: Sentence) -> int:
    """Return a conservative estimate of the tokens that a numbered sentence needs."""
    return _tokens(one_line(sentence)) + TOKENS_PER_MESSAGE  # its number and the line break


def _tokens(text: str) -> int:
    ascii_characters = len(text.encode("ascii", "ignore"))
    other_bytes = len(text.encode()) - ascii_characters
    return math.ceil(ascii_characters / ASCII_PER_TOKEN + other_bytes / OTHER_BYTES_PER_TOKEN)
