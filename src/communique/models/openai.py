"""The adapter for the chat-completions protocol of OpenAI and compatible servers."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from pydantic_core import from_json

from communique.errors import ModelNotAvailable
from communique.models.adapter import Adapter, Request
from communique.models.base import Answer, Message, OnPartial, ReplyT
from communique.models.endpoint import Endpoint, variable
from communique.models.events import read_events
from communique.models.failures import check_error_object, map_errors
from communique.models.receipts import Transcript, text_of
from communique.models.replies import read_reply
from communique.models.reply_formats import format_options, show_form, suited
from communique.prompts import default_version
from communique.settings import check_base_url, clean_key

if TYPE_CHECKING:
    from openai.types.chat import ChatCompletion

    from communique.models.servers import LocalServers
    from communique.prompts import Sampling
    from communique.settings import Settings

__all__ = ["ChatModel", "open_openai"]

_PATH = "/chat/completions"

_ODD_BODIES = (ValueError, TypeError, AttributeError, LookupError)
"""Errors that openai's SDK raises for bodies that violate the protocol."""


def open_openai(settings: Settings, name: str) -> ChatModel:
    """Open a model of OpenAI, or of the server at the settings' base URL.

    Raises:
        ModelNotAvailable: there is no key.
        SettingsError: ``OPENAI_BASE_URL`` or ``OPENAI_API_KEY`` can't be used.
    """
    base_url = settings.base_url or variable("OPENAI_BASE_URL", check_base_url)
    key = settings.api_key.get_secret_value() if settings.api_key else None
    is_openai = settings.base_url is None
    if key is None and is_openai:
        # OpenAI's key belongs to OpenAI, or to the server at OPENAI_BASE_URL: it is never
        # sent to communique's own base_url setting.
        key = variable("OPENAI_API_KEY", clean_key)
    if key is None and base_url is None:
        raise ModelNotAvailable(
            f"openai/{name} needs a key: set OPENAI_API_KEY or COMMUNIQUE_API_KEY, or name another "
            "server with COMMUNIQUE_BASE_URL"
        )
    endpoint = Endpoint(
        base_url,
        name,
        key or "none",
        is_openai=is_openai,
        price_list="openai" if _is_openais_own(base_url) else None,
    )
    return ChatModel(endpoint, settings)


class ChatModel(Adapter):
    """A model behind the chat-completions protocol.

    Args:
        endpoint: the server and model to ask.
        settings: see `Adapter`.
        provider: name for the summary's provenance.
        servers: see `Adapter`.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        settings: Settings,
        provider: str = "openai",
        *,
        servers: LocalServers | None = None,
    ) -> None:
        super().__init__(provider, settings, servers)
        self._endpoint = endpoint

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

    def _accepts_lists(self, endpoint: Endpoint) -> bool:
        return not _is_openais_own(endpoint.base_url)

    def _has_formats(self, endpoint: Endpoint) -> bool:
        return not endpoint.is_embedded

    async def _where(self) -> Endpoint:
        return self._endpoint

    async def _send(self, request: Request[ReplyT]) -> ReplyT:
        received: list[ChatCompletion] = []
        with map_errors(request.endpoint, received, self._settings, _ODD_BODIES):
            request.tally.attempts += 1
            if request.on_partial is None or suited(request.reply_format, request.form) == "tools":
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
            raise TypeError(f"the body is not a chat completion but {str(completion)[:100]!r}")
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
        transcript = Transcript()
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
                body: Any = from_json(await stream.response.aread())
            self._take(ChatCompletion.construct(**body), started, request, received)
            return
        try:
            async with stream, aclosing(read_events(stream.response.aiter_bytes())) as events:
                async for event in events:
                    chunk = ChatCompletionChunk.construct(**from_json(event))
                    check_error_object(chunk, request.endpoint)
                    if "{" in transcript.add(chunk):
                        _show(transcript.text, on_partial)
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

    if completion.choices and completion.choices[0].finish_reason == "length":
        raise LengthFinishReasonError(completion=completion)
    return read_reply(form, text_of(completion))


def _show(text: str, on_partial: OnPartial) -> None:
    """Call ``on_partial`` with the JSON in an unfinished answer, if there is any."""
    try:
        partial: Any = from_json(text[max(0, text.find("{")) :], allow_partial=True)
    except ValueError:
        return  # not JSON (yet)
    if type(partial) is dict:
        on_partial(cast("dict[str, Any]", partial))


def _options(request: Request[ReplyT]) -> dict[str, Any]:
    sampling, unknown = request.sampling, request.unknown
    # OpenAI's newer models accept only the longer name, other servers only the older one.
    limits = ["max_tokens", "max_completion_tokens"]
    if request.endpoint.base_url is None:
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


def _is_openais_own(base_url: str | None) -> bool:
    return base_url is None or urlsplit(base_url).hostname == "api.openai.com"
