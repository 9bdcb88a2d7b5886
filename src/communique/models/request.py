"""One request of the chat-completions protocol, sent through instructor."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from communique.models.base import Ledger, Message, OnPartial, ReplyT
from communique.models.client import Create, plain_create
from communique.models.endpoint import Endpoint
from communique.models.failures import map_errors
from communique.models.prices import priced
from communique.models.receipts import Transcript, text_of, to_call
from communique.models.secrets import guard_logs

if TYPE_CHECKING:
    from instructor import AsyncInstructor
    from openai import AsyncOpenAI
    from openai.types.chat import ChatCompletion, ChatCompletionChunk

    from communique.settings import Settings

__all__ = ["Request"]


@dataclass(slots=True)
class Request:
    """One HTTP request, entered in the ledger with what comes back.

    Attributes:
        options: what else the protocol has, such as ``temperature``.
        settings: the timeout, for error messages, and prices.
    """

    endpoint: Endpoint
    client: AsyncOpenAI
    messages: Sequence[Message]
    options: dict[str, Any]
    settings: Settings
    ledger: Ledger
    _received: list[ChatCompletion] = field(default_factory=list[Any], init=False)
    _started: float = field(default_factory=time.perf_counter, init=False)

    async def answer(self, reply_model: type[ReplyT]) -> ReplyT:
        """Send it and wait for the whole answer."""
        # instructor and openai take a second to load
        from instructor.core.hooks import HookName
        from openai.types.chat import ChatCompletion

        def keep(completion: object) -> None:
            if not isinstance(completion, ChatCompletion):
                return  # what the SDK makes of a body that is not JSON: its text
            self._received.append(completion)
            self._enter(completion)

        hooks = _hooks()
        hooks.on(HookName.COMPLETION_RESPONSE, keep)
        instructor = _instructor(self.client, plain_create(self.client))
        with map_errors(self.endpoint, self._received, self.settings):
            try:
                reply, _ = await instructor.create_with_completion(
                    response_model=reply_model, hooks=hooks, **self._arguments()
                )
            except (AttributeError, IndexError, KeyError, TypeError):
                if not self._received:
                    raise
                # instructor trips over odd counts of tokens; the answer itself may be sound.
                return reply_model.model_validate_json(text_of(self._received[-1]))
            return reply

    async def streamed_answer(self, reply_model: type[ReplyT], on_partial: OnPartial) -> ReplyT:
        """Send it and show the answer while it is written."""
        from instructor.core.exceptions import IncompleteOutputException
        from openai import OpenAIError

        tape = _Tape(plain_create(self.client))
        instructor = _instructor(self.client, tape.create)
        with map_errors(self.endpoint, self._received, self.settings):
            try:
                async for partial in instructor.create_partial(
                    response_model=reply_model, hooks=_hooks(), **self._arguments()
                ):
                    on_partial(partial)
            except (AttributeError, IndexError, KeyError, TypeError, ValueError) as exc:
                # What instructor can't make sense of is judged below, when all of it is there.
                await tape.play_out()
                if not tape.is_complete:
                    raise OpenAIError(str(exc)) from exc
            finally:
                if tape.transcript.begun:
                    self._enter(tape.transcript.completion())
            if not tape.transcript.begun:
                raise OpenAIError("the stream holds no answer")
            completion = tape.transcript.completion()
            self._received.append(completion)
            if completion.choices[0].finish_reason == "length":
                raise IncompleteOutputException(last_completion=completion)
            return reply_model.model_validate_json(text_of(completion))

    def _arguments(self) -> dict[str, Any]:
        return {"messages": list(self.messages), "max_retries": 0, **self.options}

    def _enter(self, completion: ChatCompletion) -> None:
        seconds = time.perf_counter() - self._started
        call = to_call(completion, seconds, self.endpoint.model)
        self.ledger.calls.append(priced(call, self.endpoint, self.settings))


class _Tape:
    """Stands in for a client's ``create`` and keeps what its stream brings.

    Attributes:
        is_complete: whether the stream came to its end.
    """

    def __init__(self, create: Create) -> None:
        self.transcript = Transcript()
        self.is_complete = False
        self._create = create
        self._stream: AsyncGenerator[ChatCompletionChunk] | None = None

    async def create(self, **options: Any) -> AsyncGenerator[ChatCompletionChunk]:
        """As the client's own, with the stream's figures asked for."""
        chunks = await self._create(**options, stream_options={"include_usage": True})
        self._stream = self._kept(chunks)
        return self._stream

    async def play_out(self) -> None:
        """Take in the rest of the stream."""
        if self._stream is not None:
            async for _ in self._stream:
                pass

    async def _kept(self, chunks: Any) -> AsyncGenerator[ChatCompletionChunk]:
        async for chunk in chunks:
            self.transcript.add(chunk)
            yield chunk
        self.is_complete = self.transcript.begun


def _instructor(client: AsyncOpenAI, create: Create) -> AsyncInstructor:
    import instructor

    mode = instructor.Mode.JSON_SCHEMA
    patched: Callable[..., Awaitable[Any]] = instructor.patch(create=create, mode=mode)
    guard_logs()  # what instructor loads now has loggers of its own
    return instructor.AsyncInstructor(client=client, create=patched, mode=mode)


def _hooks() -> Any:
    from instructor.core.hooks import HookName, Hooks

    hooks = Hooks()
    hooks.on(HookName.COMPLETION_KWARGS, _make_strict)
    return hooks


def _make_strict(**options: Any) -> None:
    """Set what instructor leaves out: ``strict``, without which hosted models only try."""
    options["response_format"]["json_schema"]["strict"] = True
