"""The base class of all models behind a server: retries, pace, and traces."""

from __future__ import annotations

import importlib
import time
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic

from pydantic import BaseModel, JsonValue, RootModel

from communique._internal.background import in_thread
from communique.errors import (
    ArticleError,
    InvalidReply,
    ProviderError,
    SettingsError,
    TruncatedReply,
)
from communique.models.base import Answer, LanguageModel, Message, OnPartial, ReplyT
from communique.models.client import Clients
from communique.models.findings import Findings, ReplyFormat, findings_about
from communique.models.pace import PaceKeeper
from communique.models.prices import priced
from communique.models.receipts import Receipt, Tally, to_receipt
from communique.models.replies import check_length
from communique.models.retrying import ask_with_retries, ask_within_means
from communique.models.tracing import request_span
from communique.models.truncation import check_read
from communique.summary import Usage

if TYPE_CHECKING:
    from openai.types.chat import ChatCompletion

    from communique._internal.progress import OnProgress
    from communique.models.endpoint import Endpoint
    from communique.prompts import Sampling
    from communique.settings import Settings

__all__ = ["Adapter", "Request", "price_of"]

THINKING_TOKENS = 25_000
"""Added to the limit of an answer if hidden thinking took all of it; what OpenAI recommends."""


@dataclass(frozen=True, slots=True)
class Request(Generic[ReplyT]):
    """One attempt at a question.

    Attributes:
        endpoint: the server and model to ask.
        unknown: options that the model has rejected as unknown.
        reply_format: how to ask for the form, where there is a choice.
        tally: records the attempt and what it receives.
        on_partial: called with the unfinished answer as it grows; None not to stream.
    """

    endpoint: Endpoint
    messages: Sequence[Message]
    form: type[ReplyT]
    sampling: Sampling
    unknown: frozenset[str]
    reply_format: ReplyFormat
    tally: Tally
    on_partial: OnPartial | None


class Adapter(LanguageModel):
    """A model behind a server. Subclasses locate the server and send single requests.

    Args:
        provider: who runs the model.
        settings: timeout, attempts, deadline, limits per minute, prices, context.
    """

    _endpoint: Endpoint

    def __init__(self, provider: str, settings: Settings) -> None:
        self.provider = provider
        self.context_tokens = settings.context_tokens
        self._settings = settings
        self._clients = Clients(settings.timeout)
        self._pace = PaceKeeper(settings)
        self._is_warm = False
        self._found: Findings | None = None  # about the model that was last asked

    @property
    def options(self) -> Mapping[str, JsonValue]:
        """The settings that shape each request; see `LanguageModel.options`."""
        refused = self._found.unknown if self._found else frozenset[str]()
        given: dict[str, JsonValue] = {
            "max_tokens": self._settings.max_tokens,
            "reasoning_effort": self._settings.reasoning_effort,
            "extra_body": self._settings.extra_body,
        }
        return {
            name: value
            for name, value in given.items()
            if value is not None and not (name == "reasoning_effort" and name in refused)
        }

    @property
    def identity(self) -> Mapping[str, JsonValue] | None:
        """The model, its server, and the settings for requests; see `LanguageModel.identity`."""
        settings = self._settings
        return {
            "provider": self.provider,
            "max_tokens": settings.max_tokens,
            "reasoning_effort": settings.reasoning_effort,
            "extra_body": settings.extra_body,
            **self._identify(),
        }

    def price(self, usage: Usage) -> float | None:
        """Return what usage costs in US dollars, or None if the model's price is not known."""
        receipt = Receipt("", self._endpoint.model, usage)
        return priced(receipt, self._endpoint, self._settings).usage.cost_usd

    async def ask(
        self, messages: Sequence[Message], form: type[ReplyT], sampling: Sampling
    ) -> Answer[ReplyT]:
        """Answer a question; see `LanguageModel.ask`."""
        return await self._ask(messages, form, sampling, None)

    async def warm_up(self) -> None:
        """Load the libraries that the first request needs; see `LanguageModel.warm_up`."""
        if not self._is_warm:
            await in_thread(lambda _: self._load())
            self._is_warm = True

    async def prepare(self, on_progress: OnProgress | None = None) -> None:
        """Load what the first request needs, unless that is done; see `LanguageModel.prepare`."""
        del on_progress
        await self.warm_up()

    async def aclose(self) -> None:
        """Close connections; see `LanguageModel.aclose`."""
        await self._clients.aclose()

    def _load(self) -> None:
        """Import the libraries that a request needs, in a thread: it takes a second or more."""
        for name in (
            "instructor.core.exceptions", "openai.types.chat", "tenacity", "anyio.streams.tls",
        ):  # fmt: skip
            importlib.import_module(name)
        importlib.import_module("communique.models.transport").load()
        with suppress(ImportError):
            importlib.import_module("opentelemetry.metrics")

    @abstractmethod
    def _identify(self) -> dict[str, JsonValue]:
        """Return what tells the model and its server from others."""

    @abstractmethod
    async def _where(self) -> Endpoint:
        """Return the endpoint to ask; called for each attempt."""

    @abstractmethod
    async def _send(self, request: Request[ReplyT]) -> ReplyT:
        """Send one request and return its parsed reply."""

    async def _ask(
        self,
        messages: Sequence[Message],
        form: type[ReplyT],
        sampling: Sampling,
        on_partial: OnPartial | None,
        tally: Tally | None = None,
    ) -> Answer[ReplyT]:
        async def attempt(said: Sequence[Message], written: Sampling, tally: Tally) -> ReplyT:
            return await self._attempt(said, form, written, tally, on_partial)

        reply, total = await ask_with_retries(
            attempt,
            messages,
            sampling,
            settings=self._settings,
            pace=self._pace.here(),
            tally=tally,
        )
        return total.answer(reply)

    def _check_form(self, form: type[BaseModel], endpoint: Endpoint) -> None:
        if issubclass(form, RootModel) and not self._accepts_lists(endpoint):
            raise SettingsError(
                f"{self.provider}: this prompt asks for JSON lists, which are not among the "
                "provider's structured outputs; use a prompt with the strategy whole, such as v1"
            )

    def _accepts_lists(self, endpoint: Endpoint) -> bool:
        """Return whether an answer may be a list rather than an object."""
        del endpoint
        return False

    def _has_formats(self, endpoint: Endpoint) -> bool:
        """Return whether the form of an answer can be asked for in several ways."""
        del endpoint
        return False

    async def _attempt(
        self,
        messages: Sequence[Message],
        form: type[ReplyT],
        sampling: Sampling,
        tally: Tally,
        on_partial: OnPartial | None,
    ) -> ReplyT:
        endpoint = await self._where()
        self._check_form(form, endpoint)
        found = self._found = findings_about(self.provider, endpoint)
        has_formats = self._has_formats(endpoint)

        async def send() -> ReplyT:
            request = _request(
                endpoint, found, messages, form, sampling, tally=tally, on_partial=on_partial
            )
            tried = request.reply_format
            with request_span(self.provider, endpoint, messages, request.sampling, tally):
                try:
                    return await self._send(request)
                except InvalidReply as error:
                    # If the server rejected the model's text, the error carries that text.
                    for raw in error.raw_replies:
                        tally.receipts.append(Receipt(raw, endpoint.model, Usage(calls=1)))
                    if has_formats and _is_free_text(tally.raw_replies[-1:]):
                        found.give_up(tried, f"does not keep to {tried}")
                    raise

        try:
            return await ask_within_means(send, found, has_formats=has_formats)
        except TruncatedReply as error:
            if not self._may_think_longer(endpoint, found, tally):
                raise
            found.thinks = True
            try:
                return await ask_within_means(send, found, has_formats=has_formats)
            except (ArticleError, ProviderError) as refusal:
                if isinstance(refusal, ProviderError) and refusal.retryable:
                    raise
                found.thinks = False  # there is no more room
                raise error from error.__cause__

    async def _first_request(
        self,
        messages: Sequence[Message],
        form: type[ReplyT],
        sampling: Sampling,
        tally: Tally,
    ) -> Request[ReplyT]:
        """Return the first request that a question leads to."""
        endpoint = await self._where()
        self._check_form(form, endpoint)
        found = self._found = findings_about(self.provider, endpoint)
        return _request(endpoint, found, messages, form, sampling, tally=tally)

    def _may_think_longer(self, endpoint: Endpoint, found: Findings, tally: Tally) -> bool:
        return not found.thinks and self._is_lost_to_thinking(endpoint, tally)

    def _is_lost_to_thinking(self, endpoint: Endpoint, tally: Tally) -> bool:
        """Return whether the last answer was lost to hidden thinking, and the limit is ours."""
        is_ours = self._settings.max_tokens is None and not endpoint.is_embedded
        return is_ours and tally.receipts[-1].ran_out_thinking

    def _keep(self, completion: ChatCompletion, started: float, request: Request[ReplyT]) -> None:
        """Record a completion in the tally.

        Raises:
            InvalidReply: it is longer than any answer.
            ArticleError: the server read only part of the article.
        """
        seconds = time.perf_counter() - started
        receipt = to_receipt(completion, seconds, request.endpoint.model)
        request.tally.receipts.append(priced(receipt, request.endpoint, self._settings))
        check_length(len(receipt.raw or ""))
        check_read(request.messages, receipt.usage)


def _request(
    endpoint: Endpoint,
    found: Findings,
    messages: Sequence[Message],
    form: type[ReplyT],
    sampling: Sampling,
    *,
    tally: Tally,
    on_partial: OnPartial | None = None,
) -> Request[ReplyT]:
    """Return a request that asks only for what the server is not known to be unable to do."""
    return Request(
        endpoint,
        messages,
        form,
        _with_room_to_think(sampling) if found.thinks else sampling,
        frozenset(found.unknown),
        found.reply_format,
        tally,
        on_partial,
    )


def price_of(model: LanguageModel, usage: Usage) -> float | None:
    """Return what usage of a model costs in US dollars, or None if its price is not known."""
    return model.price(usage) if isinstance(model, Adapter) else None


def _with_room_to_think(sampling: Sampling) -> Sampling:
    return sampling.model_copy(update={"max_tokens": sampling.max_tokens + THINKING_TOKENS})


def _is_free_text(said: Sequence[str]) -> bool:
    """Return whether the last text is not even the beginning of JSON, as no form allows."""
    text = "".join(said).strip()
    return bool(text) and not text.startswith(("{", "["))
