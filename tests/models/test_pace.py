"""Limits, outages and deadlines, over real HTTP on loopback."""

from __future__ import annotations

import json
import threading
import time
from typing import TYPE_CHECKING

import pytest
from werkzeug import Request, Response

from builders import PATH, answers, completion, stated, status, summarizer
from communique import Failure, Summary
from communique.errors import ProviderTimeout, RateLimited
from communique.models.pace import BREAK_AFTER
from communique.prompts import load_prompt

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_httpserver import HTTPServer

TEXT = "Ruritania opposes the dam. Talks go on."
ARTICLES = [f"{TEXT} This is article {n}." for n in range(60)]


def serve(server: HTTPServer, answer: Callable[[int, int], Response]) -> list[int]:
    """Answer by how many requests came and are under way; return the latter, as they came."""
    lock = threading.Lock()
    under_way: list[int] = []
    running = 0

    def handle(_: Request) -> Response:
        nonlocal running
        with lock:
            running += 1
            under_way.append(running)
            came, here = len(under_way), running
        try:
            reply = answer(came, here)
            if reply.status_code == 200:
                reply.set_data(json.dumps(completion()))
            return reply
        finally:
            with lock:
                running -= 1

    server.expect_request(PATH, method="POST").respond_with_handler(handle)
    return under_way


def test_a_broken_answer_is_asked_for_again_with_a_short_correction(httpserver: HTTPServer) -> None:
    """The second request is the first with one sentence more, and with nothing of the answer."""
    asked = answers(httpserver, completion(json.dumps({"nonsense": "x" * 5000})), completion())
    with summarizer(httpserver) as reader:
        assert reader.summarize(TEXT).positions
    first, second = (request["messages"] for request in asked)
    assert second[:-1] == first[:-1]
    correction = load_prompt("v1").questions.correction
    assert second[-1]["content"] == f"{first[-1]['content']}\n\n{correction}"
    assert 0 < len(correction) < 200


@pytest.mark.parametrize("pause", ["86400", "80001"])
def test_a_pause_beyond_the_deadline_is_not_waited_for(httpserver: HTTPServer, pause: str) -> None:
    """The error comes at once and says how long the server wants to be left alone."""
    asked = answers(httpserver, status(429, Retry_After=pause))
    with summarizer(httpserver, max_attempts=5) as reader:
        with pytest.raises(RateLimited) as caught:
            reader.summarize(TEXT)
        assert caught.value.retry_after is not None
        assert caught.value.retry_after > 80_000
        with pytest.raises(RateLimited, match="nothing was sent") as caught:
            reader.summarize(TEXT)
        assert caught.value.attempts == 0
    assert len(asked) == 1


def test_a_pause_within_the_deadline_is_honoured(httpserver: HTTPServer) -> None:
    """The second request comes when the server wants it, and not before."""
    came: list[float] = []

    def answer(n: int, _: int) -> Response:
        came.append(time.monotonic())
        return Response("") if n > 1 else status(429, Retry_After="0.4")

    serve(httpserver, answer)
    with summarizer(httpserver) as reader:
        assert reader.summarize(TEXT).provenance.attempts == 2
    assert came[1] - came[0] >= 0.4


@pytest.mark.parametrize(
    ("headers", "pause"),
    [({"retry-after-ms": "300"}, 0.3), ({"retry-after-ms": "200", "Retry-After": "9"}, 0.2)],
)
def test_milliseconds_are_kept_to(
    httpserver: HTTPServer, headers: dict[str, str], pause: float
) -> None:
    """They are more exact than the seconds beside them."""
    came: list[float] = []

    def answer(n: int, _: int) -> Response:
        came.append(time.monotonic())
        return Response("") if n > 1 else Response("{}", 429, headers)

    serve(httpserver, answer)
    with summarizer(httpserver, deadline=5) as reader:
        assert reader.summarize(TEXT).provenance.attempts == 2
    assert pause <= came[1] - came[0] < 4


def test_a_pause_in_an_error_object_of_a_good_status_is_a_pause(httpserver: HTTPServer) -> None:
    """A gateway's 429 with HTTP status 200 slows all questions down as any other."""
    said = {"error": {"code": 429, "message": "Provider returned error"}}
    asked = answers(httpserver, Response(json.dumps(said)))
    with summarizer(httpserver, max_attempts=2) as reader:
        outcomes = list(reader.summarize_many(ARTICLES[:4], concurrency=4))
    assert {o.error for o in outcomes if isinstance(o, Failure)} == {"RateLimited"}
    assert len(asked) == sum(o.attempts for o in outcomes if isinstance(o, Failure)) == 8


def test_a_question_ends_at_its_deadline(httpserver: HTTPServer) -> None:
    """A server that drips on for ever is left; the error names the setting."""

    ended = threading.Event()

    def drip(_: Request) -> Response:
        def body() -> object:
            for _ in range(30):
                yield b" "
                time.sleep(0.05)
            ended.set()

        return Response(body())  # pyright: ignore[reportArgumentType]

    httpserver.expect_request(PATH).respond_with_handler(drip)
    with (
        summarizer(httpserver, deadline=0.3) as reader,
        pytest.raises(ProviderTimeout, match="COMMUNIQUE_DEADLINE") as caught,
    ):
        reader.summarize(TEXT)
    assert not ended.is_set()
    assert caught.value.attempts == 1


def test_fewer_at_once_when_asked_to_slow_down(httpserver: HTTPServer) -> None:
    """A server that takes four at once is soon asked no more than it takes, and all is read."""

    def answer(_: int, running: int) -> Response:
        time.sleep(0.15)  # long enough for a slow client to have many under way
        return Response("") if running <= 4 else status(429, Retry_After="0.01")

    under_way = serve(httpserver, answer)
    with summarizer(httpserver, max_attempts=8) as reader:
        outcomes = list(reader.summarize_many(ARTICLES, concurrency=32))
    assert sum(isinstance(outcome, Summary) for outcome in outcomes) == len(ARTICLES)
    assert max(under_way) > 8
    assert max(under_way[-30:]) <= 12, under_way


def test_an_outage_is_waited_out(httpserver: HTTPServer) -> None:
    """While a server is down hardly anything is sent; when it is back, every article is read."""
    started = 0.0
    failed = 0

    def answer(_: int, __: int) -> Response:
        nonlocal failed, started
        started = started or time.monotonic()
        if time.monotonic() - started < 0.8:
            failed += 1
            return status(503, Retry_After="0")
        return Response("")

    serve(httpserver, answer)
    with summarizer(httpserver, max_attempts=6) as reader:
        outcomes = list(reader.summarize_many(ARTICLES, concurrency=8))
    assert sum(isinstance(outcome, Summary) for outcome in outcomes) == len(ARTICLES)
    assert BREAK_AFTER <= failed < BREAK_AFTER + 8 + 2


def test_an_outage_without_end_costs_few_requests(
    httpserver: HTTPServer, caplog: pytest.LogCaptureFixture
) -> None:
    """Sixty articles and four attempts each make twenty requests, not two hundred and forty.

    The log says what is waited for, for how long, and which settings end it.
    """
    asked = answers(httpserver, status(503, Retry_After="0"))
    with summarizer(httpserver, max_attempts=4, deadline=2.5) as reader:
        outcomes = list(reader.summarize_many(ARTICLES, concurrency=8))
    assert {type(outcome) for outcome in outcomes} == {Failure}
    assert sorted(o.index for o in outcomes if isinstance(o, Failure)) == list(range(60))
    assert {o.error for o in outcomes if isinstance(o, Failure)} == {"ProviderUnavailable"}
    assert "after 1 s one of them tests it again" in caplog.text
    assert "given up 2.5 s after it was first asked (deadline)" in caplog.text
    assert "stop_after" in caplog.text
    assert "total_deadline" in caplog.text
    assert len(asked) < BREAK_AFTER + 8 + 2
    assert sum(o.attempts for o in outcomes if isinstance(o, Failure)) == len(asked)


def test_what_was_read_before_a_failure_is_kept(httpserver: HTTPServer) -> None:
    """The error and the Failure have the summary so far: the first statement."""
    one = completion(json.dumps(stated()))
    answers(httpserver, one, status(400))
    with summarizer(httpserver, prompt="v2") as reader:
        (failure,) = reader.summarize_many([TEXT])
    assert isinstance(failure, Failure)
    assert failure.partial is not None
    assert [p.issue for p in failure.partial.positions] == ["the dam"]
    assert failure.partial.provenance.usage.calls == 1
