"""Parts shared by the strategies: how an article is written in a message, and what they yield."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol

from communique.article import Article, Sentence
from communique.models import Message
from communique.reading.forms import InvalidItem
from communique.reading.session import Session
from communique.statements import StatementReply

if TYPE_CHECKING:
    from communique.prompts import Example, Prompt

__all__ = [
    "Claim",
    "Item",
    "Reading",
    "Strategy",
    "example_fields",
    "numbered",
    "numbered_lines",
    "once_per_prompt",
    "one_line",
    "to_reading",
    "without_control",
]

# Control tokens of chat templates, which mark roles and tools, each up to where it is broken:
# <|im_end|>, DeepSeek's <｜User｜>, </s>, <start_of_turn>, <<SYS>>, [|assistant|], [/INST],
# [TOOL_CALLS], Kimi's [EOS], InternLM's [UNUSED_TOKEN_146], old Mistrals' [control_8],
# MiniMax's ]~b] and [e~[. Other words in brackets, such as [NATO], are the article's own.
_WORDS = (
    r"INST|IMG|AUDIO|TRANSCRIBE|THINK|ARGS|PREFIX|MIDDLE|SUFFIX|CLS|SEP|BOS|EOS|EOT|PAD|UNK"
    r"|[gs]?MASK|[A-Z]+_[A-Z0-9_]+|(?:control|unused|extra_id)_?[0-9]+"
)
_CONTROL = re.compile(
    r"<(?=[|｜]|<?/?[A-Za-z][\w:.-]*>)"
    r"|[|｜](?=[>\]])"
    rf"|\[(?=\||/?(?:{_WORDS})\]|e~\[)"
    r"|\](?=[~!][^\s\[\]]{1,3}[\[\]]|<\])"
)


@dataclass(frozen=True, slots=True)
class Claim:
    """A statement that the model makes about the article, not yet grounded.

    Attributes:
        reply: the statement in the model's words.
        sentences: numbers (from 1) of the sentences that it points to.
        confidence: how sure the model was, from 0 to 1, or None if that is not known.
    """

    reply: StatementReply
    sentences: tuple[int, ...]
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """The content of one answer.

    Attributes:
        claims: claims, in the order in which the model made them.
        gist: what the article is about, if this answer says so.
        done: number of questions answered so far.
        total: number of all questions.
        message: the progress in words.
        is_provisional: whether the answer is still being written. Its claims can be shown
            already; they are yielded again with the complete answer, unless that turns out to be
            broken and is asked for again.
        rejected: items that are not valid claims, with the reasons.
    """

    claims: tuple[Claim, ...]
    gist: str | None
    done: int
    total: int
    message: str
    is_provisional: bool = False
    rejected: tuple[InvalidItem, ...] = ()


Item = StatementReply | InvalidItem
"""A statement in an answer."""


def to_reading(
    items: Sequence[Item],
    sure: Sequence[float | None] | None,
    done: int,
    total: int,
    *,
    is_provisional: bool = False,
) -> Reading:
    """Return the claims and the invalid items of an answer.

    Args:
        items: the statements of the answer.
        sure: how sure the model was of each, if that is known.
        done: number of questions answered so far.
        total: number of all questions.
        is_provisional: whether the answer is still being written.
    """
    message = "article read" if total == 1 else f"part {done} of {total}"
    confidences = sure or [None] * len(items)
    return Reading(
        claims=tuple(
            _claim(item, confidence)
            for item, confidence in zip(items, confidences, strict=True)
            if not isinstance(item, InvalidItem)
        ),
        gist=None,
        done=done,
        total=total,
        message="the model is answering" if is_provisional else message,
        is_provisional=is_provisional,
        rejected=tuple(item for item in items if isinstance(item, InvalidItem)),
    )


@dataclass(frozen=True, slots=True)
class Shown:
    """An article as a model is shown it.

    Attributes:
        article: the article, of which title, source and date are shown.
        sentences: its sentences, with their numbers in the article.
    """

    article: Article
    sentences: tuple[Sentence, ...]


class Strategy(Protocol):
    """A way of asking a model about an article that yields each answer as it arrives."""

    def __call__(self, shown: Shown, prompt: Prompt, session: Session) -> AsyncGenerator[Reading]:
        """Yield a `Reading` for each answer and, if the session streams, for parts of answers.

        Raises:
            ProviderError, ReplyError, ArticleError: see `communique.models.LanguageModel.ask`.
        """
        ...


def once_per_prompt(
    make: Callable[[Prompt], tuple[Message, ...]],
) -> Callable[[Prompt], tuple[Message, ...]]:
    """Return a function that makes the messages of a prompt once and keeps them."""
    # A frozen pydantic model has a hash, but its type does not say so.
    cached: Any = lru_cache(maxsize=8)(make)  # pyright: ignore[reportArgumentType]
    return cached


def one_line(sentence: Sentence) -> str:
    """Return a sentence as the model reads it: on one line, with control tokens broken by a space.

    Chat templates mark roles with tokens such as ``<|im_end|>``; an article that contains one
    must not be able to end its message. Only the forms that are common among open models are
    recognised; other models are not protected. The article itself never changes.
    """
    return without_control(" ".join(sentence.text.split()))


def without_control(text: str) -> str:
    """Return text from an article with its control tokens broken."""
    return _CONTROL.sub(r"\g<0> ", text)


def numbered(sentences: Sequence[Sentence]) -> str:
    """Return an article as the model reads it: numbered sentences, one a line."""
    return "Article:\n" + numbered_lines(sentences)


def numbered_lines(sentences: Sequence[Sentence]) -> str:
    """Return numbered sentences, one a line."""
    return "\n".join(f"[{sentence.index + 1}] {one_line(sentence)}" for sentence in sentences)


def example_fields(example: Example) -> list[tuple[tuple[int, ...], dict[str, object]]]:
    """Return, for each statement of an example, its sentence numbers and its reply's fields."""
    computed = {"id", "attribution", "evidence", "confidence", "summary"}
    return [
        (item.sentences, item.statement.model_dump(mode="json", exclude=computed))
        for item in example.statements
    ]


def _claim(statement: StatementReply, confidence: float | None) -> Claim:
    # The forms for articles and passages add `sentences`, which their base class doesn't know.
    sentences: list[int] = statement.model_dump(include={"sentences"})["sentences"]
    return Claim(statement, tuple(sentences), confidence)
