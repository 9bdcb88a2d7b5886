"""Asking over the chat-completions protocol, with openai, instructor and tenacity."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from communique.errors import InvalidReply, ProviderError, ReplyError
from communique.llm.endpoint import Endpoint, EndpointFinder, find_endpoint
from communique.llm.failures import map_errors
from communique.llm.model import Call, Ledger, Message, ReplyT
from communique.statements import Usage

if TYPE_CHECKING:
    from instructor import AsyncInstructor
    from openai import AsyncOpenAI
    from openai.types.chat import ChatCompletion
    from tenacity import RetryCallState

    from communique.prompts import Sampling
    from communique.settings import ModelChoice, Settings

__all__ = ["ChatModel", "open_model"]

MAX_WAIT_SECONDS = 60.0
"""Longest pause before a retry, whatever the server asks for."""

INVALID_REPLY_ATTEMPTS = 2
"""A model that breaks the form twice will break it again; asking is not free."""


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

    async def ask(
        self,
        messages: Sequence[Message],
        reply_model: type[ReplyT],
        sampling: Sampling,
        ledger: Ledger,
    ) -> ReplyT:
        """See `LanguageModel.ask`."""
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
                    return await self._attempt(messages, reply_model, sampling, ledger)
        except (ProviderError, ReplyError) as error:
            ledger.attach(error)
            raise
        raise AssertionError  # pragma: no cover  (tenacity returns or raises)

    async def context_tokens(self, ledger: Ledger) -> int | None:
        """See `LanguageModel.context_tokens`."""
        return (await self._endpoint(ledger.on_progress)).context_tokens

    async def aclose(self) -> None:
        """Close the connections of the running event loop."""
        for client in self._clients.pop(asyncio.get_running_loop(), {}).values():
            await client.close()

    async def _attempt(
        self,
        messages: Sequence[Message],
        reply_model: type[ReplyT],
        sampling: Sampling,
        ledger: Ledger,
    ) -> ReplyT:
        # instructor and openai take a second to load
        from instructor.core.hooks import HookName, Hooks  # noqa: PLC0415
        from openai.types.chat import ChatCompletion  # noqa: PLC0415

        endpoint = await self._endpoint(ledger.on_progress)
        received: list[ChatCompletion] = []
        started = time.perf_counter()

        def keep(completion: object) -> None:
            if not isinstance(completion, ChatCompletion):
                return  # what the SDK makes of a body that is not JSON: its text
            received.append(completion)
            ledger.calls.append(_call(completion, time.perf_counter() - started))

        hooks = Hooks()
        hooks.on(HookName.COMPLETION_KWARGS, _make_strict)
        hooks.on(HookName.COMPLETION_RESPONSE, keep)
        # OpenAI's newer models know only the longer name, other servers only the older one.
        limit = "max_tokens" if endpoint.base_url else "max_completion_tokens"
        options: dict[str, Any] = {
            "model": endpoint.model,
            "temperature": sampling.temperature,
            limit: sampling.max_tokens,
        }
        if sampling.seed is not None:
            options["seed"] = sampling.seed
        ledger.attempts += 1
        with map_errors(endpoint, received, self._settings):
            reply, _ = await self._client(endpoint).create_with_completion(
                messages=cast("Any", list(messages)),
                response_model=reply_model,
                max_retries=0,
                hooks=hooks,
                **options,
            )
            return reply

    def _client(self, endpoint: Endpoint) -> AsyncInstructor:
        import httpx2  # noqa: PLC0415
        import instructor  # noqa: PLC0415
        from openai import AsyncOpenAI, DefaultAsyncHttpxClient  # noqa: PLC0415

        clients = self._clients.setdefault(asyncio.get_running_loop(), {})
        if endpoint not in clients:
            clients[endpoint] = AsyncOpenAI(
                api_key=endpoint.api_key,
                base_url=endpoint.base_url,
                max_retries=0,
                timeout=httpx2.Timeout(self._settings.timeout, connect=10),
                # A proxy set up for the internet can't reach a server on this machine.
                http_client=DefaultAsyncHttpxClient(trust_env=not _is_loopback(endpoint.base_url)),
            )
        return instructor.from_openai(clients[endpoint], mode=instructor.Mode.JSON_SCHEMA)


def _is_loopback(base_url: str | None) -> bool:
    host = urlsplit(base_url or "").hostname or ""
    return host in {"localhost", "::1"} or host.startswith("127.")


def _make_strict(**options: Any) -> None:
    """Set what instructor leaves out: ``strict``, without which hosted models only try."""
    options["response_format"]["json_schema"]["strict"] = True


def _call(completion: ChatCompletion, seconds: float) -> Call:
    """Copied at once: instructor changes ``completion.usage`` afterwards."""
    usage = Usage(calls=1)
    if completion.usage is not None:
        details = completion.usage.prompt_tokens_details
        usage = Usage(
            calls=1,
            input_tokens=completion.usage.prompt_tokens,
            output_tokens=completion.usage.completion_tokens,
            cached_input_tokens=(details.cached_tokens or 0) if details else 0,
        )
    # llama-server's own measure of its work
    timings: dict[str, float] = (completion.model_extra or {}).get("timings") or {}
    milliseconds = [timings[key] for key in ("prompt_ms", "predicted_ms") if key in timings]
    return Call(
        raw=(completion.choices[0].message.content or "") if completion.choices else "",
        model=completion.model,
        usage=usage,
        seconds=seconds,
        model_seconds=sum(milliseconds) / 1000 if milliseconds else None,
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
