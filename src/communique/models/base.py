"""What asking a model means, whatever the model: the protocol, and the record of its calls."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol, TypedDict, TypeVar, runtime_checkable

from pydantic import BaseModel

from communique.summary import Usage

if TYPE_CHECKING:
    from communique._internal.progress import OnProgress
    from communique.errors import CommuniqueError
    from communique.local.encoder import Encoder
    from communique.prompts import Sampling

__all__ = [
    "Call",
    "EmbeddingModel",
    "EncodingModel",
    "LanguageModel",
    "Ledger",
    "Message",
    "OnPartial",
    "PreparedModel",
    "ReplyT",
    "StreamingModel",
]

ReplyT = TypeVar("ReplyT", bound=BaseModel)


class Message(TypedDict):
    """One chat message."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Call:
    """One answered request.

    Attributes:
        raw: the text the model sent, as it sent it; None if it sent vectors.
        usage: what it cost; nothing if it was an encoder of the library.
        model: the model's name, as its server reports it.
        seconds: wall-clock time of the request.
        model_seconds: time the server says it computed, or None if it does not say.
        logprobs: each token of ``raw`` with its log-probability (natural logarithm), in
            order; empty if they were not asked for, or the server gives none.
        finish_reason: why the model stopped, in the protocol's words, or None if it is not said.
    """

    raw: str | None
    model: str
    usage: Usage
    seconds: float
    model_seconds: float | None = None
    logprobs: tuple[tuple[str, float], ...] = ()
    finish_reason: str | None = None


@dataclass(slots=True)
class Ledger:
    """What an article has cost so far: kept outside the calls, so that no error loses it.

    Attributes:
        on_progress: told when the model has to be fetched or loaded first.
    """

    on_progress: OnProgress | None = None
    calls: list[Call] = field(default_factory=list[Call])
    attempts: int = 0

    @property
    def usage(self) -> Usage:
        """Sum over the calls."""
        return sum((call.usage for call in self.calls), Usage())

    @property
    def model_seconds(self) -> float | None:
        """Sum over the calls, or None if a call has no such figure."""
        seconds = [call.model_seconds for call in self.calls if call.model_seconds is not None]
        return sum(seconds) if seconds and len(seconds) == len(self.calls) else None

    def attach(self, error: CommuniqueError) -> None:
        """Give an error what had been received before it."""
        error.raw_replies = tuple(call.raw for call in self.calls if call.raw is not None)
        error.usage = self.usage if self.calls else None
        error.attempts = self.attempts


OnPartial = Callable[[BaseModel], None]
"""Told of an answer as it is written: all of it so far, with fields that are still missing."""


class LanguageModel(Protocol):
    """Anything that answers questions. `communique.testing.ScriptedModel` is the smallest one."""

    provider: str

    async def ask(
        self,
        messages: Sequence[Message],
        reply_model: type[ReplyT],
        sampling: Sampling,
        ledger: Ledger,
    ) -> ReplyT:
        """Answer in the form of ``reply_model``, entering every attempt and call in the ledger.

        Raises:
            ProviderError: no answer. ReplyError: an answer that can't be used.
            ArticleError: the messages are longer than the model can read.
        """
        ...

    async def context_tokens(self, ledger: Ledger) -> int | None:
        """Tokens that a question and its answer may have together; None if that is not known."""
        ...


@runtime_checkable
class StreamingModel(LanguageModel, Protocol):
    """A model that shows an answer while it is written."""

    async def ask_streaming(
        self,
        messages: Sequence[Message],
        reply_model: type[ReplyT],
        sampling: Sampling,
        ledger: Ledger,
        on_partial: OnPartial,
    ) -> ReplyT:
        """As `ask`. When an attempt fails, the next one begins its answer anew."""
        ...


@runtime_checkable
class EmbeddingModel(LanguageModel, Protocol):
    """A model that turns texts into vectors, too."""

    async def embed(self, texts: Sequence[str], ledger: Ledger) -> list[list[float]] | None:
        """A vector for each text: the mean of the model's last hidden states over its tokens.

        Returns:
            All vectors of the same length, or None if the model's server gives none.

        Raises:
            ProviderError: no answer, or one that does not fit the texts.
        """
        ...


@runtime_checkable
class EncodingModel(LanguageModel, Protocol):
    """A model beside which an encoder of the library can run."""

    async def encode(
        self, texts: Sequence[str], encoder: Encoder, ledger: Ledger
    ) -> list[list[float]] | None:
        """A vector for each text, by the encoder.

        Returns:
            All vectors of the same length, or None if the encoder can't run here.

        Raises:
            ProviderError: no answer, or one that does not fit the texts.
            ModelNotAvailable: the encoder's server can't be started.
        """
        ...


@runtime_checkable
class PreparedModel(LanguageModel, Protocol):
    """A model that answers sooner once it has read what its questions begin with."""

    async def prepare(self, prefix: Sequence[Message], ledger: Ledger) -> None:
        """Have it read the messages before the article's; to do so again costs nothing.

        Raises:
            ProviderError: the model can't be had.
        """
        ...
