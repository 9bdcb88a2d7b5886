"""What a model is to communique: one question in, one `Answer` out.

`LanguageModel` is the base class of every model. It has one method that must be written,
`LanguageModel.ask`; everything else has a default that does nothing.
"""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, Literal, TypedDict, TypeVar

from pydantic import BaseModel

from communique.errors import SettingsError
from communique.prompts import default_version
from communique.summary import Usage

if TYPE_CHECKING:
    from communique._internal.progress import OnProgress
    from communique.local.encoder import Encoder
    from communique.prompts import Sampling

__all__ = [
    "Answer",
    "LanguageModel",
    "Message",
    "OnPartial",
    "ReplyT",
    "Vectors",
    "check_model",
]

ReplyT = TypeVar("ReplyT", bound=BaseModel)


class Message(TypedDict):
    """One chat message."""

    role: Literal["system", "user", "assistant"]
    content: str


_NOTHING = Usage()
_ONE_CALL = Usage(calls=1)


@dataclass(frozen=True, slots=True)
class Answer(Generic[ReplyT]):
    """The answer to one question.

    Attributes:
        reply: the answer in the form that was asked for.
        raw: the text the model sent, unchanged.
        model: the model's name, as its server reports it.
        usage: tokens, calls and cost of the question, attempts that failed included.
        seconds: wall-clock time of the request that was answered.
        model_seconds: time the server says it computed, for all attempts together; None if
            it does not say.
        logprobs: each token of ``raw`` with its log-probability (natural logarithm), in
            order; empty if they were not asked for, or the server sends none.
        finish_reason: why the model stopped, in the protocol's words, or None if unknown.
        attempts: requests sent, retries included.
        unusable: texts the model had sent before, in order, that could not be used.
    """

    reply: ReplyT
    raw: str
    model: str
    usage: Usage = _ONE_CALL
    seconds: float = 0.0
    model_seconds: float | None = None
    logprobs: tuple[tuple[str, float], ...] = ()
    finish_reason: str | None = None
    attempts: int = 1
    unusable: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Vectors:
    """One vector for each text, all of the same length.

    Attributes:
        rows: the vectors, in the order of the texts.
        usage: tokens and calls; zero if an encoder of the library computed them.
        model_seconds: time the server computed; None if it is not known.
        attempts: requests sent, retries included.
    """

    rows: Sequence[Sequence[float]]
    usage: Usage = _NOTHING
    model_seconds: float | None = None
    attempts: int = 1


OnPartial = Callable[[dict[str, Any]], None]
"""Called with an answer while it is written: all of its JSON so far, the last item unfinished."""


class LanguageModel(ABC):
    """Anything that answers questions. Write `ask`; override the rest where it applies.

    `communique.testing.ScriptedModel` is the smallest example. An object has its own
    configuration: of the settings of a `communique.Summarizer` only ``prompt`` concerns it.

    Attributes:
        provider: who runs the model; a summary's provenance names it.
        context_tokens: tokens that a question and its answer may have together, or None if
            there is no limit that is known. Longer articles are read in parts.
        concurrency: how many articles are read at once if the caller does not say.
    """

    provider: str
    context_tokens: int | None = None
    concurrency: int = 8

    @abstractmethod
    async def ask(
        self, messages: Sequence[Message], form: type[ReplyT], sampling: Sampling
    ) -> Answer[ReplyT]:
        """Answer a question in the form of the pydantic model ``form``.

        Raises:
            ProviderError: the model did not answer.
            ReplyError: the answer can't be used.
            ArticleError: the messages are longer than the model can read.
        """

    async def stream(
        self,
        messages: Sequence[Message],
        form: type[ReplyT],
        sampling: Sampling,
        on_partial: OnPartial,
    ) -> Answer[ReplyT]:
        """Answer as `ask` does, and show the answer while it is written.

        When an attempt fails, the next one starts its answer again. By default nothing is
        shown.
        """
        del on_partial
        return await self.ask(messages, form, sampling)

    async def prepare(
        self, prefix: Sequence[Message], on_progress: OnProgress | None = None
    ) -> None:
        """Get ready for questions that begin with ``prefix``. It is called for each article.

        By default there is nothing to do.

        Raises:
            ModelNotAvailable: the model can't be fetched or started.
        """
        del prefix, on_progress

    async def embed(self, texts: Sequence[str]) -> Vectors | None:
        """Return the mean of the model's last hidden states over each text's tokens.

        Returns:
            None if the model has no embeddings, which is the default.

        Raises:
            ProviderError: no answer, or one that does not fit the texts.
        """
        del texts
        return None

    async def encode(self, texts: Sequence[str], encoder: Encoder) -> Vectors | None:
        """Return each text's vector by a sentence encoder that runs beside the model.

        Returns:
            None if no encoder can run, which is the default.

        Raises:
            ProviderError: no answer, or one that does not fit the texts.
            ModelNotAvailable: the encoder's server can't be started.
        """
        del texts, encoder
        return None

    def default_prompt(self) -> str:
        """Return the name of the prompt version that works best with the model."""
        return default_version(self.provider)

    async def aclose(self) -> None:
        """Close the connections of the running event loop. By default there are none."""
        return


def check_model(model: object) -> LanguageModel:
    """Return ``model`` if it has all that `LanguageModel` has.

    Raises:
        SettingsError: parts are missing or can't be used; the message names them.
    """
    if isinstance(model, type):
        raise SettingsError(
            f"model: {model.__name__} is a class; pass an object: {model.__name__}(…)"
        )
    missing = [name for name in _PARTS if not _has(model, name)]
    if missing:
        raise SettingsError(
            f"model: {type(model).__name__} lacks {', '.join(missing)}; pass the name of a model, "
            "such as local, or derive the class from communique.models.LanguageModel, which has "
            "defaults for all but ask and provider"
        )
    for name in ("concurrency", "context_tokens"):
        _check_number(model, name)
    return model  # pyright: ignore[reportReturnType] it has every part, which is what counts


_PARTS = ("provider", *(name for name in vars(LanguageModel) if not name.startswith("_")))


def _check_number(model: object, name: str) -> None:
    number = getattr(model, name)
    if number is None and name == "context_tokens":
        return
    if not isinstance(number, int) or isinstance(number, bool) or number < 1:
        raise SettingsError(
            f"model: {type(model).__name__} has {name}={number!r}, which must be a whole number "
            "from 1"
        )


def _has(model: object, name: str) -> bool:
    part = getattr(model, name, None)
    if name == "provider":
        return isinstance(part, str) and bool(part)
    if inspect.isfunction(getattr(LanguageModel, name)):
        return callable(part)
    return hasattr(model, name)
