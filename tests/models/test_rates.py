"""Limits per minute: for the whole process, and evenly spaced."""

from __future__ import annotations

import asyncio
import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug import Response

from builders import answers, completion, summarizer
from communique import Failure, Summary
from communique.models import rates
from communique.models.rates import Limit, give_back, reserve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_httpserver import HTTPServer

TEXTS = [f"Ruritania opposes the dam. Talks go on. This is article {n}." for n in range(60)]


@pytest.fixture(autouse=True)
def _nothing_is_reserved() -> Iterator[None]:
    rates._free_at.clear()
    yield
    rates._free_at.clear()


@given(
    per_minute=st.integers(1, 10_000),
    steps=st.lists(st.tuples(st.floats(0, 100), st.integers(1, 20_000)), min_size=1, max_size=30),
)
def test_no_minute_holds_more_than_allowed(per_minute: int, steps: list[tuple[float, int]]) -> None:
    """From any turn on, a minute allows what the limit allows, besides that one turn."""
    rates._free_at.clear()
    limit, now = Limit("x", "tokens", per_minute), 0.0
    turns: list[tuple[float, int]] = []
    for pause, amount in steps:
        now += pause
        turns.append((reserve([(limit, amount)], now, float("inf")), min(amount, per_minute)))
    starts = [start for start, _ in turns]
    assert starts == sorted(starts)
    for number, (start, _) in enumerate(turns):
        within = [(when, amount) for when, amount in turns[number:] if when < start + 60]
        # The last turn of a minute is paid for by the time after it.
        assert sum(amount for _, amount in within[:-1]) <= per_minute * 1.000001


def test_what_is_too_late_reserves_nothing() -> None:
    """Nor what is given back."""
    limit = Limit("x", "requests", 2)
    assert reserve([(limit, 1)], 100, 200) == 100
    assert reserve([(limit, 1)], 100, 120) == 130
    assert reserve([(limit, 1)], 100, 200) == 130
    give_back([(limit, 1)])
    assert reserve([(limit, 1)], 100, 200) == 130
    assert reserve([(Limit("y", "requests", 2), 1)], 100, 200) == 100


def test_all_loops_and_threads_share_a_limit(httpserver: HTTPServer) -> None:
    """Two event loops, the synchronous functions, and several summarizers with the same settings."""
    came: list[float] = []

    def respond() -> Response:
        came.append(time.monotonic())
        return Response(json.dumps(completion()))

    answers(httpserver, respond)

    def read(numbers: range) -> list[object]:
        async def program() -> list[object]:
            async with summarizer(httpserver, requests_per_minute=120) as reader:
                return [
                    each
                    async for each in reader.asummarize_many(
                        TEXTS[slice(numbers.start, numbers.stop)]
                    )
                ]

        return asyncio.run(program())

    def read_synchronously() -> list[object]:
        with summarizer(httpserver, requests_per_minute=120) as reader:
            return list(reader.summarize_many(TEXTS[6:9]))

    with ThreadPoolExecutor(3) as threads:
        futures = [
            threads.submit(read, range(3)),
            threads.submit(read, range(3, 6)),
            threads.submit(read_synchronously),
        ]
        outcomes = [each for future in futures for each in future.result()]
    assert sum(isinstance(outcome, Summary) for outcome in outcomes) == 9
    assert max(came) - min(came) > 8 * 0.5 - 0.4


def test_a_minute_begins_without_a_burst(httpserver: HTTPServer) -> None:
    """The second question has to wait, although the minute allows two."""
    asked = answers(httpserver, completion())
    with summarizer(httpserver, deadline=20, requests_per_minute=2) as reader:
        outcomes = list(reader.summarize_many(TEXTS[:3], concurrency=3))
    failures = [outcome for outcome in outcomes if isinstance(outcome, Failure)]
    assert (len(asked), len(failures)) == (1, 2)
    for failure in failures:
        assert (failure.error, failure.attempts, failure.retryable) == ("ProviderTimeout", 0, True)
        assert "requests_per_minute=2 allows this question in" in failure.message
        assert failure.retry_after == pytest.approx(30, abs=15)


def test_tokens_are_limited_as_well(httpserver: HTTPServer) -> None:
    """By the length of the question and of the longest answer."""
    asked = answers(httpserver, completion())
    with summarizer(httpserver, deadline=2, tokens_per_minute=20_000) as reader:
        outcomes = list(reader.summarize_many(TEXTS[:3], concurrency=3))
    assert len(asked) == 1
    assert sorted(type(outcome).__name__ for outcome in outcomes) == [
        "Failure",
        "Failure",
        "Summary",
    ]
