"""Asking over the chat-completions protocol, with openai, instructor and tenacity."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from communique.errors import CommuniqueError, InvalidReply, ProviderError
from communique.llm.client import open_client
from communique.llm.endpoint import Endpoint, EndpointFinder, find_endpoint
from communique.llm.failures import UnsupportedOption
from communique.llm.model import Ledger, Message, OnPartial, ReplyT
from communique.llm.request import Request

if TYPE_CHECKING:
    from openai import AsyncOpenAI
    from tenacity import RetryCallState

    from communique.prompts import Sampling
    from communique.settings import ModelChoice, Settings

__all__ = ["ChatModel", "open_model"]

MAX_WAIT_SECONDS = 60.0
"""Longest pause before a retry, whatever the server asks for."""

INVALID_REPLY_ATTEMPTS = 2
"""A model that breaks the form twice will break it again; asking is not free."""

SECOND_TEMPERATURE = 0.3
"""Temperature, at least, at which a broken answer is asked for again: at 0 it would be the same."""

# Options that a model may not know, as OpenAI's reasoning models do not know a temperature.
_DISPENSABLE = frozenset({"temperature", "seed", "max_tokens", "max_completion_tokens"})


def open_model(settings: Settings, choice: ModelChoice) -> ChatModel:
    """The model that the settings name. Nothing is started or sent before the first question.

    Raises:
        ModelNotAvailable: the provider is not known, or has no key.
        SettingsError: settings that contradict each other.
    """
    return ChatModel(choice.provider, find_endpoint(settings, choice), settings)


class ChatModel:
    """A model behind the chat-completions protocol.

    Args:
        provider: name for the summary's provenance.
        endpoint: says where to ask; asked anew for each attempt, since the embedded
            model's server may have been started again.
        settings: timeout and number of attempts.
    """

    def __init__(self, provider: str, endpoint: EndpointFinder, settings: Settings) -> None:
        self.provider = provider
        self._endpoint = endpoint
        self._settings = settings
        # A client's connections belong to the event loop that opened them.
        self._clients: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[Endpoint, AsyncOpenAI]] = (
            WeakKeyDictionary()
        )
        self._unknown_options: dict[tuple[str | None, str], set[str]] = {}

    async def ask(
        self,
        messages: Sequence[Message],
        reply_model: type[ReplyT],
        sampling: Sampling,
        ledger: Ledger,
    ) -> ReplyT:
        """See `LanguageModel.ask`."""
        return await self._ask(messages, reply_model, sampling, ledger, None)

    async def ask_streaming(
        self,
        messages: Sequence[Message],
        reply_model: type[ReplyT],
        sampling: Sampling,
        ledger: Ledger,
        on_partial: OnPartial,
    ) -> ReplyT:
        """See `StreamingModel.ask_streaming`."""
        return await self._ask(messages, reply_model, sampling, ledger, on_partial)

    async def context_tokens(self, ledger: Ledger) -> int | None:
        """See `LanguageModel.context_tokens`."""
        return (await self._endpoint(ledger.on_progress)).context_tokens

    async def aclose(self) -> None:
        """Close the connections of the running event loop."""
        for client in self._clients.pop(asyncio.get_running_loop(), {}).values():
            await client.close()

    async def _ask(
        self,
        messages: Sequence[Message],
        reply_model: type[ReplyT],
        sampling: Sampling,
        ledger: Ledger,
        on_partial: OnPartial | None,
    ) -> ReplyT:
        from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt  # noqa: PLC0415

        broken_replies = 0

        def worth_another_attempt(error: BaseException) -> bool:
            nonlocal broken_replies
            if isinstance(error, InvalidReply):
                broken_replies += 1
                return broken_replies < INVALID_REPLY_ATTEMPTS
            return isinstance(error, ProviderError) and error.retryable

        retrying = AsyncRetrying(
            stop=stop_after_attempt(self._settings.max_attempts),
            wait=_pause,
            retry=retry_if_exception(worth_another_attempt),
            reraise=True,
        )
        try:
            async for attempt in retrying:
                with attempt:
                    written = _second_sampling(sampling) if broken_replies else sampling
                    return await self._attempt(messages, reply_model, written, ledger, on_partial)
        except CommuniqueError as error:
            ledger.attach(error)
            raise
        raise AssertionError  # pragma: no cover  (tenacity returns or raises)

    async def _attempt(
        self,
        messages: Sequence[Message],
        reply_model: type[ReplyT],
        sampling: Sampling,
        ledger: Ledger,
        on_partial: OnPartial | None,
    ) -> ReplyT:
        endpoint = await self._endpoint(ledger.on_progress)
        unknown = self._unknown_options.setdefault((endpoint.base_url, endpoint.model), set())
        while True:
            options = _options(endpoint, sampling, unknown)
            ledger.attempts += 1
            request = Request(
                endpoint, self._client(endpoint), messages, options, self._settings, ledger
            )
            try:
                if on_partial is None:
                    return await request.answer(reply_model)
                return await request.streamed_answer(reply_model, on_partial)
            except UnsupportedOption as error:
                if error.option not in _DISPENSABLE or error.option in unknown:
                    raise
                unknown.add(error.option)

    def _client(self, endpoint: Endpoint) -> AsyncOpenAI:
        loop = asyncio.get_running_loop()
        for other in [other for other in self._clients if other.is_closed()]:
            del self._clients[other]
        clients = self._clients.setdefault(loop, {})
        if endpoint not in clients:
            clients[endpoint] = open_client(endpoint, self._settings.timeout)
        return clients[endpoint]


def _options(endpoint: Endpoint, sampling: Sampling, unknown: set[str]) -> dict[str, Any]:
    # OpenAI's newer models know only the longer name, other servers only the older one.
    limits = ["max_tokens", "max_completion_tokens"]
    if endpoint.base_url is None:
        limits.reverse()
    limit = next((name for name in limits if name not in unknown), None)
    options: dict[str, Any] = {"model": endpoint.model, "temperature": sampling.temperature}
    if limit is not None:
        options[limit] = sampling.max_tokens
    if sampling.seed is not None:
        options["seed"] = sampling.seed
    return {name: value for name, value in options.items() if name not in unknown}


def _second_sampling(sampling: Sampling) -> Sampling:
    return sampling.model_copy(
        update={
            "temperature": max(sampling.temperature, SECOND_TEMPERATURE),
            "seed": None if sampling.seed is None else sampling.seed + 1,
        }
    )


def _pause(state: RetryCallState) -> float:
    """Exponential back-off with full jitter, or what the server asked for."""
    from tenacity import wait_random_exponential  # noqa: PLC0415

    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, ProviderError) and error.retry_after is not None:
        return min(error.retry_after, MAX_WAIT_SECONDS)
    if isinstance(error, InvalidReply):
        return 0
    return wait_random_exponential(multiplier=0.5, max=MAX_WAIT_SECONDS)(state)
