"""The adapter for the chat-completions protocol of OpenAI and compatible servers."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pydantic import JsonValue

from communique.errors import (
    CommuniqueError,
    InvalidReply,
    ModelNotAvailable,
    ProviderError,
    TruncatedReply,
)
from communique.models.adapter import Adapter, Request
from communique.models.base import Answer, Message, OnPartial, ReplyT
from communique.models.batch_objects import Collected
from communique.models.batches import BatchApi
from communique.models.endpoint import Endpoint
from communique.models.events import read_events
from communique.models.failures import check_error_object, map_errors
from communique.models.findings import findings_about
from communique.models.partial import Growing
from communique.models.prices import at_batch_price
from communique.models.receipts import Tally, Transcript, text_of
from communique.models.replies import check_length, read_reply
from communique.models.reply_formats import format_options, show_form, suited
from communique.models.secrets import scrub
from communique.models.values import LONGEST_NAME, get, items, line
from communique.prompts import default_version

if TYPE_CHECKING:
    from openai.types.chat import ChatCompletion

    from communique.prompts import Sampling
    from communique.settings import Settings

__all__ = ["ChatModel", "is_openais_own"]

_PATH = "/chat/completions"


class ChatModel(Adapter):
    """A model behind the chat-completions protocol.

    Args:
        endpoint: the server and model to ask.
        settings: see `Adapter`.
        provider: name for the summary's provenance.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        settings: Settings,
        provider: str = "openai",
    ) -> None:
        super().__init__(provider, settings)
        self._endpoint = endpoint

    @property
    def server(self) -> str | None:
        """The base URL."""
        return self._endpoint.base_url

    def default_prompt(self) -> str:
        """Return the embedded model's prompt if this is that model, whoever serves it."""
        from communique.local.catalog import MODELS

        is_embedded = self._endpoint.model in MODELS
        return default_version("local") if is_embedded else super().default_prompt()

    async def stream(
        self,
        messages: Sequence[Message],
        form: type[ReplyT],
        sampling: Sampling,
        on_partial: OnPartial,
    ) -> Answer[ReplyT]:
        """Answer a question and show its progress; see `LanguageModel.stream`."""
        return await self._ask(messages, form, sampling, on_partial)

    async def write_body(
        self, messages: Sequence[Message], form: type[ReplyT], sampling: Sampling
    ) -> dict[str, Any]:
        """Return the body of the first request that `ask` would send for a question."""
        return self._body(await self._first_request(messages, form, sampling, Tally()))

    async def ask_after(
        self,
        collected: Collected,
        messages: Sequence[Message],
        form: type[ReplyT],
        sampling: Sampling,
    ) -> Answer[ReplyT]:
        """Answer a question that a batch has answered, and ask it again if that can't be used.

        What makes `ask` ask again does so here: an answer that breaks the form, one that hidden
        thinking took the tokens of, and an error in its place.
        """
        tally = Tally(attempts=1)
        request = await self._first_request(messages, form, sampling, tally)
        try:
            return tally.answer(self._read_collected(collected, request))
        except CommuniqueError as error:
            needs_room = isinstance(error, TruncatedReply) and self._is_lost_to_thinking(
                request.endpoint, tally
            )
            if not (needs_room or isinstance(error, InvalidReply | ProviderError)):
                tally.attach(error)
                raise
            if needs_room:
                findings_about(self.provider, request.endpoint).thinks = True
        collected.is_asked_again = True
        return await self._ask(messages, form, sampling, None, tally)

    async def list_models(self, seconds: float) -> list[str] | None:
        """Return the models that the server lists, or None if it has no such list.

        No article is sent, only the key. ``seconds`` is how long to wait.

        Raises:
            ProviderError: the server can't be reached, refuses the key, or fails.
        """
        settings = self._settings.model_copy(update={"timeout": seconds})
        try:
            with map_errors(self._endpoint, [], settings):
                async with asyncio.timeout(seconds):
                    client = self._clients.get(self._endpoint)
                    body: Any = await client.get("/models", cast_to=object)
        except ModelNotAvailable:  # the server does not know the address
            return None
        return [line(get(each, "id"), LONGEST_NAME) for each in items(get(body, "data"))] or None

    def batch_api(self) -> BatchApi:
        """Return the batch API of the model's server."""
        return BatchApi(self._endpoint, self._settings)

    def _read_collected(self, collected: Collected, request: Request[ReplyT]) -> ReplyT:
        from openai.types.chat import ChatCompletion

        received: list[ChatCompletion] = []
        tally = request.tally
        try:
            with map_errors(request.endpoint, received, self._settings):
                completion = ChatCompletion.construct(**collected.body)
                self._take(completion, time.perf_counter(), request, received)
                return _read(request.form, received[-1])
        finally:
            tally.receipts = [
                replace(each, usage=at_batch_price(each.usage)) for each in tally.receipts
            ]
            collected.usage = tally.usage

    def _identify(self) -> dict[str, JsonValue]:
        return self._endpoint.identity()

    def _accepts_lists(self, endpoint: Endpoint) -> bool:
        return not is_openais_own(endpoint.base_url)

    def _has_formats(self, endpoint: Endpoint) -> bool:
        return not endpoint.is_embedded

    async def _where(self) -> Endpoint:
        return self._endpoint

    async def _send(self, request: Request[ReplyT]) -> ReplyT:
        received: list[ChatCompletion] = []
        with map_errors(request.endpoint, received, self._settings):
            request.tally.attempts += 1
            is_whole = suited(request.reply_format, request.form) == "tools"
            # The transport's own time-out starts again with each part of a response.
            async with asyncio.timeout(self._settings.timeout):
                if request.on_partial is None or is_whole:
                    await self._receive(request, received)
                else:
                    await self._receive_stream(request, request.on_partial, received)
            return _read(request.form, received[-1])

    async def _receive(self, request: Request[ReplyT], received: list[ChatCompletion]) -> None:
        from openai.types.chat import ChatCompletion

        started = time.perf_counter()
        client = self._clients.get(request.endpoint)
        body = self._body(request)
        completion: Any = await client.post(_PATH, cast_to=ChatCompletion, body=body)
        if not isinstance(completion, ChatCompletion):  # but text, if it is not JSON
            raise TypeError(
                f"the body is not a chat completion but {scrub(str(completion))[:100]!r}"
            )
        self._take(completion, started, request, received)

    def _take(
        self,
        completion: ChatCompletion,
        started: float,
        request: Request[ReplyT],
        received: list[ChatCompletion],
    ) -> None:
        """Keep a whole answer, or raise the error that the server sent instead."""
        if not text_of(completion):
            check_error_object(completion, request.endpoint)
        received.append(completion)
        self._keep(completion, started, request)

    async def _receive_stream(
        self, request: Request[ReplyT], on_partial: OnPartial, received: list[ChatCompletion]
    ) -> None:
        from openai import AsyncStream
        from openai.types.chat import ChatCompletion, ChatCompletionChunk

        started = time.perf_counter()
        client = self._clients.get(request.endpoint)
        transcript, growing = Transcript(), Growing(on_partial)
        stream = await client.post(
            _PATH,
            cast_to=ChatCompletion,
            body=self._body(request, streams=True),
            stream=True,
            stream_cls=AsyncStream[ChatCompletionChunk],
        )
        if "json" in stream.response.headers.get("content-type", ""):
            # The whole answer, from a server that does not stream, or an error from a gateway.
            async with stream:
                body: Any = json.loads(await stream.response.aread())
            self._take(ChatCompletion.construct(**body), started, request, received)
            return
        try:
            async with stream, aclosing(read_events(stream.response.aiter_bytes())) as events:
                async for event in events:
                    chunk = ChatCompletionChunk.construct(**json.loads(event))
                    check_error_object(chunk, request.endpoint)
                    growing.add(transcript.add(chunk))
                    check_length(transcript.length)
        finally:
            if transcript.begun:
                self._keep(transcript.completion(), started, request)
        if not transcript.begun:
            raise ValueError("the stream contains no answer")
        received.append(transcript.completion())

    def _body(self, request: Request[ReplyT], *, streams: bool = False) -> dict[str, Any]:
        """Return the body of a request, in the field order of openai's SDK.

        The SDK's own ``create`` would spend most of the call on converting messages and schema,
        which are plain JSON already.
        """
        reply_format = suited(request.reply_format, request.form)
        options = {**_options(request), **format_options(reply_format, request.form)}
        effort = self._settings.reasoning_effort
        if effort is not None and "reasoning_effort" not in request.unknown:
            options["reasoning_effort"] = effort
        if streams:
            options |= {"stream": True, "stream_options": {"include_usage": True}}
        options |= self._settings.extra_body or {}
        return {
            "messages": show_form(reply_format, request.messages, request.form),
            "model": request.endpoint.model,
            **dict(sorted(options.items())),
        }


def _read(form: type[ReplyT], completion: ChatCompletion) -> ReplyT:
    from openai import LengthFinishReasonError

    if get(completion, "choices", 0, "finish_reason") == "length":
        raise LengthFinishReasonError(completion=completion)
    return read_reply(form, text_of(completion))


def _options(request: Request[ReplyT]) -> dict[str, Any]:
    sampling, unknown = request.sampling, request.unknown
    # OpenAI's newer models accept only the longer name, other servers only the older one.
    limits = ["max_tokens", "max_completion_tokens"]
    if is_openais_own(request.endpoint.base_url):
        limits.reverse()
    options: dict[str, Any] = {"temperature": sampling.temperature}
    if (limit := next((name for name in limits if name not in unknown), None)) is not None:
        options[limit] = sampling.max_tokens
    if sampling.seed is not None:
        options["seed"] = sampling.seed
    if sampling.logprobs and "logprobs" not in unknown:
        # By default, llama-server sends twenty alternatives with each token.
        options |= {"logprobs": True, "top_logprobs": 1}
    return {name: value for name, value in options.items() if name not in unknown}


def is_openais_own(base_url: str | None) -> bool:
    """Return whether a server is OpenAI's, which differs from those that speak its protocol."""
    return base_url is None or urlsplit(base_url).hostname == "api.openai.com"
