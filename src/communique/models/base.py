"""The interface of a language model: one question in, one `Answer` out.

`LanguageModel` is the base class of every model. Subclasses must implement `LanguageModel.ask`;
everything else has a default that does nothing.
"""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, Literal, TypedDict, TypeVar

from pydantic import BaseModel, JsonValue

from communique.errors import SettingsError
from communique.prompts import default_version
from communique.summary import Usage

if TYPE_CHECKING:
    from communique._internal.progress import OnProgress
    from communique.prompts import Sampling

__all__ = [
    "Answer",
    "LanguageModel",
    "Message",
    "OnPartial",
    "ReplyT",
    "check_model",
    "destination",
]

ReplyT = TypeVar("ReplyT", bound=BaseModel)


class Message(TypedDict):
    """One chat message."""

    role: Literal["system", "user", "assistant"]
    content: str


_ONE_CALL = Usage(calls=1)


@dataclass(frozen=True, slots=True)
class Answer(Generic[ReplyT]):
    """The answer to one question.

    Attributes:
        reply: the answer, parsed into the requested form.
        raw: the model's text, unchanged.
        model: the model's name as reported by its server.
        usage: tokens, calls and cost of the question, including failed attempts.
        seconds: wall-clock time of the successful request.
        model_seconds: computing time reported by the server, summed over all attempts; None if
            it reports none.
        logprobs: each token of ``raw`` with its log-probability (natural logarithm), in
            order; empty if they were not requested or the server sends none.
        finish_reason: why the model stopped, as named by the protocol, or None if unknown.
        attempts: number of requests sent, including retries.
        unusable: earlier texts of the model that could not be used, in order.
        is_cached: whether the answer was kept from an earlier time, when its usage was paid for.
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
    is_cached: bool = False


OnPartial = Callable[[dict[str, Any]], None]
"""Called as an answer grows, with its JSON so far; the last item may be incomplete."""


class LanguageModel(ABC):
    """A model that answers questions. Implement `ask`; override the rest where needed.

    `communique.testing.ScriptedModel` is the smallest example. A model object
    brings its own configuration: of the settings of a `communique.Summarizer`, only ``prompt``
    applies to it.

    Attributes:
        provider: name of the provider, recorded in a summary's provenance.
        context_tokens: maximum number of tokens of a question and its answer together, or None
            if no limit is known. Longer articles are read in parts.
        concurrency: how many articles are read at once by default.
    """

    provider: str
    context_tokens: int | None = None
    concurrency: int = 8

    @property
    def server(self) -> str | None:
        """Where articles are sent, to be shown to people before; None if it is not known."""
        return None

    @property
    def options(self) -> Mapping[str, JsonValue]:
        """Settings that shape each request, beyond the prompt's, recorded in the provenance.

        ``max_tokens`` among them replaces the prompt's. There are none by default.
        """
        return {}

    @property
    def identity(self) -> Mapping[str, JsonValue] | None:
        """What tells the model from any that may answer otherwise; None: its answers aren't kept.

        That is its name, as ``model``, its server, and every setting that shapes its answers. It
        is used only as part of a hash. None by default.
        """
        return None

    @abstractmethod
    async def ask(
        self, messages: Sequence[Message], form: type[ReplyT], sampling: Sampling
    ) -> Answer[ReplyT]:
        """Answer a question in the form of the pydantic model ``form``.

        Raises:
            ProviderError: the model did not answer.
            ReplyError: the answer can't be used.
            ArticleError: the messages exceed the model's context.
        """

    async def stream(
        self,
        messages: Sequence[Message],
        form: type[ReplyT],
        sampling: Sampling,
        on_partial: OnPartial,
    ) -> Answer[ReplyT]:
        """Answer as `ask` does, and call ``on_partial`` as the answer grows.

        After a failed attempt, the next one starts from an empty answer. The default
        implementation never calls ``on_partial``.
        """
        del on_partial
        return await self.ask(messages, form, sampling)

    async def prepare(self, on_progress: OnProgress | None = None) -> None:
        """Get ready to answer; called for each article.

        The default implementation does nothing.

        Raises:
            ModelNotAvailable: the model can't be downloaded or started.
        """
        del on_progress

    async def warm_up(self) -> None:
        """Load what the first question needs; called by ``async with Summarizer(…)``.

        What takes long must not block the event loop. The default implementation does nothing.
        """
        return

    def default_prompt(self) -> str:
        """Return the name of the prompt version that works best with the model."""
        return default_version(self.provider)

    async def aclose(self) -> None:
        """Close the connections of the running event loop; by default there are none."""
        return


def destination(model: LanguageModel) -> str:
    """Return where articles are sent, to be shown to people before: the provider and its server."""
    return f"{model.provider}, {model.server}" if model.server else model.provider


def check_model(model: object) -> LanguageModel:
    """Return ``model`` if it has every member of `LanguageModel`.

    Raises:
        SettingsError: members are missing or unusable; the message names them.
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
    return model  # pyright: ignore[reportReturnType] it has every member, as checked above


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
