"""Streamed answers over real HTTP: statements while the model writes, and every way to break off."""

from __future__ import annotations

import json
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from werkzeug import Response

from builders import answers, position, summarizer, whole
from communique.errors import (
    CommuniqueError,
    InvalidReply,
    ProviderError,
    ProviderUnavailable,
    RateLimited,
    RefusedReply,
    TruncatedReply,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_httpserver import HTTPServer

TEXT = "Ruritania opposes the dam. Talks go on. Ulmia wants it."


ANSWER = json.dumps(whole(position(), position(3, actor="Ulmia", stance="supports")))


def event(**fields: Any) -> bytes:
    body = {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "test-1", **fields}
    return f"data: {json.dumps(body)}\n\n".encode()


def chunk(text: str = "", finish: str | None = None, **delta: Any) -> bytes:
    return event(
        choices=[{"index": 0, "delta": {"content": text, **delta}, "finish_reason": finish}]
    )


def events(answer: str = ANSWER, finish: str = "stop") -> Iterator[bytes]:
    for start in range(0, len(answer), 8):
        yield chunk(answer[start : start + 8])
    yield chunk(finish=finish)
    yield event(
        choices=[],
        usage={"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120},
        timings={"prompt_ms": 50.0, "predicted_ms": 150.0},
    )
    yield b"data: [DONE]\n\n"


def serve(server: HTTPServer, *bodies: Any) -> list[dict[str, Any]]:
    """Let the server send these event streams in turn, or what these functions make."""
    return answers(server, *(body if callable(body) else streamed(body) for body in bodies))


def streamed(body: Any) -> Callable[[], Response]:
    return lambda: Response(body, content_type="text/event-stream")


def test_statements_come_while_the_model_writes(httpserver: HTTPServer) -> None:
    """The first statement is there before the answer is complete."""

    seen = threading.Event()
    in_time: list[bool] = []
    first = ANSWER.index('"Ulmia"') // 8  # pieces with the first statement in them

    def held_back() -> Response:
        def body() -> Iterator[bytes]:
            for number, piece in enumerate(events()):
                if number == first:
                    in_time.append(seen.wait(timeout=30))
                yield piece

        return Response(body(), content_type="text/event-stream")

    asked = serve(httpserver, held_back)
    arrived: list[str] = []
    with summarizer(httpserver) as reader:
        for statement in reader.stream(TEXT):
            arrived.append(statement.id)
            seen.set()
    assert arrived == ["position-1", "position-2"]
    assert in_time == [True]
    assert asked[0]["stream"] is True
    assert asked[0]["response_format"]["json_schema"]["strict"] is True


@pytest.mark.parametrize(("before", "after"), [("```json\n", "\n```"), ("Here it is: ", "")])
def test_a_streamed_answer_in_a_fence(httpserver: HTTPServer, before: str, after: str) -> None:
    """It is read as one that is not streamed."""
    serve(httpserver, list(events(f"{before}{ANSWER}{after}")))
    with summarizer(httpserver) as reader:
        assert [s.id for s in reader.stream(TEXT)] == ["position-1", "position-2"]


def test_an_answer_of_a_server_that_does_not_stream(httpserver: HTTPServer) -> None:
    """It is used, and its statements come all at once."""
    choice = {"index": 0, "finish_reason": "stop", "message": {"content": ANSWER}}
    body = json.dumps({"choices": [choice], "usage": {"prompt_tokens": 7}})
    serve(httpserver, lambda: Response(body, content_type="application/json"))
    with summarizer(httpserver) as reader, reader.stream(TEXT) as statements:
        assert [s.id for s in statements] == ["position-1", "position-2"]
    assert statements.summary.gist == json.loads(ANSWER)["gist"]
    assert statements.usage.input_tokens == 7


def test_a_streamed_answer_is_counted(httpserver: HTTPServer) -> None:
    """Tokens, attempts and the answer itself are on record in an error after it."""
    serve(httpserver, list(events("{}")))
    with summarizer(httpserver, max_attempts=1) as reader, pytest.raises(InvalidReply) as caught:
        list(reader.stream(TEXT))
    assert caught.value.raw_replies == ("{}",)
    assert caught.value.attempts == 1
    assert caught.value.usage is not None
    assert (caught.value.usage.input_tokens, caught.value.usage.output_tokens) == (100, 20)


def broken_off() -> Response:
    def body() -> Iterator[bytes]:
        yield from list(events())[:30]
        raise ConnectionAbortedError

    return Response(body(), content_type="text/event-stream", headers={"Content-Length": "100000"})


FAULTS: dict[str, tuple[Any, type[CommuniqueError], str, int]] = {
    "truncated": (list(events(ANSWER[:150], "length")), TruncatedReply, "cut off", 1),
    "refused": ([chunk(refusal="I can't"), chunk(finish="stop"), b"data: [DONE]\n\n"],
                RefusedReply, "I can't", 1),
    "prose": (list(events("I found none.")), InvalidReply, "requested form", 2),
    "empty": ([b"data: [DONE]\n\n"], ProviderError, "unexpected", 1),
    "error-event": ([b'data: {"error": {"message": "out of memory"}}\n\n'],
                    ProviderError, "out of memory", 1),
    "rate-limited-event": ([b'data: {"error": {"message": "slow", "code": "rate_limit"}}\n\n'],
                           RateLimited, "slow down", 2),
    "filtered-event": ([b'data: {"error": {"message": "no", "code": "content_filter"}}\n\n'],
                       RefusedReply, "content filter", 1),
    "error-in-a-choice": ([event(choices=[{"error": {"code": 502, "message": "down"}}])],
                          ProviderUnavailable, "HTTP 502", 2),
    "error-not-streamed": (lambda: Response('{"error": {"message": "slow", "code": 429}}',
                                            content_type="application/json"),
                           RateLimited, "slow down", 2),
    "json-null": (lambda: Response("null", content_type="application/json"),
                  ProviderError, "unexpected", 1),
    "not-json": (lambda: Response("{", content_type="application/json"),
                 ProviderError, "unexpected", 1),
    "not-sse": ([b"<html>Bad gateway</html>"], ProviderError, "unexpected", 1),
    "broken-json": ([b"data: {broken\n\n"], ProviderError, "unexpected", 1),
    "broken-off": (broken_off, ProviderUnavailable, "closed the connection", 2),
    "503": (lambda: Response("{}", 503, {"Retry-After": "0"}), ProviderUnavailable, "503", 2),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_ends_in_its_error(httpserver: HTTPServer, fault: str) -> None:
    """As without streaming: the documented class, after the documented number of requests."""
    body, expected, says, requests = FAULTS[fault]
    asked = serve(httpserver, body)
    with summarizer(httpserver) as reader, pytest.raises(expected, match=says) as caught:
        list(reader.stream(TEXT))
    assert len(asked) == requests
    assert caught.value.attempts == requests


def test_a_passing_fault_shows_nothing_twice(httpserver: HTTPServer) -> None:
    """An answer that breaks off is asked for again, and what was shown is not shown again."""
    serve(httpserver, broken_off, list(events()))
    with summarizer(httpserver) as reader:
        assert [s.id for s in reader.stream(TEXT)] == ["position-1", "position-2"]


def test_the_summary_is_that_of_the_answer_that_was_completed(httpserver: HTTPServer) -> None:
    """What an answer that broke off had shown is not in it, and nothing is rejected twice."""
    sound = position(3, actor="Ulmia", stance="supports")
    last = json.dumps(whole(sound, position(actor=" "), gist="Another."))
    serve(httpserver, broken_off, list(events(last)))
    with summarizer(httpserver) as reader, reader.stream(TEXT) as statements:
        shown = [statement.actor for statement in statements]
    summary = statements.summary
    assert shown == ["Ruritania", "Ulmia"]
    assert [(s.id, s.actor) for s in summary.positions] == [("position-1", "Ulmia")]
    assert len(summary.rejected) == 1
    assert (summary.gist, summary.provenance.attempts) == ("Another.", 2)


SHOWN = [position(actor=" "), position(), position(3, actor="Ulmia", stance="supports")]
CUT_OFF = json.dumps({"gist": "A dam.", "statements": SHOWN})[:-3]


@pytest.mark.parametrize(
    ("body", "rejected"), [(list(events(CUT_OFF, "length")), 1), (broken_off, 0)]
)
def test_what_an_unfinished_answer_has_shown_is_in_the_partial_summary(
    httpserver: HTTPServer, body: Any, rejected: int
) -> None:
    """Whoever catches the error has the statements that were yielded, and what was rejected."""
    serve(httpserver, body)
    statements = summarizer(httpserver).stream(TEXT)
    assert next(statements).id == "position-1"
    with pytest.raises(CommuniqueError) as caught:
        list(statements)
    partial = caught.value.partial
    assert partial is not None
    assert [(s.id, s.actor) for s in partial.positions] == [("position-1", "Ruritania")]
    assert len(partial.rejected) == rejected


def test_leaving_ends_the_request(httpserver: HTTPServer) -> None:
    """A consumer that goes does not pay for the rest of the answer."""
    sent = 0

    def unfinished() -> Response:
        def body() -> Iterator[bytes]:
            nonlocal sent
            yield from list(events())[:35]
            while sent < 2000:
                sent += 1
                yield chunk(" ")
                time.sleep(0.001)

        return Response(body(), content_type="text/event-stream")

    serve(httpserver, unfinished)
    with summarizer(httpserver) as reader:
        statements = reader.stream(TEXT)
        next(statements)
        statements.close()
    time.sleep(0.1)
    so_far = sent
    time.sleep(0.1)
    assert sent == so_far < 2000
