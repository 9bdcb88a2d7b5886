"""What the strategies share: the form of the article in a message, and what they yield."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from communique.article import Article, Sentence
from communique.models import LanguageModel, Ledger, Message, PreparedModel
from communique.reading.forms import InvalidItem
from communique.statements import StatementReply

if TYPE_CHECKING:
    from communique.prompts import Example, Prompt

__all__ = [
    "Claim",
    "Reading",
    "Strategy",
    "example_fields",
    "numbered",
    "numbered_lines",
    "one_line",
    "prepare",
    "without_control",
]

# The marks by which chat templates tell roles and tools apart, each up to where it is broken:
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
        sentences: numbers (from 1) of the sentences it points to.
        confidence: how sure the model was, from 0 to 1, or None if that is not known.
    """

    reply: StatementReply
    sentences: tuple[int, ...]
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What one answer added.

    Attributes:
        claims: statements, in the order the model gave them.
        gist: what the article is about, if this answer said so.
        done: questions answered so far.
        total: questions there are.
        message: the progress in words.
        rejected: what is not a valid statement, with the reason.
    """

    claims: tuple[Claim, ...]
    gist: str | None
    done: int
    total: int
    message: str
    rejected: tuple[InvalidItem, ...] = ()


class Strategy(Protocol):
    """Asks a model about an article and yields each answer as it comes."""

    def __call__(
        self,
        article: Article,
        prompt: Prompt,
        model: LanguageModel,
        ledger: Ledger,
        *,
        stream: bool = False,
    ) -> AsyncGenerator[Reading]:
        """Yield one `Reading` an answer; with ``stream``, parts of a long answer as they come.

        Raises:
            ProviderError, ReplyError, ArticleError: as `LanguageModel.ask`.
        """
        ...


async def prepare(model: LanguageModel, prefix: Sequence[Message], ledger: Ledger) -> None:
    """Have the model read what all questions of the prompt begin with, where that is of use.

    Raises:
        ProviderError: the model can't be had.
    """
    if isinstance(model, PreparedModel):
        await model.prepare(prefix, ledger)


def one_line(sentence: Sentence) -> str:
    """The sentence as the model reads it: on one line, its control tokens broken by a space.

    Chat templates mark roles with tokens such as ``<|im_end|>``; an article that holds one
    must not be able to end its message. The forms that are common among open models are
    known; a model with another form is not protected. Only the model's copy is changed,
    never the article.
    """
    return without_control(" ".join(sentence.text.split()))


def without_control(text: str) -> str:
    """The text with its control tokens broken: whatever stems from an article."""
    return _CONTROL.sub(r"\g<0> ", text)


def numbered(sentences: Sequence[Sentence]) -> str:
    """The article as the model reads it: a numbered sentence a line."""
    return "Article:\n" + numbered_lines(sentences)


def numbered_lines(sentences: Sequence[Sentence]) -> str:
    """Some sentences of it."""
    return "\n".join(f"[{sentence.index + 1}] {one_line(sentence)}" for sentence in sentences)


def example_fields(example: Example) -> list[tuple[tuple[int, ...], dict[str, object]]]:
    """Each statement of an example: its sentence numbers, and the fields that a reply has."""
    computed = {"id", "attribution", "evidence", "confidence", "summary"}
    return [
        (item.sentences, item.statement.model_dump(mode="json", exclude=computed))
        for item in example.statements
    ]
