"""Runs over many articles: when they end early, and what becomes of the articles that remain."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncGenerator, AsyncIterable, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from communique import errors
from communique.article import Article
from communique.errors import (
    ArticleError,
    AuthenticationFailed,
    CommuniqueError,
    LimitReached,
    ModelNotAvailable,
    PromptError,
    RateLimited,
    ReplyError,
    SettingsError,
    received_before,
)
from communique.models.secrets import scrub
from communique.summary import Failure

__all__ = [
    "STOP_AFTER",
    "Articles",
    "Run",
    "check_several",
    "each_of",
    "is_about_all",
    "is_hopeless",
    "to_failure",
]

STOP_AFTER = 20
"""Number of failures in a row after which a run ends, unless the caller sets another."""

HOPELESS_AFTER = 3
"""The same for failures that every article will meet, such as a refused key."""

Articles = Iterable[Article | str] | AsyncIterable[Article | str]


class Run:
    """One run over many articles, all in one event loop.

    Args:
        total_deadline: seconds that it may take, from the first article on, or None.
        stop_after: number of failures in a row after which it ends, or None.

    Raises:
        SettingsError: an argument can't be used.
    """

    def __init__(self, total_deadline: object, stop_after: object) -> None:
        self._seconds = _check_seconds(total_deadline)
        self._stop_after = _check_count(stop_after)
        self._until: float | None = None
        self._scopes: set[asyncio.Timeout] = set()
        self._in_a_row = 0
        self._hopeless = 0
        self._end: Exception | None = None

    @asynccontextmanager
    async def time(self) -> AsyncGenerator[None]:
        """Cut the block off when the run ends.

        Raises:
            CommuniqueError: the run has ended. The error has what the block had received.
        """
        now = asyncio.get_running_loop().time()
        if self._until is None and self._seconds is not None:
            self._until = now + self._seconds
        if self._end is not None or (self._until is not None and now >= self._until):
            raise self._ended("nothing was sent")
        scope = asyncio.timeout_at(self._until)
        try:
            async with scope:
                self._scopes.add(scope)
                yield
        except TimeoutError as error:
            if not scope.expired():
                raise
            ended = self._ended("cut off")
            if (received := received_before(error)) is not None:
                ended.raw_replies, ended.usage = received.raw_replies, received.usage
                ended.attempts, ended.partial = received.attempts, received.partial
            raise ended from error
        finally:
            self._scopes.discard(scope)

    def learn(self, error: Exception | None) -> None:
        """Take in the outcome of an article, and end the run if it is one failure too many."""
        if self._end is not None or isinstance(error, ArticleError):
            return  # which says nothing about the next article
        if error is None or not is_about_all(error):
            self._in_a_row = self._hopeless = 0
            return
        self._in_a_row += 1
        self._hopeless = self._hopeless + 1 if is_hopeless(error) else 0
        if self._hopeless >= HOPELESS_AFTER or self._in_a_row >= self._stop_after:
            self._end = error
            for scope in self._scopes:
                if not scope.expired():
                    scope.reschedule(0)

    def _ended(self, what: str) -> CommuniqueError:
        """Return the error of an article that the run did not get to, or not to its end."""
        if self._end is None:
            late = LimitReached(
                f"{what}: the run reached its total_deadline of {self._seconds:g} s"
            )
            late.retryable = late.run_ended = True
            return late
        count = f"{self._in_a_row} failure{'s' if self._in_a_row > 1 else ''} in a row"
        said = scrub(_text_of(self._end))
        # One of the library's own classes: a user's may need other arguments.
        kinds = [kind for kind in type(self._end).__mro__ if kind.__module__ == errors.__name__]
        error = (kinds[0] if kinds else LimitReached)(
            f"{what}: the run ended after {count}, the last one: {said}"
        )
        error.retryable = error.run_ended = True
        if isinstance(self._end, CommuniqueError):
            error.retryable, error.retry_after = self._end.retryable, self._end.retry_after
        error.__cause__ = self._end
        return error


def to_failure(
    index: int, article: Article | None, error: BaseException, received: CommuniqueError
) -> Failure:
    """Return the failure of an article. Whatever the error is, this does not fail.

    Args:
        index: the article's position in the input.
        article: the article, if it is one.
        error: what ended its reading.
        received: what had been received before.
    """
    failure = Failure(
        index=index,
        article=article,
        error=type(error).__name__,
        message=scrub(_text_of(error)),
        retryable=received.retryable,
        retry_after=received.retry_after,
        raw_replies=received.raw_replies,
        usage=received.usage,
        attempts=received.attempts,
        partial=received.partial,
    )
    _forget_frames(error)
    vars(failure)["exception"] = error  # no field, so neither compared nor written
    return failure


def _text_of(error: BaseException) -> str:
    """Return an error's message; a user's own class may fail to tell it."""
    try:
        return str(error)
    except Exception as exc:  # noqa: BLE001 whatever that class raises
        return f"its message can't be shown: {type(exc).__name__}"


def _forget_frames(error: BaseException) -> None:
    """Let go of the frames of an error and its causes: they hold articles, replies, connections."""
    chain: BaseException | None = error
    while chain is not None and chain.__traceback__ is not None:
        chain.__traceback__ = None
        chain = chain.__cause__ or chain.__context__


async def each_of(articles: Articles) -> AsyncGenerator[Article | str]:
    """Yield each article of either kind of iterable."""
    if isinstance(articles, AsyncIterable):
        async for article in articles:
            yield article
    else:
        for article in articles:
            yield article
            await asyncio.sleep(0)  # let running work proceed before taking the next


def check_several(articles: Any, *kinds: str) -> None:
    """Check that ``articles`` is an iterable of articles, not a single one, nor a table.

    Args:
        articles: what was given.
        kinds: the methods that iterables have, of which it must have one.

    Raises:
        ArticleError: it is not.
    """
    name = type(articles).__name__
    is_one = isinstance(articles, str | bytes | Article | Mapping)
    if is_one or not any(hasattr(articles, kind) for kind in kinds):
        is_asynchronous = isinstance(articles, AsyncIterable)
        hint = (
            "take it with asummarize_many(…)"
            if is_asynchronous
            else "for one article there is summarize(…)"
        )
        raise ArticleError(
            f"articles: {name} is not a list (or any other iterable) of articles or texts; {hint}"
        )
    # pandas, polars, dask and DuckDB call them columns; pyarrow and datasets call them column_names
    if hasattr(articles, "columns") or hasattr(articles, "column_names"):
        raise ArticleError(
            f"articles: {name} is a table, of which only the names of its columns, or rows, would "
            "be read; pass its column of texts, such as table['text'], or a list of articles, such "
            "as [Article(text=x, title=y) for x, y in zip(table['text'], table['title'])]"
        )


def is_about_all(error: Exception) -> bool:
    """Return whether an error is about the model or its server, not about one article."""
    is_limit_of_size = isinstance(error, LimitReached) and not error.retryable
    return not isinstance(error, ReplyError) and not is_limit_of_size


def is_hopeless(error: Exception) -> bool:
    """Return whether every other article will end in the same error."""
    if isinstance(error, RateLimited):
        return not error.retryable  # no credit is left
    return isinstance(error, AuthenticationFailed | ModelNotAvailable | SettingsError | PromptError)


def _check_seconds(given: object) -> float | None:
    if given is None:
        return None
    if isinstance(given, bool) or not isinstance(given, int | float) or not 0 < given < math.inf:
        raise SettingsError(f"total_deadline: {given!r} is not a number of seconds above 0")
    return float(given)


def _check_count(given: object) -> float:
    if given is None:
        return math.inf
    if not isinstance(given, int) or isinstance(given, bool) or given < 1:
        raise SettingsError(f"stop_after: {given!r} is not a whole number from 1")
    return given
