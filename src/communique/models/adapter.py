"""The base class of all models behind a server: retries, pace, traces and the encoder."""

from __future__ import annotations

import time
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Generic

from pydantic import BaseModel, RootModel

from communique.errors import InvalidReply, SettingsError
from communique.models.base import Answer, LanguageModel, Message, OnPartial, ReplyT, Vectors
from communique.models.client import Clients
from communique.models.embedding import Embedder
from communique.models.pace import PaceKeeper
from communique.models.prices import priced
from communique.models.receipts import Receipt, Tally, to_receipt
from communique.models.retrying import ask_with_retries, ask_without_unknown
from communique.models.servers import LocalServers
from communique.models.tracing import request_span
from communique.models.truncation import check_read
from communique.summary import Usage

if TYPE_CHECKING:
    from openai.types.chat import ChatCompletion

    from communique.local.encoder import Encoder
    from communique.models.endpoint import Endpoint
    from communique.prompts import Sampling
    from communique.settings import Settings

__all__ = ["Adapter", "Request"]


@dataclass(frozen=True, slots=True)
class Request(Generic[ReplyT]):
    """One attempt at a question.

    Attributes:
        endpoint: the server and model to ask.
        unknown: options that the model has rejected as unknown.
        tally: records the attempt and what it receives.
        on_partial: called with the unfinished answer as it grows; None not to stream.
    """

    endpoint: Endpoint
    messages: Sequence[Message]
    form: type[ReplyT]
    sampling: Sampling
    unknown: frozenset[str]
    tally: Tally
    on_partial: OnPartial | None


class Adapter(LanguageModel):
    """A model behind a server. Subclasses locate the server and send single requests.

    Args:
        provider: who runs the model.
        settings: timeout, attempts, deadline, limits per minute, prices, context.
        servers: finds the servers that communique runs itself, such as the sentence encoder.
    """

    def __init__(
        self, provider: str, settings: Settings, servers: LocalServers | None = None
    ) -> None:
        self.provider = provider
        self.context_tokens = settings.context_tokens
        self._settings = settings
        self._servers = servers or LocalServers()
        self._clients = Clients(settings.timeout)
        self._pace = PaceKeeper(settings)
        # The encoder is another server: it has rate limits and failures of its own.
        unlimited = settings.model_copy(
            update={"requests_per_minute": None, "tokens_per_minute": None}
        )
        self._encoder = Embedder(
            "local", self._clients, PaceKeeper(unlimited), settings, is_free=True
        )
        self._unknown_options: dict[tuple[str | None, str], set[str]] = {}

    async def ask(
        self, messages: Sequence[Message], form: type[ReplyT], sampling: Sampling
    ) -> Answer[ReplyT]:
        """Answer a question; see `LanguageModel.ask`."""
        return await self._ask(messages, form, sampling, None)

    async def encode(self, texts: Sequence[str], encoder: Encoder) -> Vectors | None:
        """Return each text's vector; see `LanguageModel.encode`."""
        if not self._servers.can_encode():
            return None
        return await self._encoder.vectors(texts, partial(self._servers.encoder, encoder))

    async def aclose(self) -> None:
        """Close connections; see `LanguageModel.aclose`."""
        await self._clients.aclose()

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
    ) -> Answer[ReplyT]:
        async def attempt(said: Sequence[Message], written: Sampling, tally: Tally) -> ReplyT:
            return await self._attempt(said, form, written, tally, on_partial)

        reply, tally = await ask_with_retries(
            attempt, messages, sampling, settings=self._settings, pace=self._pace.here()
        )
        return tally.answer(reply)

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
        unknown = self._unknown_options.setdefault((endpoint.base_url, endpoint.model), set())

        async def send() -> ReplyT:
            request = Request(
                endpoint, messages, form, sampling, frozenset(unknown), tally, on_partial
            )
            with request_span(self.provider, endpoint, messages, sampling, tally):
                try:
                    return await self._send(request)
                except InvalidReply as error:
                    # If the server rejected the model's text, the error carries that text.
                    for raw in error.raw_replies:
                        tally.receipts.append(Receipt(raw, endpoint.model, Usage(calls=1)))
                    raise

        return await ask_without_unknown(send, unknown)

    def _keep(self, completion: ChatCompletion, started: float, request: Request[ReplyT]) -> None:
        """Record a completion in the tally.

        Raises:
            ArticleError: the server read only part of the article.
        """
        seconds = time.perf_counter() - started
        receipt = to_receipt(completion, seconds, request.endpoint.model)
        request.tally.receipts.append(priced(receipt, request.endpoint, self._settings))
        check_read(request.messages, receipt.usage)
