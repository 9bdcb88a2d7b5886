"""The one retry policy, whatever the library that asks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from communique.errors import CommuniqueError, InvalidReply, ProviderError
from communique.llm.failures import UnsupportedOption
from communique.llm.model import Ledger, ReplyT

if TYPE_CHECKING:
    from tenacity import RetryCallState

    from communique.prompts import Sampling

__all__ = ["ask_with_retries", "ask_without_unknown"]

MAX_WAIT_SECONDS = 60.0
"""Longest pause before a retry, whatever the server asks for."""

INVALID_REPLY_ATTEMPTS = 2
"""A model that breaks the form twice will break it again; asking is not free."""

SECOND_TEMPERATURE = 0.3
"""Temperature, at least, at which a broken answer is asked for again: at 0 it would be the same."""

# Options that a model may not know, as OpenAI's reasoning models do not know a temperature.
_DISPENSABLE = frozenset(
    {"temperature", "seed", "random_seed", "max_tokens", "max_completion_tokens", "logprobs"}
)


async def ask_with_retries(
    attempt: Callable[[Sampling], Awaitable[ReplyT]],
    sampling: Sampling,
    ledger: Ledger,
    max_attempts: int,
) -> ReplyT:
    """Call ``attempt`` until it succeeds, fails for good, or has been called often enough.

    Raises:
        CommuniqueError: the last failure, with all that the ledger has attached to it.
    """
    from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt  # noqa: PLC0415

    broken_replies = 0

    def worth_another_attempt(error: BaseException) -> bool:
        nonlocal broken_replies
        if isinstance(error, InvalidReply):
            broken_replies += 1
            return broken_replies < INVALID_REPLY_ATTEMPTS
        return isinstance(error, ProviderError) and error.retryable

    retrying = AsyncRetrying(
        stop=stop_after_attempt(max_attempts),
        wait=_pause,
        retry=retry_if_exception(worth_another_attempt),
        reraise=True,
    )
    try:
        async for attempted in retrying:
            with attempted:
                return await attempt(_second_sampling(sampling) if broken_replies else sampling)
    except CommuniqueError as error:
        ledger.attach(error)
        raise
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


def _pause(state: RetryCallState) -> float:
    """Exponential back-off with full jitter, or what the server asked for."""
    from tenacity import wait_random_exponential  # noqa: PLC0415

    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, ProviderError) and error.retry_after is not None:
        return min(error.retry_after, MAX_WAIT_SECONDS)
    if isinstance(error, InvalidReply):
        return 0
    return wait_random_exponential(multiplier=0.5, max=MAX_WAIT_SECONDS)(state)
