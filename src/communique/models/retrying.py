"""The retry policy, shared by all adapters."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from communique._internal.logs import get_logger
from communique.errors import (
    CommuniqueError,
    Interrupted,
    InvalidReply,
    ProviderError,
    ProviderTimeout,
)
from communique.models.failures import UnsupportedOption
from communique.models.receipts import Tally

if TYPE_CHECKING:
    from tenacity import RetryCallState

    from communique.models.base import Message
    from communique.models.findings import Findings
    from communique.models.pace import Pace
    from communique.prompts import Sampling
    from communique.settings import Settings

__all__ = ["CHARACTERS_PER_TOKEN", "ask_with_retries", "ask_within_means", "with_retries"]

T = TypeVar("T")

LONGEST_BACK_OFF_SECONDS = 60.0
"""Longest pause before a retry, unless the server asks for another."""

INVALID_REPLY_ATTEMPTS = 2
"""Attempts at an invalid reply: a model that breaks the form twice will do so again."""

SECOND_TEMPERATURE = 0.3
"""Lowest temperature after an invalid reply: at 0 the model would repeat it."""

CHARACTERS_PER_TOKEN = 4
"""Rough estimate, for limits per minute."""

_LOG = get_logger(__name__)

# Options that models may not support: OpenAI's reasoning models reject a temperature.
_DISPENSABLE = frozenset(
    {
        "temperature",
        "seed",
        "random_seed",
        "max_tokens",
        "max_completion_tokens",
        "logprobs",
        "top_logprobs",
        "reasoning_effort",
    }
)
_OF_FORMAT = frozenset({"response_format", "tools", "tool_choice"})


async def ask_with_retries(
    attempt: Callable[[Sequence[Message], Sampling, Tally], Awaitable[T]],
    messages: Sequence[Message],
    sampling: Sampling,
    *,
    settings: Settings,
    pace: Pace,
    tally: Tally | None = None,
) -> tuple[T, Tally]:
    """Ask until an answer can be used, as `with_retries` does.

    Args:
        attempt: asks once and records what it receives in the tally.
        messages: the question.
        sampling: how to sample the first answer; its correction is added to the question
            after an invalid reply.
        settings: ``max_attempts``, and the ``deadline`` for all attempts together.
        pace: decides when a request may be sent.
        tally: the tally of what was received for the question before, if anything.

    Returns:
        The result of the last attempt, and the tally of all attempts.

    Raises:
        CommuniqueError: the last failure, with what all attempts received.
    """

    async def send(broken_replies: int, tally: Tally) -> T:
        if broken_replies:
            return await attempt(
                _corrected(messages, sampling.correction), _second_sampling(sampling), tally
            )
        return await attempt(messages, sampling, tally)

    size = sum(len(message["content"]) for message in messages)
    tokens = size // CHARACTERS_PER_TOKEN + sampling.max_tokens
    return await with_retries(send, tokens, settings=settings, pace=pace, tally=tally)


async def with_retries(
    send: Callable[[int, Tally], Awaitable[T]],
    tokens: int,
    *,
    settings: Settings,
    pace: Pace,
    tally: Tally | None = None,
) -> tuple[T, Tally]:
    """Call ``send`` until it succeeds, fails permanently, or runs out of attempts or time.

    Args:
        send: sends a request; called with the number of invalid replies so far, and the tally
            in which to record what it receives.
        tokens: estimate for the request and its answer.
        settings: ``max_attempts``, and the ``deadline`` for all attempts together.
        pace: decides when a request may be sent.
        tally: the tally of earlier requests for the same result, if any.

    Returns:
        The result of ``send``, and the tally of all attempts.

    Raises:
        CommuniqueError: the last failure, with what all attempts received.
    """
    from tenacity import AsyncRetrying, retry_if_exception

    tally = Tally() if tally is None else tally
    broken_replies = 0
    clock = asyncio.get_running_loop().time
    until = clock() + settings.deadline

    def is_last(state: RetryCallState) -> bool:
        is_late = clock() + state.upcoming_sleep >= until
        return is_late or state.attempt_number >= settings.max_attempts

    def worth_another_attempt(error: BaseException) -> bool:
        nonlocal broken_replies
        if isinstance(error, InvalidReply):
            broken_replies += 1
            return broken_replies < INVALID_REPLY_ATTEMPTS
        return isinstance(error, ProviderError) and error.retryable

    retrying = AsyncRetrying(
        stop=is_last,
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
                        return await send(broken_replies, tally), tally
    except CommuniqueError as error:
        tally.attach(error)
        raise
    except TimeoutError as error:
        timeout = ProviderTimeout(
            f"no usable answer within {settings.deadline:g} s, retries and pauses included; a "
            "longer time is set by deadline=… or COMMUNIQUE_DEADLINE"
        )
        tally.attach(timeout)
        raise timeout from error
    except asyncio.CancelledError as cancelled:
        interrupted = Interrupted("the question was cancelled")
        tally.attach(interrupted)
        raise cancelled from interrupted
    raise AssertionError  # pragma: no cover  (tenacity returns or raises)


async def ask_within_means(
    send: Callable[[], Awaitable[T]], found: Findings, *, has_formats: bool
) -> T:
    """Send a request, and again in another way as long as the server does not support the first.

    Args:
        send: sends the request without the options in ``found.unknown``, and asks for the form
            of the answer by ``found.reply_format``.
        found: what the model was found not to support so far; to be added to.
        has_formats: whether there are several ways to ask for the form of the answer.
    """
    while True:
        # A concurrent question may change these meanwhile.
        left_out, tried = frozenset(found.unknown), found.reply_format
        try:
            return await send()
        except UnsupportedOption as error:
            if has_formats and error.option in _OF_FORMAT:
                if not found.give_up(tried, f"does not support {error.option}"):
                    raise
            elif error.option in _DISPENSABLE and error.option not in left_out:
                found.do_without(error.option)
            else:
                raise


def _second_sampling(sampling: Sampling) -> Sampling:
    return sampling.model_copy(
        update={
            "temperature": max(sampling.temperature, SECOND_TEMPERATURE),
            "seed": None if sampling.seed is None else sampling.seed + 1,
        }
    )


def _corrected(messages: Sequence[Message], correction: str) -> list[Message]:
    *before, last = messages
    return [*before, {**last, "content": f"{last['content']}\n\n{correction}"}]


def _pause(state: RetryCallState) -> float:
    """Return the pause: exponential back-off with full jitter, or what the server asked for."""
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
        "attempt %d failed; retrying in %.1f s: %s",
        state.attempt_number, state.upcoming_sleep, error,
    )  # fmt: skip
