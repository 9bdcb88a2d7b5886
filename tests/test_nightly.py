"""A nightly batch whose server is down for ten minutes in its middle.

The clock is faked at one place: the event loop, by whose time everything in the library waits.
When nothing is left to do before the next timer, the loop's time jumps to it.
"""

from __future__ import annotations

import asyncio
import selectors
from typing import TYPE_CHECKING, Any

import pytest

from builders import KEY
from communique import Failure, Summarizer, Summary
from loop_server import LoopServer

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

ARTICLES = [f"Ruritania opposes the dam. Talks go on. This is article {n}." for n in range(160)]
ANSWER_SECONDS = 5.0
OUTAGE = (50.0, 650.0)


class Clock(selectors.DefaultSelector):
    """A selector that does not wait for time to pass, and knows how much would have passed."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        # A packet on loopback may need a moment to arrive.
        ready = super().select(0) or super().select(
            None if timeout is None else min(timeout, 0.003)
        )
        if not ready and timeout:
            self.now += timeout
        return ready


def sleeplessly(program: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    clock = Clock()
    loop = asyncio.SelectorEventLoop(clock)
    loop.time = lambda: clock.now  # type: ignore[method-assign]
    try:
        return loop.run_until_complete(program())
    finally:
        loop.close()


def status(now: float) -> int:
    return 503 if OUTAGE[0] <= now < OUTAGE[1] else 200


async def read(reader: Summarizer, articles: Any, **options: Any) -> list[Summary | Failure]:
    async with reader:
        return [each async for each in reader.asummarize_many(articles, concurrency=8, **options)]


def test_a_batch_survives_an_outage(record_property: Any) -> None:
    """It takes little longer than the outage, asks hardly anything meanwhile, and loses nothing."""

    async def program() -> tuple[LoopServer, list[Any], list[Any], float]:
        async with LoopServer(status, ANSWER_SECONDS) as server:
            reader = Summarizer(model="openai/test", base_url=server.url, api_key=KEY, prompt="v1")
            await reader.model.warm_up()  # loading takes real time, in which this clock would leap
            outcomes = await read(reader, ARTICLES)
            again = [
                each.article for each in outcomes if isinstance(each, Failure) and each.retryable
            ]
            rest = await read(reader, again)
            return server, outcomes, rest, asyncio.get_running_loop().time()

    server, outcomes, rest, seconds = sleeplessly(program)
    failed = [outcome for outcome in outcomes if isinstance(outcome, Failure)]
    refused = sum(code == 503 for _, code in server.came)
    record_property("seconds", round(seconds))
    record_property("requests in the outage", refused)
    record_property("articles given again", len(failed))
    assert len(outcomes) == len(ARTICLES)
    assert all(failure.retryable for failure in failed)
    read_at_last = [each for each in (*outcomes, *rest) if isinstance(each, Summary)]
    assert sorted(each.article.text for each in read_at_last) == sorted(ARTICLES)
    without = len(ARTICLES) * ANSWER_SECONDS / 8
    assert seconds < without + (OUTAGE[1] - OUTAGE[0]) + 60 + 60
    assert refused < 40
    assert len(server.came) == len(ARTICLES) + refused


@pytest.mark.parametrize(
    ("options", "most"),
    [({"total_deadline": 900}, 901), ({"stop_after": 3}, 1300), ({}, 5000)],
    ids=["total_deadline", "stop_after", "default"],
)
def test_a_batch_ends_when_the_server_does_not_come_back(
    options: Any, most: float, record_property: Any
) -> None:
    """By its deadline, or by failures in a row, also by default; all articles can be given again."""

    async def program() -> tuple[LoopServer, list[Any], float]:
        down = LoopServer(lambda now: 503 if now >= OUTAGE[0] else 200, ANSWER_SECONDS)
        async with down as server:
            reader = Summarizer(model="openai/test", base_url=server.url, api_key=KEY, prompt="v1")
            await reader.model.warm_up()
            outcomes = await read(reader, ARTICLES, **options)
            return server, outcomes, asyncio.get_running_loop().time()

    server, outcomes, seconds = sleeplessly(program)
    failed = [outcome for outcome in outcomes if isinstance(outcome, Failure)]
    record_property("seconds, requests, failures", (round(seconds), len(server.came), len(failed)))
    assert len(outcomes) == len(ARTICLES)
    assert seconds < most
    assert all(failure.retryable and failure.article for failure in failed)
    assert 60 < len(failed) < len(ARTICLES)
