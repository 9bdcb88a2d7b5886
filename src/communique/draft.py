"""Drafts: the reading of one article, which ends in its summary."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import lru_cache, partial
from importlib.metadata import version
from typing import TypeVar

from pydantic import JsonValue

from communique._internal.background import in_thread
from communique._internal.closing import closing
from communique._internal.logs import get_logger
from communique._internal.progress import OnProgress, Progress
from communique._internal.turns import in_turn
from communique.article import Article
from communique.errors import (
    ArticleError,
    AuthenticationFailed,
    CommuniqueError,
    Interrupted,
    ProviderError,
    ReplyError,
)
from communique.grounding import Grounder, ground_gist, order_words, orders_in, without_orders
from communique.models import LanguageModel
from communique.models.secrets import scrub
from communique.models.tracing import ArticleTrace, trace_article
from communique.prompts import Prompt
from communique.reading import STRATEGIES, Limits, Reading, Session
from communique.statements import Statement
from communique.summary import Provenance, Rejected, Summary, Usage

__all__ = ["Draft", "Reader", "load_patterns"]

LONGEST_GIST = 2_000
"""Most characters of a gist, which is a sentence or two."""

LONG_TEXT = 20_000
"""Characters of an article for which computing takes so long that a thread does it."""

MANY_CLAIMS = 50
"""The same for the claims about it, invalid ones included."""

_LOG = get_logger(__name__)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Reader:
    """A model, and the prompt version with which it reads."""

    model: LanguageModel
    prompt: Prompt

    def __str__(self) -> str:
        return f"{self.model.provider} with prompt {self.prompt.version}"


class Draft:
    """A summary in the making: the article, and everything received about it so far.

    Args:
        article: an `Article`, or its text.
        readers: who reads it: the first one, or, if that fails, the next.
        limits: what the article may take.
        on_progress: called with each step.
        index: the article's position among many, or None.

    Raises:
        ArticleError: the article can't be read.
    """

    def __init__(
        self,
        article: Article | str,
        readers: Sequence[Reader],
        limits: Limits,
        on_progress: OnProgress | None = None,
        *,
        index: int | None = None,
    ) -> None:
        self.article = article if isinstance(article, Article) else Article(text=article)
        self._read = without_orders(self.article)
        self._index = index
        self.gist = ""
        self.result: Summary | None = None
        self.retracted: frozenset[str] = frozenset()
        self._reader, *self._others = readers
        self._on_progress = on_progress
        model, prompt = self._reader.model, self._reader.prompt
        self._session = Session(model, prompt.sampling, on_progress, limits=limits)
        self._grounder: Grounder | None = None
        self._is_grounding = False
        self._claims = 0
        self._started = time.perf_counter()

    @property
    def rejected(self) -> tuple[Rejected, ...]:
        """The claims so far that could not be grounded."""
        return self._grounder.grounded().rejected if self._grounder else ()

    @property
    def usage(self) -> Usage:
        """The tokens and calls so far."""
        return self._session.usage

    @property
    def attempts(self) -> int:
        """The number of requests so far, including retries."""
        return self._session.attempts

    async def finish(self) -> Summary:
        """Let the model read the article, and return the summary.

        Raises:
            CommuniqueError: see `Summarizer.asummarize`.
        """
        with self._traced() as trace, trace.step():
            try:
                async with closing(self._readings(trace, stream=False)) as readings:
                    async for _ in readings:
                        pass
                return await self._end(trace)
            except asyncio.CancelledError as cancelled:
                raise cancelled from await self._interrupted()

    async def statements(
        self, on_end: Callable[[], Awaitable[None]] | None = None
    ) -> AsyncGenerator[Statement]:
        """Let the model read the article, and yield each statement that is new or has changed.

        Args:
            on_end: awaited when the reading has ended, for whatever reason.
        """
        try:
            with self._traced() as trace:
                async with closing(self._shown(trace)) as shown:
                    while True:
                        with trace.step():
                            statement = await anext(shown, None)
                        if statement is None:
                            return
                        yield statement
        finally:
            if on_end is not None:
                await on_end()

    async def attach(self, error: CommuniqueError) -> None:
        """Attach what has been received so far to an error."""
        self._session.attach(error)
        if self._session.has_received and not self._is_grounding:
            error.partial = await self._compute(self._summary)

    async def _shown(self, trace: ArticleTrace) -> AsyncGenerator[Statement]:
        reader = self._reader
        shown: Grounder | None = None
        try:
            async with closing(self._readings(trace, stream=True)) as readings:
                async for reading in readings:
                    if shown is None or reader is not self._reader:
                        self.retracted |= shown.ids() if shown else frozenset()
                        shown, reader = await self._new_grounder(), self._reader
                    news = await self._ground(partial(_show, reading, shown))
                    again = {statement.id for statement in news}
                    self.retracted = (self.retracted - again) | frozenset(shown.retracted())
                    for statement in news:
                        yield statement
            await self._end(trace)
        except (CommuniqueError, asyncio.CancelledError) as error:
            is_cancelled = isinstance(error, asyncio.CancelledError)
            received = await self._interrupted() if is_cancelled else error
            if received.partial is not None and reader is self._reader:
                received.partial = await self._compute(partial(self._summary_of_shown, shown))
            if is_cancelled:
                raise error from received
            raise

    def _traced(self) -> AbstractContextManager[ArticleTrace]:
        prompt = self._reader.prompt
        about = {"communique.prompt": prompt.version, "communique.strategy": prompt.strategy}
        return trace_article(self.article.id, self.article.sha256, about)

    async def _readings(self, trace: ArticleTrace, *, stream: bool) -> AsyncGenerator[Reading]:
        await load_patterns()
        self._started = time.perf_counter()
        self._session.streams = stream
        self._session.start()
        if self._read is not self.article:
            _LOG.warning("the title or source gives orders to a program, and is left out")
        shown = await self._compute(lambda: orders_in(self._read).shown)
        trace.add({"communique.sentences": len(shown.sentences)})
        while True:
            strategy = STRATEGIES[self._reader.prompt.strategy]
            answers = strategy(shown, self._reader.prompt, self._session)
            try:
                async with closing(answers):
                    async for reading in answers:
                        # Not before: with many articles at once, all questions are sent first.
                        self._grounder = self._grounder or await self._new_grounder()
                        await self._take_in(reading, self._grounder)
                        yield reading
            except CommuniqueError as error:
                if not (self._others and can_be_mended(error)):
                    await self.attach(error)
                    raise
                self._begin_again(error)
            else:
                return

    async def _interrupted(self) -> Interrupted:
        """Return the cause of a cancelled reading's end, with what has been received."""
        interrupted = Interrupted("the reading of the article was cancelled")
        await self.attach(interrupted)
        return interrupted

    def _begin_again(self, error: CommuniqueError) -> None:
        """Let the next reader read the article from its beginning."""
        self._reader = self._others.pop(0)
        _LOG.warning(
            "%s: %s; the fallback model is asked: %s",
            type(error).__name__, error, self._reader,
        )  # fmt: skip
        self._session.switch(self._reader.model, self._reader.prompt.sampling)
        self.gist = ""
        self._grounder = None

    async def _new_grounder(self) -> Grounder:
        examples = self._reader.prompt.examples
        return await self._compute(lambda: Grounder(self._read, examples))

    def _is_long(self) -> bool:
        """Return whether computing may take long."""
        return len(self.article.text) >= LONG_TEXT or self._claims >= MANY_CLAIMS

    async def _compute(self, compute: Callable[[], T]) -> T:
        """Compute something, in a thread if it may take long."""
        return await (in_thread(lambda _: compute()) if self._is_long() else in_turn(compute))

    async def _ground(self, compute: Callable[[], T]) -> T:
        """Ground claims, in a thread if it may take long."""
        self._is_grounding = self._is_long()  # even if this is cancelled: the thread goes on
        result = await self._compute(compute)
        self._is_grounding = False
        return result

    async def _take_in(self, reading: Reading, grounder: Grounder) -> None:
        self._claims += len(reading.claims) + len(reading.rejected)
        if not reading.is_provisional:
            await self._ground(partial(_take_in, reading, grounder))
        self.gist = " ".join((reading.gist or self.gist).split())[:LONGEST_GIST]
        if self._on_progress is not None:
            self._on_progress(Progress("read", reading.done, reading.total, reading.message))

    async def _end(self, trace: ArticleTrace) -> Summary:
        self.result = summary = await self._compute(self._summary)
        trace.add({"communique.statements": len(summary.statements)})
        _LOG.info(
            "%d statements, %d rejected, %d requests, %.1f s",
            len(summary.statements), len(summary.rejected), summary.provenance.attempts,
            summary.provenance.seconds,
        )  # fmt: skip
        return summary

    def _summary_of_shown(self, shown: Grounder | None) -> Summary:
        """Return a summary that has what an unfinished answer has shown, too."""
        summary = self._summary(shown)
        # What was rejected while an answer was written is there again if it was completed.
        return summary.model_copy(update={"rejected": tuple(dict.fromkeys(summary.rejected))})

    def _summary(self, grounder: Grounder | None = None) -> Summary:
        grounder = grounder or self._grounder or Grounder(self._read)
        seconds = self._session.model_seconds
        elapsed = time.perf_counter() - self._started + self._session.seconds_before
        return Summary(
            index=self._index,
            article=self.article,
            gist=ground_gist(self._read, self.gist, grounder.orders),
            **dict(grounder.grounded()),
            injections=grounder.orders.passages,
            provenance=Provenance(
                model=self._session.model_name,
                provider=self._reader.model.provider,
                options=_scrubbed(self._reader.model.options),
                prompt_version=self._reader.prompt.version,
                prompt_sha256=self._reader.prompt.sha256,
                library_version=_library_version(),
                seconds=round(elapsed, 3),
                model_seconds=None if seconds is None else round(seconds, 3),
                attempts=self.attempts,
                usage=self.usage,
                from_cache=self._session.from_cache,
            ),
        )


async def load_patterns() -> None:
    """Load the patterns that grounding needs, beside the event loop, unless that is done."""
    if not order_words.is_loaded():
        await in_thread(lambda _: order_words.load())


def can_be_mended(error: CommuniqueError) -> bool:
    """Return whether another model may succeed where one failed with this error.

    A refused key, a missing model and a wrong setting are the user's to mend, and would go
    unnoticed otherwise. An `ArticleError` means that the article is too long for the model.
    """
    is_ours = isinstance(error, ProviderError | ReplyError | ArticleError)
    return is_ours and not isinstance(error, AuthenticationFailed)


def _scrubbed(options: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    return json.loads(scrub(json.dumps(dict(options), ensure_ascii=False)))


def _take_in(reading: Reading, grounder: Grounder) -> None:
    grounder.add(reading.claims)
    for item in reading.rejected:
        grounder.reject(item.raw, item.sentences, item.reason)


def _show(reading: Reading, grounder: Grounder) -> list[Statement]:
    """Take in an answer, and return the statements that are new or have changed."""
    _take_in(reading, grounder)
    return grounder.news()


@lru_cache(maxsize=1)
def _library_version() -> str:
    return version("communique")
