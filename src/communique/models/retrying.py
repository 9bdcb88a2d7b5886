"""The one retry policy, whatever the library that asks."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from communique.errors import CommuniqueError, InvalidReply, ProviderError, ProviderTimeout
from communique.models.base import Ledger, Message, ReplyT
from communique.models.failures import UnsupportedOption

if TYPE_CHECKING:
    from tenacity import RetryCallState

    from communique.models.pace import Pace
    from communique.prompts import Sampling
    from communique.settings import Settings

__all__ = ["CHARACTERS_PER_TOKEN", "ask_with_retries", "ask_without_unknown", "with_retries"]

T = TypeVar("T")

LONGEST_BACK_OFF_SECONDS = 60.0
"""Longest pause before a retry, if the server asks for none."""

INVALID_REPLY_ATTEMPTS = 2
"""A model that breaks the form twice will break it again; asking is not free."""

SECOND_TEMPERATURE = 0.3
"""Temperature, at least, at which a broken answer is asked for again: at 0 it would be the same."""

CHARACTERS_PER_TOKEN = 4
"""A rough count, for limits per minute."""

_LOG = logging.getLogger(__name__)

# Options that a model may not know, as OpenAI's reasoning models do not know a temperature.
_DISPENSABLE = frozenset(
    {
        "temperature",
        "seed",
        "random_seed",
        "max_tokens",
        "max_completion_tokens",
        "logprobs",
        "top_logprobs",
    }
)


async def ask_with_retries(
    attempt: Callable[[Sequence[Message], Sampling], Awaitable[ReplyT]],
    messages: Sequence[Message],
    sampling: Sampling,
    ledger: Ledger,
    *,
    settings: Settings,
    pace: Pace,
) -> ReplyT:
    """Ask until an answer can be used: see `with_retries`. A broken one is asked for differently.

    Args:
        attempt: asks once; called with the messages and the sampling.
        messages: the question.
        sampling: how to sample the first answer; has the correction that is added to the
            question where an answer was broken.
        ledger: what has been paid for.
        settings: ``max_attempts``, and the ``deadline`` for all of it.
        pace: when it may be asked.

    Raises:
        CommuniqueError: the last failure, with all that the ledger has attached to it.
    """

    async def send(broken_replies: int) -> ReplyT:
        if broken_replies:
            corrected = _corrected(messages, sampling.correction)
            return await attempt(corrected, _second_sampling(sampling))
        return await attempt(messages, sampling)

    size = sum(len(message["content"]) for message in messages)
    tokens = size // CHARACTERS_PER_TOKEN + sampling.max_tokens
    return await with_retries(send, tokens, ledger, settings=settings, pace=pace)


async def with_retries(
    send: Callable[[int], Awaitable[T]],
    tokens: int,
    ledger: Ledger,
    *,
    settings: Settings,
    pace: Pace,
) -> T:
    """Call ``send`` until it succeeds, fails for good, or has been called often enough.

    Args:
        send: sends a request; called with the number of broken answers so far.
        tokens: roughly, of the request and its answer.
        ledger: what has been paid for.
        settings: ``max_attempts``, and the ``deadline`` for all of it.
        pace: when it may be sent.

    Raises:
        CommuniqueError: the last failure, with all that the ledger has attached to it.
    """
    from tenacity import (
        AsyncRetrying,
        retry_if_exception,
        stop_after_attempt,
        stop_any,
        stop_before_delay,
    )

    broken_replies = 0
    until = asyncio.get_running_loop().time() + settings.deadline

    def worth_another_attempt(error: BaseException) -> bool:
        nonlocal broken_replies
        if isinstance(error, InvalidReply):
            broken_replies += 1
            return broken_replies < INVALID_REPLY_ATTEMPTS
        return isinstance(error, ProviderError) and error.retryable

    retrying = AsyncRetrying(
        stop=stop_any(
            stop_after_attempt(settings.max_attempts), stop_before_delay(settings.deadline)
        ),
        wait=_pause,
        retry=retry_if_exception(worth_another_attempt),
        before_sleep=_log_retry,
        reraise=True,
    )
    try:
        async with asyncio.timeout_at(until):
            async for attempted in retrying:
                with attempted:
                    async with pace.turn(tokens, until):
                        return await send(broken_replies)
    except CommuniqueError as error:
        ledger.attach(error)
        raise
    except TimeoutError as error:
        timeout = ProviderTimeout(
            f"no usable answer within {settings.deadline:g} s, retries and pauses included; a "
            "longer time is set by deadline=… or COMMUNIQUE_DEADLINE"
        )
        ledger.attach(timeout)
        raise timeout from error
    raise AssertionError  # pragma: no cover  (tenacity returns or raises)


async def ask_without_unknown(send: Callable[[], Awaitable[ReplyT]], unknown: set[str]) -> ReplyT:
    """Send a request, and once more for each option that the model turns out not to know.

    Args:
        send: sends it without the options in ``unknown``.
        unknown: options found out so far; what is found out now is added.
    """
    while True:
        left_out = frozenset(unknown)  # another question may find out something meanwhile
        try:
            return await send()
        except UnsupportedOption as error:
            if error.option not in _DISPENSABLE or error.option in left_out:
                raise
            unknown.add(error.option)


def _second_sampling(sampling: Sampling) -> Sampling:
    return sampling.model_copy(
        update={
            "temperature": max(sampling.temperature, SECOND_TEMPERATURE),
            "seed": None if sampling.seed is None else sampling.seed + 1,
        }
    )


def _corrected(messages: Sequence[Message], correction: str) -> list[Message]:
    if not correction:
        return list(messages)
    *before, last = messages
    return [*before, {**last, "content": f"{last['content']}\n\n{correction}"}]


def _pause(state: RetryCallState) -> float:
    """Exponential back-off with full jitter, or what the server asked for."""
    from tenacity import wait_random_exponential

    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, ProviderError) and error.retry_after is not None:
        return error.retry_after
    if isinstance(error, InvalidReply):
        return 0
    return wait_random_exponential(multiplier=0.5, max=LONGEST_BACK_OFF_SECONDS)(state)


def _log_retry(state: RetryCallState) -> None:
    error = state.outcome.exception() if state.outcome else None
    _LOG.info(
        "attempt %d failed, the next one comes in %.1f s: %s",
        state.attempt_number, state.upcoming_sleep, error,
    )  # fmt: skip
