"""Asking over the chat-completions protocol, with openai, instructor and tenacity."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from communique.models.base import Ledger, Message, OnPartial, ReplyT
from communique.models.client import open_client
from communique.models.embedding import MOST_TEXTS, request_vectors
from communique.models.endpoint import (
    EncoderFinder,
    Endpoint,
    EndpointFinder,
    Preparation,
    find_embeddings,
    find_encoder,
    find_endpoint,
    find_preparation,
)
from communique.models.pace import PaceKeeper
from communique.models.providers import ProviderModel, open_provider
from communique.models.request import Request
from communique.models.retrying import (
    CHARACTERS_PER_TOKEN,
    ask_with_retries,
    ask_without_unknown,
    with_retries,
)
from communique.models.spans import embedding_span, request_span

if TYPE_CHECKING:
    from openai import AsyncOpenAI

    from communique.local.encoder import Encoder
    from communique.prompts import Sampling
    from communique.settings import ModelChoice, Settings

__all__ = ["ChatModel", "open_model"]

ENCODER_PROVIDER = "local"
"""Who runs the library's encoders, whoever provides the model."""


def open_model(settings: Settings, choice: ModelChoice) -> ChatModel | ProviderModel:
    """The model that the settings name. Nothing is started or sent before the first question.

    Raises:
        ModelNotAvailable: the provider is not known, has no key, or its SDK is not installed.
        SettingsError: settings that contradict each other.
    """
    if choice.provider not in {"local", "openai"}:
        return open_provider(settings, choice)
    return ChatModel(
        choice.provider,
        find_endpoint(settings, choice),
        settings,
        find_embeddings(choice),
        find_preparation(choice),
        encoders=find_encoder(),
    )


class ChatModel:
    """A model behind the chat-completions protocol.

    Args:
        provider: name for the summary's provenance.
        endpoint: says where to ask; asked anew for each attempt, since the embedded
            model's server may have been started again.
        settings: timeout and number of attempts.
        embeddings: says where the model embeds texts, or None if it does not.
        preparation: has the model read the beginning of its questions, or None.
        encoders: says where the library's encoders answer, or None if they can't run.
    """

    def __init__(
        self,
        provider: str,
        endpoint: EndpointFinder,
        settings: Settings,
        embeddings: EndpointFinder | None = None,
        preparation: Preparation | None = None,
        *,
        encoders: EncoderFinder | None = None,
    ) -> None:
        self.provider = provider
        self._endpoint = endpoint
        self._embeddings = embeddings
        self._preparation = preparation
        self._encoders = encoders
        self._prepared: set[tuple[Endpoint, str]] = set()
        self._settings = settings
        # A client's connections belong to the event loop that opened them.
        self._clients: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[Endpoint, AsyncOpenAI]] = (
            WeakKeyDictionary()
        )
        self._pace = PaceKeeper(settings)
        # The provider's limits and failures are none of the encoder's, and the other way round.
        self._encoder_pace = PaceKeeper(
            settings.model_copy(update={"requests_per_minute": None, "tokens_per_minute": None})
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

    async def embed(self, texts: Sequence[str], ledger: Ledger) -> list[list[float]] | None:
        """See `EmbeddingModel.embed`."""
        if self._embeddings is None:
            return None
        find = partial(self._embeddings, ledger.on_progress)
        return await self._vectors(texts, find, self._pace, ledger)

    async def encode(
        self, texts: Sequence[str], encoder: Encoder, ledger: Ledger
    ) -> list[list[float]] | None:
        """See `EncodingModel.encode`."""
        if self._encoders is None:
            return None
        find = partial(self._encoders, encoder)
        return await self._vectors(texts, find, self._encoder_pace, ledger, is_encoder=True)

    async def _vectors(
        self,
        texts: Sequence[str],
        find: Callable[[], Awaitable[Endpoint]],
        pace: PaceKeeper,
        ledger: Ledger,
        *,
        is_encoder: bool = False,
    ) -> list[list[float]]:
        provider = ENCODER_PROVIDER if is_encoder else self.provider
        vectors: list[list[float]] = []
        for start in range(0, len(texts), MOST_TEXTS):
            part = texts[start : start + MOST_TEXTS]

            async def send(_: int, part: Sequence[str] = part) -> list[list[float]]:
                endpoint = await find()
                client = self._client(endpoint)
                with embedding_span(provider, endpoint, ledger):
                    return await request_vectors(
                        part, endpoint, client, self._settings, ledger, is_counted=not is_encoder
                    )

            tokens = sum(map(len, part)) // CHARACTERS_PER_TOKEN
            vectors += await with_retries(
                send, tokens, ledger, settings=self._settings, pace=pace.here()
            )
        return vectors

    async def prepare(self, prefix: Sequence[Message], ledger: Ledger) -> None:
        """See `PreparedModel.prepare`."""
        if self._preparation is None:
            return
        # A server that was started again has another key, so it is another endpoint.
        key = (await self._endpoint(ledger.on_progress), json.dumps(list(prefix)))
        if key not in self._prepared:
            self._prepared.add(key)
            await self._preparation(prefix, ledger.on_progress)

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
        return await ask_with_retries(
            lambda said, written: self._attempt(said, reply_model, written, ledger, on_partial),
            messages,
            sampling,
            ledger,
            settings=self._settings,
            pace=self._pace.here(),
        )

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

        async def send() -> ReplyT:
            options = _options(endpoint, sampling, unknown)
            ledger.attempts += 1
            request = Request(
                endpoint, self._client(endpoint), messages, options, self._settings, ledger
            )
            with request_span(self.provider, endpoint, messages, sampling, ledger):
                if on_partial is None:
                    return await request.answer(reply_model)
                return await request.streamed_answer(reply_model, on_partial)

        return await ask_without_unknown(send, unknown)

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
    if sampling.logprobs and "logprobs" not in unknown:
        # llama-server sends twenty others with each token unless it is told how many.
        options |= {"logprobs": True, "top_logprobs": 1}
    return {name: value for name, value in options.items() if name not in unknown}
