"""A model whose answers are kept: a question that it has answered before is not asked again."""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError
from pydantic_core import PydanticSerializationError

from communique._internal.background import in_thread
from communique._internal.logs import get_logger
from communique.errors import Interrupted, SettingsError
from communique.models.base import Answer, LanguageModel, Message, OnPartial, ReplyT
from communique.models.replies import read_reply
from communique.models.secrets import scrub
from communique.summary import Usage

if TYPE_CHECKING:
    from communique._internal.progress import OnProgress
    from communique.cache import AnswerCache
    from communique.prompts import Sampling

__all__ = ["CachedModel", "question_key"]

_LOG = get_logger(__name__)

_on_progress: ContextVar[OnProgress | None] = ContextVar("communique_on_progress", default=None)

# Equal questions that are asked at once wait for each other, in each event loop.
_turns: WeakValueDictionary[tuple[asyncio.AbstractEventLoop, bytes], asyncio.Lock] = (
    WeakValueDictionary()
)


class CachedModel(LanguageModel):
    """A model that answers from a cache, and asks another model what is not there.

    Only answers are kept that the library could use; neither questions nor failures are. An
    answer is read and grounded again each time, so that improvements of the library apply to it.

    Args:
        model: the model that is asked.
        identity: its `LanguageModel.identity`.
        cache: where its answers are kept.

    Raises:
        SettingsError: the identity is no JSON object.
    """

    def __init__(
        self, model: LanguageModel, identity: Mapping[str, JsonValue], cache: AnswerCache
    ) -> None:
        self.provider = model.provider
        self.context_tokens = model.context_tokens
        self.concurrency = model.concurrency
        self._model = model
        self._cache = cache
        self._options: Mapping[str, JsonValue] | None = None  # of the last answer, if it was kept
        self._has_warned = False
        try:
            self._identity = json.dumps(identity, sort_keys=True)
        except (TypeError, ValueError) as exc:
            raise SettingsError(
                f"model: the identity of {type(model).__name__} is no JSON object: {exc}"
            ) from exc
        self._label = f"{model.provider}/{identity.get('model', '')}".rstrip("/")

    @property
    def server(self) -> str | None:
        """Where the model is asked."""
        return self._model.server

    @property
    def identity(self) -> Mapping[str, JsonValue] | None:
        """The model's identity."""
        return self._model.identity

    @property
    def options(self) -> Mapping[str, JsonValue]:
        """The model's options, as they were when it gave the last answer."""
        return self._model.options if self._options is None else self._options

    def in_front_of(self, model: LanguageModel) -> CachedModel:
        """Return the same cache in front of a model that has the same identity."""
        return CachedModel(model, json.loads(self._identity), self._cache)

    async def knows(
        self, messages: Sequence[Message], form: type[BaseModel], sampling: Sampling
    ) -> bool:
        """Return whether `ask` would answer a question without asking the model.

        Raises:
            SettingsError: the cache can't be read.
        """
        key = question_key(self._identity, messages, form, sampling)
        return await in_thread(lambda _: self._find(key, form)) is not None

    async def ask(
        self, messages: Sequence[Message], form: type[ReplyT], sampling: Sampling
    ) -> Answer[ReplyT]:
        """Return the kept answer, or ask for one and keep it; see `LanguageModel.ask`.

        Raises:
            SettingsError: the cache can't be read.
        """
        key = question_key(self._identity, messages, form, sampling)
        async with _turns.setdefault((asyncio.get_running_loop(), key), asyncio.Lock()):
            return await self._answer(key, form, lambda: self._model.ask(messages, form, sampling))

    async def stream(
        self,
        messages: Sequence[Message],
        form: type[ReplyT],
        sampling: Sampling,
        on_partial: OnPartial,
    ) -> Answer[ReplyT]:
        """Do the same as `ask`, and show the answer while it is written; see `LanguageModel`.

        A stream waits for nobody, and nobody for it: its reader may stop reading at any time.
        """
        key = question_key(self._identity, messages, form, sampling)
        return await self._answer(
            key, form, lambda: self._model.stream(messages, form, sampling, on_partial)
        )

    async def prepare(self, on_progress: OnProgress | None = None) -> None:
        """Remember whom to tell of the preparations, which only a new question requires."""
        _on_progress.set(on_progress)

    async def warm_up(self) -> None:
        """Load what the first question needs."""
        await self._model.warm_up()

    def default_prompt(self) -> str:
        """Return the model's default prompt."""
        return self._model.default_prompt()

    async def aclose(self) -> None:
        """Close the model's connections, and the cache, which opens again when it is needed."""
        await self._model.aclose()
        await in_thread(lambda _: self._cache.close())

    async def _answer(
        self, key: bytes, form: type[ReplyT], ask: Callable[[], Awaitable[Answer[ReplyT]]]
    ) -> Answer[ReplyT]:
        found = await in_thread(lambda _: self._find(key, form))
        if found is not None:
            answer, self._options = found
            return answer
        started = time.perf_counter()
        await self._model.prepare(_on_progress.get())
        answer = await ask()
        self._options = None
        seconds = time.perf_counter() - started
        if (entry := _to_entry(answer, form, seconds, self.options)) is None:
            _LOG.warning("an answer of %s can't be kept in the cache", self._label)
            return answer
        try:
            await in_thread(lambda _: self._keep(key, entry))
        except asyncio.CancelledError as cancelled:
            raise cancelled from _interrupted(answer)
        return answer

    def _find(
        self, key: bytes, form: type[ReplyT]
    ) -> tuple[Answer[ReplyT], Mapping[str, JsonValue]] | None:
        content = self._cache.get(key)
        return None if content is None else _read_entry(content, form)

    def _keep(self, key: bytes, entry: bytes) -> None:
        try:
            self._cache.put(key, self._label, entry)
        except SettingsError as error:  # the answer is there, and has been paid for
            if not self._has_warned:
                _LOG.warning("answers are not kept: %s", error)
            self._has_warned = True


def question_key(
    identity: str, messages: Sequence[Message], form: type[BaseModel], sampling: Sampling
) -> bytes:
    """Return the sha256 of all that an answer depends on: the model, and what it is sent.

    What the library does with an answer is no part of it, since that is done again each time.

    Args:
        identity: the model's identity as JSON.
        messages: the question, with everything of the prompt and the article that it contains.
        form: what the answer must fit.
        sampling: the sampling parameters.
    """
    question = [identity, _form_text(form), sampling.model_dump(), list(messages)]
    return hashlib.sha256(json.dumps(question, sort_keys=True).encode()).digest()


@lru_cache(maxsize=64)
def _form_text(form: type[BaseModel]) -> str:
    return json.dumps([form.__name__, form.model_json_schema()])


class _Entry(BaseModel):
    """An answer in the cache; see `Answer`. Its reply is read from ``raw`` again.

    Attributes:
        seconds: time for the answer, with all attempts and pauses.
        options: the model's options at that time.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="constants")

    raw: str
    model: str
    usage: Usage
    seconds: float
    model_seconds: float | None
    logprobs: tuple[tuple[str, float], ...]
    finish_reason: str | None
    attempts: int
    unusable: tuple[str, ...]
    options: dict[str, JsonValue]


_TAKEN_OVER = tuple(name for name in _Entry.model_fields if name not in {"seconds", "options"})


def _to_entry(
    answer: Answer[ReplyT],
    form: type[ReplyT],
    seconds: float,
    options: Mapping[str, JsonValue],
) -> bytes | None:
    """Return an answer as it is kept, or None if it could not be read again just as it is."""
    # A model of the user's own may return anything.
    same: dict[str, Any] = {name: getattr(answer, name, None) for name in _TAKEN_OVER}
    try:
        entry = _Entry(**same, seconds=round(seconds, 3), options=dict(options))
        content = scrub(entry.model_dump_json()).encode()
    except (ValidationError, PydanticSerializationError, UnicodeEncodeError):
        return None
    found = _read_entry(content, form)
    if found is None or _fields(found[0].reply, form) != _fields(answer.reply, form):
        return None
    read = replace(found[0], reply=answer.reply, seconds=answer.seconds, is_cached=False)
    return content if read == answer else None


def _fields(reply: object, form: type[BaseModel]) -> list[object]:
    """Return a reply's values; instructor replies with a subclass that also has its own."""
    return [getattr(reply, name, None) for name in form.model_fields]


def _read_entry(
    content: bytes, form: type[ReplyT]
) -> tuple[Answer[ReplyT], Mapping[str, JsonValue]] | None:
    """Return a kept answer and the model's options, or None if it does not fit the form."""
    try:
        entry = _Entry.model_validate_json(content)
        reply = read_reply(form, entry.raw)
    except ValidationError:
        return None
    same = {name: getattr(entry, name) for name in _TAKEN_OVER}
    return Answer(reply, **same, seconds=entry.seconds, is_cached=True), entry.options


def _interrupted(answer: Answer[ReplyT]) -> Interrupted:
    """Return what had been received when a call was cancelled after the answer."""
    interrupted = Interrupted("the call was cancelled after the answer")
    interrupted.raw_replies = (*answer.unusable, answer.raw)
    interrupted.usage = answer.usage
    interrupted.attempts = answer.attempts
    return interrupted
