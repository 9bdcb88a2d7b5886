"""Pacing of requests: rate limits, adaptive concurrency and a circuit breaker.

All questions that one `communique.Summarizer` asks in an event loop share a `Pace`. It keeps to
the limits per minute, which hold for the whole process (`rates.py`). It adapts the number of
questions in flight as TCP does (additive increase, multiplicative decrease: Chiu and Jain 1989):
it halves the number when the server asks to slow down, and adds one for each successful round.
And it is a circuit breaker (Nygard, *Release It!*, 2007): after several consecutive failures it
holds all questions, lets one through from time to time, and releases the others once that one
succeeds.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncGenerator, Hashable, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from communique._internal.logs import get_logger
from communique.errors import (
    CommuniqueError,
    ProviderError,
    ProviderTimeout,
    ProviderUnavailable,
    RateLimited,
)
from communique.models.rates import Limit, give_back, reserve

if TYPE_CHECKING:
    from communique.settings import Settings

__all__ = ["Pace", "PaceKeeper"]

BREAK_AFTER = 10
"""Number of consecutive failures, over all articles, that count as an outage."""

LONGEST_BREAK_SECONDS = 60.0

_LOG = get_logger(__name__)


class PaceKeeper:
    """One `Pace` per event loop, since a future can't be resolved from another loop."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._paces: WeakKeyDictionary[asyncio.AbstractEventLoop, Pace] = WeakKeyDictionary()

    def here(self) -> Pace:
        """Return the running loop's pace."""
        loop = asyncio.get_running_loop()
        if loop not in self._paces:
            self._paces[loop] = Pace(self._settings)
        return self._paces[loop]


class Pace:
    """The rate limits, concurrency and circuit breaker for one server in one event loop.

    Args:
        settings: the limits per minute, whom they concern, and the deadline of a question.
    """

    def __init__(self, settings: Settings) -> None:
        whose = (settings.model, settings.base_url, settings.api_key)
        self._requests = _limit(whose, "requests", settings.requests_per_minute)
        self._tokens = _limit(whose, "tokens", settings.tokens_per_minute)
        self._deadline = settings.deadline
        self._waiting: set[asyncio.Future[None]] = set()
        self._running = 0
        self._limit = math.inf
        self._limited_at = -math.inf
        self._closed_until = -math.inf
        self._closed_at = -math.inf
        self._failures = 0
        self._breaks = 0
        self._reason: ProviderError | None = None

    @asynccontextmanager
    async def turn(self, tokens: int, until: float) -> AsyncGenerator[None]:
        """Wait until a question may be asked, and adapt to its outcome.

        Args:
            tokens: maximum number of tokens of the question and its answer.
            until: deadline, in the event loop's time.

        Raises:
            ProviderError: the server's pause or outage, or the wait for the limits per minute,
                lasts beyond the deadline; nothing was sent.
        """
        while (wait := self._wait(until)) != 0:
            await self._change(wait)
        self._running += 1
        try:
            await self._wait_for_limits(tokens, until)
            started = _now()
            try:
                yield
            except CommuniqueError as error:
                self._learn(error, started)
                raise
            self._learn(None, started)
        finally:
            self._running -= 1
            for waiting in self._waiting:
                if not waiting.done():
                    waiting.set_result(None)

    async def _wait_for_limits(self, tokens: int, until: float) -> None:
        """Wait until the limits per minute allow a question."""
        limits = ((self._requests, 1), (self._tokens, tokens))
        amounts = [(limit, amount) for limit, amount in limits if limit is not None]
        if not amounts:
            return
        start = reserve(amounts, _now(), until)
        wait = start - _now()
        if start > until:
            raise _too_many([limit for limit, _ in amounts], wait)
        if wait > 0:
            try:
                await asyncio.sleep(wait)
            except asyncio.CancelledError:
                give_back(amounts)
                raise

    async def _change(self, seconds: float | None) -> None:
        """Wait until any question finishes, for at most ``seconds``."""
        change: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.add(change)
        try:
            await asyncio.wait([change], timeout=seconds)
        finally:
            self._waiting.discard(change)

    def _wait(self, until: float) -> float | None:
        """Return seconds to wait; 0 to ask now; None to wait until a question finishes."""
        now = _now()
        if self._closed_until > now:
            if self._closed_until > until and self._reason is not None:
                raise _in_vain(self._reason, self._closed_until - now)
            return self._closed_until - now
        is_probing = self._failures >= BREAK_AFTER and self._running > 0
        return None if is_probing or self._running >= self._limit else 0

    def _learn(self, error: CommuniqueError | None, started: float) -> None:
        if isinstance(error, RateLimited):
            self._slow_down(error, started)
        elif isinstance(error, ProviderError) and error.retryable:
            self._count_failure(error, started)
        else:  # an answer, or an error that shows that the server works
            self._failures = self._breaks = 0
            if error is None:
                self._limit += 1 / self._limit

    def _slow_down(self, error: RateLimited, started: float) -> None:
        self._failures = self._breaks = 0
        if error.retry_after is not None:
            self._close(error, error.retry_after)
        # Questions that were in flight before the last reduction carry no new information.
        if started >= self._limited_at:
            self._limited_at = _now()
            self._limit = max(1, self._running // 2)
            _LOG.info("the server asks to slow down: at most %d questions at once", self._limit)

    def _count_failure(self, error: ProviderError, started: float) -> None:
        self._failures += 1
        if self._failures >= BREAK_AFTER and started >= self._closed_at:
            self._breaks += 1
            pause = min(2.0**self._breaks / 2, LONGEST_BREAK_SECONDS)
            _LOG.warning(
                "%d failures in a row: the server seems to be down. All questions wait, and after "
                "%g s one of them tests it again, then after up to %g s each; a question is given "
                "up %g s after it was first asked (deadline), and a run of many articles after "
                "stop_after failed ones or its total_deadline. Last failure: %s",
                self._failures, pause, LONGEST_BREAK_SECONDS, self._deadline, error,
            )  # fmt: skip
            self._close(error, pause)

    def _close(self, reason: ProviderError, seconds: float) -> None:
        self._closed_at = _now()
        self._closed_until = max(self._closed_until, self._closed_at + seconds)
        self._reason = reason


def _limit(whose: Hashable, what: str, per_minute: int | None) -> Limit | None:
    return None if per_minute is None else Limit(whose, what, per_minute)


def _now() -> float:
    return asyncio.get_running_loop().time()


def _in_vain(reason: ProviderError, wait: float) -> ProviderError:
    kind = RateLimited if isinstance(reason, RateLimited) else ProviderUnavailable
    error = kind(f"nothing was sent: the server is unavailable for at least {wait:.0f} s: {reason}")
    error.retryable = True
    error.retry_after = wait
    return error


def _too_many(limits: Sequence[Limit], wait: float) -> ProviderTimeout:
    named = " and ".join(f"{limit.what}_per_minute={limit.per_minute:,}" for limit in limits)
    error = ProviderTimeout(
        f"nothing was sent: {named} allows this question in {wait:.0f} s at the earliest, which is "
        "after its deadline; read fewer articles at once, or set a longer deadline "
        "(COMMUNIQUE_DEADLINE)"
    )
    error.retry_after = wait
    return error
