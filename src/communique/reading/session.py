"""The session of one article: its questions to a model, and their usage so far."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from communique.errors import (
    CommuniqueError,
    LimitReached,
    SettingsError,
    received_before,
)
from communique.models import Answer, LanguageModel, Message, OnPartial
from communique.models.receipts import sum_seconds
from communique.models.retrying import CHARACTERS_PER_TOKEN
from communique.summary import Usage

if TYPE_CHECKING:
    from communique._internal.progress import OnProgress
    from communique.models.base import ReplyT
    from communique.prompts import Sampling

__all__ = ["Limits", "Session"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Limits:
    """What one article may take; None: as much as it needs.

    Attributes:
        seconds: time from the first question to the last answer.
        questions: number of questions.
        tokens: tokens of all questions and answers.
    """

    seconds: float | None = None
    questions: int | None = None
    tokens: int | None = None


class Session:
    """A model's session about one article, which counts usage. Questions may run concurrently.

    Args:
        model: the model to ask.
        sampling: sampling parameters, such as the temperature.
        on_progress: called when the model has to be fetched or loaded first.
        limits: what the article may take.
        streams: whether answers are shown while they are written.

    Attributes:
        streams: see above.
        usage: tokens, calls and cost so far, including those of failed attempts.
        attempts: number of requests sent so far.
        raw_replies: the texts that the model has sent so far, in order of arrival.
        model_name: the model's name, as its server reports it; empty before the first answer.
        from_cache: the part of ``usage`` that belongs to kept answers, or None if none was kept.
        seconds_before: time that the kept answers took when they were given.
    """

    def __init__(
        self,
        model: LanguageModel,
        sampling: Sampling,
        on_progress: OnProgress | None = None,
        *,
        limits: Limits = Limits(),
        streams: bool = False,
    ) -> None:
        self.streams = streams
        self.usage = Usage()
        self.attempts = 0
        self.raw_replies: tuple[str, ...] = ()
        self.model_name = ""
        self.from_cache: Usage | None = None
        self.seconds_before = 0.0
        self._model = model
        self._sampling = _limited(sampling, model)
        self._limits = limits
        self._on_progress = on_progress
        self._seconds: list[float | None] = []
        self._questions = 0
        self._until: float | None = None

    def start(self) -> None:
        """Start the time that the article may take."""
        if self._limits.seconds is not None:
            self._until = asyncio.get_running_loop().time() + self._limits.seconds

    def switch(self, model: LanguageModel, sampling: Sampling) -> None:
        """Ask another model from now on; what the first one cost stays counted."""
        self._model = model
        self._sampling = _limited(sampling, model)

    @property
    def max_tokens(self) -> int:
        """Limit of one answer, in tokens."""
        return self._sampling.max_tokens

    @property
    def context_tokens(self) -> int | None:
        """Tokens that a question and its answer may have together; None if unknown."""
        return self._model.context_tokens

    @property
    def model_seconds(self) -> float | None:
        """Computing time that the servers report, or None if one of them reports none."""
        return sum_seconds(self._seconds)

    @property
    def has_received(self) -> bool:
        """Whether a server has answered anything."""
        return bool(self._seconds)

    async def prepare(self) -> None:
        """Get the model ready to answer.

        Raises:
            ModelNotAvailable, ProviderError: the model is not available.
            LimitReached: the article has taken the time that it may take.
        """
        await self._in_time(self._model.prepare(self._on_progress))

    async def ask(
        self,
        messages: Sequence[Message],
        form: type[ReplyT],
        on_partial: OnPartial | None = None,
    ) -> Answer[ReplyT]:
        """Ask one question.

        Args:
            messages: the question.
            form: pydantic model that the answer must fit.
            on_partial: called with the answer while it is written, if the model supports that.

        Raises:
            ProviderError, ReplyError, ArticleError: see `LanguageModel.ask`.
            LimitReached: the article has taken the questions, tokens or time that it may take.
            SettingsError: a model given as an object returned something other than an `Answer`.
        """
        self._check_limits(messages)
        self._questions += 1
        if on_partial is None:
            asking = self._model.ask(messages, form, self._sampling)
        else:
            asking = self._model.stream(messages, form, self._sampling, on_partial)
        answer = await self._in_time(asking)
        self._check(answer)
        self.raw_replies += (*answer.unusable, answer.raw)
        self.model_name = answer.model
        self._count(answer)
        return answer

    def attach(self, error: CommuniqueError) -> None:
        """Attach what had been received to an error that ends the reading of the article."""
        error.raw_replies = self.raw_replies
        error.usage = self.usage if self.has_received else None
        error.attempts = self.attempts

    def _check_limits(self, messages: Sequence[Message]) -> None:
        """Check that one more question may be asked.

        Raises:
            LimitReached: it may not.
        """
        if self._until is not None and asyncio.get_running_loop().time() >= self._until:
            raise self._late()
        most, most_tokens = self._limits.questions, self._limits.tokens
        if most is not None and self._questions >= most:
            raise LimitReached(
                f"{most:,} questions have been asked about the article, as many as it may take; "
                "article_questions (COMMUNIQUE_ARTICLE_QUESTIONS) sets another limit"
            )
        if most_tokens is None:
            return
        spent = self.usage.input_tokens + self.usage.output_tokens
        size = sum(len(message["content"]) for message in messages) // CHARACTERS_PER_TOKEN
        if spent + size > most_tokens:
            raise LimitReached(
                f"the article has taken {spent:,} tokens, and the next question would take about "
                f"{size:,}, of {most_tokens:,} that it may take; article_tokens "
                "(COMMUNIQUE_ARTICLE_TOKENS) sets another limit"
            )

    async def _in_time(self, work: Awaitable[T]) -> T:
        """Wait for the model within the article's time; count what it received before an error."""
        time = asyncio.timeout_at(self._until)
        try:
            async with time:
                return await work
        except (CommuniqueError, TimeoutError, asyncio.CancelledError) as error:
            if (received := received_before(error)) is not None:
                self._count_error(received)
            if isinstance(error, TimeoutError) and time.expired():
                raise self._late() from error
            raise

    def _late(self) -> LimitReached:
        late = LimitReached(
            f"the article was not read within {self._limits.seconds:g} s; article_deadline "
            "(COMMUNIQUE_ARTICLE_DEADLINE) sets another limit"
        )
        late.retryable = True
        return late

    def _check(self, answer: object) -> None:
        if not isinstance(answer, Answer):
            raise SettingsError(
                f"model: {type(self._model).__name__}.ask returned {type(answer).__name__}; it "
                "must return a communique.models.Answer"
            )

    def _count(self, received: Answer[ReplyT]) -> None:
        self.usage += received.usage
        self.attempts += received.attempts
        self._seconds.append(received.model_seconds)
        if received.is_cached:
            self.from_cache = (self.from_cache or Usage()) + received.usage
            self.seconds_before += received.seconds

    def _count_error(self, error: CommuniqueError) -> None:
        self.raw_replies += error.raw_replies
        self.attempts += error.attempts
        if error.usage is not None:
            self.usage += error.usage
            self._seconds.append(None)


def _limited(sampling: Sampling, model: LanguageModel) -> Sampling:
    """Return the prompt's sampling with the model's own limit of an answer, if it has one."""
    limit = model.options.get("max_tokens")
    return sampling.model_copy(update={"max_tokens": limit}) if limit is not None else sampling
