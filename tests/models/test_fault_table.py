"""All that a server can do wrong, at the first question and after an answer: nothing is lost.

The outcome, the error's class and the number of requests are the documented ones, with both
strategies, over a real connection on loopback.
"""

from __future__ import annotations

import gzip
import json
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from builders import completion, stated, whole
from communique import Summarizer, Summary
from communique.errors import (
    ArticleError,
    AuthenticationFailed,
    CommuniqueError,
    InvalidReply,
    ModelNotAvailable,
    ProviderError,
    ProviderTimeout,
    ProviderUnavailable,
    RateLimited,
    RefusedReply,
    TruncatedReply,
)
from communique.models import retrying, transport
from wire import WireServer, chat, http, reset

Record = Callable[[str, object], None]
_AT = {1: "first question", 2: "second question"}

TEXT = "Ruritania firmly opposes the dam. It rained in the hills."
LONG = f"{TEXT}{' It rained again.' * 6}"
"""An article of two passages."""
KEY = "canary-key-27182818"
GIST = '{"gist": "A dam."}'
WHOLE = json.dumps(whole(gist="A dam."))
POSITION = json.dumps(stated())
ERROR = json.dumps({"error": {"message": f"echo {KEY}", "type": "server_error"}})
DATE_PAST, DATE_FAR = "Wed, 21 Oct 2015 07:28:00 GMT", "Fri, 01 Jan 2100 00:00:00 GMT"


@dataclass(frozen=True)
class Fault:
    """What the server does from some question on, and what must come of it."""

    act: Any
    error: type[CommuniqueError]
    requests: int = 1
    says: str = "."
    answers: bool = False
    """Whether it sends an answer of the model, which is charged."""


def refuse(server: WireServer, connection: socket.socket) -> None:
    server.stop_listening()
    reset(connection)


def hang(*sent: bytes) -> Callable[[WireServer, socket.socket], None]:
    def act(server: WireServer, connection: socket.socket) -> None:
        for part in sent:
            connection.sendall(part)
        server.over.wait(5)

    return act


def cut(sent: bytes) -> Callable[[WireServer, socket.socket], None]:
    def act(_: WireServer, connection: socket.socket) -> None:
        connection.sendall(sent)
        reset(connection)

    return act


def endless(server: WireServer, connection: socket.socket) -> None:
    connection.sendall(
        b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: application/json\r\n\r\n"
    )
    while not server.over.is_set():
        connection.sendall(b" " * 65536)


def slow_down(**headers: str) -> bytes:
    return http(429, ERROR, **headers)


def error(message: str, **more: Any) -> str:
    return json.dumps({"error": {"message": message, **more}})


NOT_JSON = (ProviderError, 1, "unexpected|no answer|sent something")
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 5000\r\n"
CHUNKED = b'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n10\r\n{"id": "x", "obj\r\n'

FAULTS: dict[str, Fault] = {
    # the connection
    "refused": Fault(refuse, ProviderUnavailable, 2, "base_url"),
    "closed-at-once": Fault(lambda _, c: c.close(), ProviderUnavailable, 2, "closed the connection"),
    "reset-at-once": Fault(lambda _, c: reset(c), ProviderUnavailable, 2, "closed the connection"),
    "reset-in-headers": Fault(cut(b"HTTP/1.1 200 OK\r\ncontent-"), ProviderUnavailable, 2, "closed the connection"),
    "reset-in-body": Fault(cut(HEAD + b"\r\n{\"id\""), ProviderUnavailable, 2, "closed the connection"),
    "body-too-short": Fault(HEAD + b"\r\n{}", ProviderUnavailable, 2, "closed the connection"),
    "chunk-cut-off": Fault(cut(CHUNKED), ProviderUnavailable, 2, "closed the connection"),
    "bad-chunk": Fault(CHUNKED + b"zz\r\n", ProviderUnavailable, 2, "closed the connection"),
    "hang-before-headers": Fault(hang(), ProviderTimeout, 2, "COMMUNIQUE_TIMEOUT"),
    "hang-in-headers": Fault(hang(b"HTTP/1.1 200 OK\r\n"), ProviderTimeout, 2, "COMMUNIQUE_TIMEOUT"),
    "hang-in-body": Fault(hang(HEAD + b"\r\n{\"id\""), ProviderTimeout, 2, "COMMUNIQUE_TIMEOUT"),
    "not-http": Fault(b"SSH-2.0-OpenSSH_9.9\r\n", ProviderUnavailable, 2, "closed the connection"),
    "endless-body": Fault(endless, ProviderUnavailable, 1, "longer than"),
    "redirect": Fault(http(307, location="/v1/chat/completions"), ProviderError, 1, "redirect"),
    # the status
    "400": Fault(http(400, ERROR), ProviderError, 1, "refused the request"),
    "400-too-long": Fault(http(400, error("long", code="context_length_exceeded")), ArticleError, 1, "too long"),
    "400-filtered": Fault(http(400, error("no", code="content_filter", param="prompt")), RefusedReply, 1, "content filter"),
    "400-filtered-by-type": Fault(http(400, error("no", type="content_filter")), RefusedReply, 1, "content filter"),
    "400-filtered-within": Fault(http(400, error("no", code="BadRequest", innererror={"code": "ResponsibleAIPolicyViolation"})), RefusedReply, 1, "content filter"),
    "400-filtered-in-words": Fault(http(400, error("Invalid prompt: your prompt was flagged", code="invalid_prompt")), RefusedReply, 1, "content filter"),
    "400-inspected": Fault(http(400, error("no", code="data_inspection_failed")), RefusedReply, 1, "content filter"),
    "403-moderated": Fault(http(403, error("Your input was flagged for violence", code=403)), RefusedReply, 1, "content filter"),
    "403-account": Fault(http(403, error("Your account was flagged")), AuthenticationFailed, 1, "refused the key"),
    "422-echo": Fault(http(422, error("bad request", input="The prompt was flagged, inappropriate content")), ProviderError, 1, "refused the request"),
    "400-broken-json-in-words": Fault(http(400, error("Failed to validate JSON", failed_generation="{")), InvalidReply, 2, "form", answers=True),
    "400-request-not-json": Fault(http(400, error("Invalid JSON in request body")), ProviderError, 1, "refused the request"),
    "400-broken-json": Fault(http(400, error("bad", code="json_validate_failed", failed_generation='{"gist": ')), InvalidReply, 2, "form", answers=True),
    "400-broken-call": Fault(http(400, error("bad", code="tool_use_failed", failed_generation="x")), InvalidReply, 2, "form", answers=True),
    "401": Fault(http(401, ERROR), AuthenticationFailed, 1, "COMMUNIQUE_API_KEY"),
    "402": Fault(http(402, ERROR), RateLimited, 1, "no credit is left"),
    "403": Fault(http(403, ERROR), AuthenticationFailed, 1, "refused the key"),
    "404": Fault(http(404, ERROR), ModelNotAvailable, 1, "no model 'test'"),
    "404-html": Fault(http(404, "<html>no</html>", content_type="text/html"), ModelNotAvailable, 1, "/v1"),
    "405": Fault(http(405, ERROR), ProviderError, 1, "HTTP 405"),
    "408": Fault(http(408, ERROR), ProviderUnavailable, 2, "HTTP 408"),
    "409": Fault(http(409, ERROR), ProviderUnavailable, 2, "HTTP 409"),
    "413": Fault(http(413, error("maximum context length is 10 tokens")), ArticleError, 1, "read in parts"),
    "413-plain": Fault(http(413, ERROR), ProviderError, 1, "HTTP 413"),
    "422": Fault(http(422, ERROR), ProviderError, 1, "HTTP 422"),
    "429": Fault(slow_down(), RateLimited, 2, "slow down"),
    "429-seconds": Fault(slow_down(retry_after="0.01"), RateLimited, 2, "slow down"),
    "429-milliseconds": Fault(slow_down(retry_after_ms="10", retry_after="9e9"), RateLimited, 2, "slow down"),
    "429-far-milliseconds": Fault(slow_down(retry_after_ms="9e9"), RateLimited, 2, "slow down"),
    "429-no-milliseconds": Fault(slow_down(retry_after_ms="soon", retry_after="0.01"), RateLimited, 2, "slow down"),
    "429-date": Fault(slow_down(retry_after=DATE_PAST), RateLimited, 2, "slow down"),
    "429-negative": Fault(slow_down(retry_after="-5"), RateLimited, 2, "slow down"),
    "429-garbage": Fault(slow_down(retry_after="soon"), RateLimited, 2, "slow down"),
    "429-nan": Fault(slow_down(retry_after="nan"), RateLimited, 2, "slow down"),
    "429-endless": Fault(slow_down(retry_after="inf"), RateLimited, 2, "slow down"),
    "429-absurd": Fault(slow_down(retry_after="9e99"), RateLimited, 2, "slow down"),
    "429-far-date": Fault(slow_down(retry_after=DATE_FAR), RateLimited, 2, "slow down"),
    "429-no-credit": Fault(http(429, error("none left", code="insufficient_quota")), RateLimited, 1, "none left"),
    "500": Fault(http(500, ERROR), ProviderUnavailable, 2, "HTTP 500"),
    "501": Fault(http(501, ERROR), ProviderUnavailable, 2, "HTTP 501"),
    "502-html": Fault(http(502, "<html>Bad gateway", content_type="text/html"), ProviderUnavailable, 2, "HTTP 502"),
    "503": Fault(http(503, ERROR, retry_after="0"), ProviderUnavailable, 2, "HTTP 503"),
    "503-absurd": Fault(http(503, ERROR, retry_after="1e18"), ProviderUnavailable, 2, "HTTP 503"),
    "504": Fault(http(504, b""), ProviderUnavailable, 2, "HTTP 504"),
    "529": Fault(http(529, ERROR), ProviderUnavailable, 2, "HTTP 529"),
    # the body
    "204": Fault(http(204), *NOT_JSON),
    "empty-body": Fault(http(200), *NOT_JSON),
    "html": Fault(http(200, "<html>Welcome</html>", content_type="text/html"), *NOT_JSON),
    "gzip-garbage": Fault(http(200, b"garbage" * 50, content_encoding="gzip"), ProviderUnavailable, 1),
    "gzip-cut-off": Fault(http(200, gzip.compress(b"{" * 9999)[:40], content_encoding="gzip"), ProviderError, 1),
    "not-utf-8": Fault(http(200, b"\xff\xfe\x00{"), ProviderError, 1),
    "invalid-json": Fault(http(200, '{"id": "x", "choices": ['), ProviderError, 1),
    "json-null": Fault(http(200, "null"), ProviderError, 1),
    "json-list": Fault(http(200, "[1, 2]"), ProviderError, 1),
    "json-text": Fault(http(200, '"hello"'), ProviderError, 1),
    "error-with-200": Fault(http(200, ERROR), ProviderUnavailable, 2, "HTTP 500"),
    "error-in-words-with-200": Fault(http(200, '{"error": "the model is loading"}'), ProviderError, 1, "is loading"),
    "error-of-another-type-with-200": Fault(http(200, '{"error": ["it is loading"]}'), ProviderError, 1, "is loading"),
    "detail-with-200": Fault(http(200, '{"detail": "it is loading"}'), ProviderError, 1, "is loading"),
    "errors-with-200": Fault(http(200, '{"success": false, "errors": [{"code": 429, "message": "slow"}]}'), RateLimited, 2, "slow down"),
    "message-with-200": Fault(http(200, '{"object": "error", "message": "slow", "code": 429}'), RateLimited, 2, "slow down"),
    "429-with-200": Fault(http(200, error("slow", code=429)), RateLimited, 2, "slow down"),
    "429-with-200-in-words": Fault(http(200, error("slow", code="rate_limit_exceeded")), RateLimited, 2, "slow down"),
    "429-in-a-choice": Fault(http(200, '{"choices": [{"error": {"code": 429, "message": "slow"}}]}'), RateLimited, 2, "slow"),
    "401-with-200": Fault(http(200, error("no", code=401)), AuthenticationFailed, 1, "refused the key"),
    "402-with-200": Fault(http(200, error("no credit", code="402")), RateLimited, 1, "no credit"),
    "502-with-200": Fault(http(200, error("down", code=502)), ProviderUnavailable, 2, "HTTP 502"),
    "too-long-with-200": Fault(http(200, error("long", code="context_length_exceeded")), ArticleError, 1, "too long"),
    "too-long-with-200-in-words": Fault(http(200, error("maximum context length is 10 tokens")), ArticleError, 1, "=10 "),
    "filtered-with-200": Fault(http(200, error("no", code="content_filter")), RefusedReply, 1, "content filter"),
    "no-choices": Fault(chat("", choices=[]), InvalidReply, 2, "no choices", answers=True),
    "choices-null": Fault(chat("", choices=None), InvalidReply, 2, "no choices", answers=True),
    # the answer
    "content-null": Fault(chat(None), InvalidReply, 2, answers=True),
    "content-list": Fault(chat([{"type": "text", "text": WHOLE}]), InvalidReply, 2, answers=True),
    "empty-answer": Fault(chat(""), InvalidReply, 2, answers=True),
    "prose": Fault(chat("There are none."), InvalidReply, 2, "begins with 'There", answers=True),
    "answer-cut": Fault(chat('{"gist": "x'), InvalidReply, 2, answers=True),
    "wrong-shape": Fault(chat('{"title": 1}'), InvalidReply, 2, answers=True),
    "a-list": Fault(chat("[]"), InvalidReply, 2, answers=True),
    "extra-key": Fault(chat('{"gist": "x", "statements": [], "x": 1}'), InvalidReply, 2, answers=True),
    "nan": Fault(chat('{"gist": NaN, "statements": NaN}'), InvalidReply, 2, answers=True),
    "lone-surrogate": Fault(chat('{"gist": "\\ud800", "statements": [], "x": "\\ud800"}'), InvalidReply, 2, answers=True),
    "raw-surrogate": Fault(chat('{"gist": "\ud800", "statements": 7}'), InvalidReply, 2, answers=True),
    "deep": Fault(chat("[" * 50_000), InvalidReply, 2, answers=True),
    "ten-megabytes": Fault(chat("x" * 10_000_000), InvalidReply, 2, answers=True),
    "length": Fault(chat('{"gist": "x', finish_reason="length"), TruncatedReply, 1, "max_tokens", answers=True),
    "content-filter": Fault(chat("", finish_reason="content_filter"), RefusedReply, 1, "filter", answers=True),
    "refusal": Fault(chat(None, refusal="I can't."), RefusedReply, 1, "I can't", answers=True),
}  # fmt: skip


@pytest.fixture(autouse=True)
def _no_long_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retrying, "LONGEST_BACK_OFF_SECONDS", 0.01)
    monkeypatch.setattr(transport, "MOST_BYTES", 12_000_000)


def serving(fault: Fault | None, first: int) -> WireServer:
    """A server that answers well until question ``first``, and from then on does as it is told."""

    def behave(
        server: WireServer, connection: socket.socket, request: dict[str, Any], number: int
    ) -> None:
        if fault is not None and number >= first:
            if isinstance(fault.act, bytes):
                connection.sendall(fault.act)
            else:
                fault.act(server, connection)
            return
        connection.sendall(chat(good_answer(request)))

    return WireServer(behave)


def good_answer(request: dict[str, Any]) -> str:
    """The answer that the form asks for."""
    if "json_schema" in request.get("response_format", {}):
        form = request["response_format"]["json_schema"]["name"]
    else:  # a fault that looks as if the server did not enforce the form
        form = "gist" if '"gist"' in request["messages"][-1]["content"] else "statements"
    return {"statements": POSITION, "gist": GIST, "summary": WHOLE}[form]


def reading(server: WireServer, prompt: str, **settings: Any) -> Summarizer:
    settings = {"max_attempts": 2, "timeout": 20, **settings}
    return Summarizer(
        model="openai/test", base_url=server.url, api_key=KEY, prompt=prompt, **settings
    )


VALID_LISTS = {"a-list", "extra-key", "lone-surrogate"}


@pytest.mark.parametrize("prompt", ["v1", "v2"])
@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_ends_in_its_error_and_loses_nothing(
    name: str, prompt: str, record_property: Record
) -> None:
    """Class, message and requests are as documented; what had been answered is in the error."""
    if prompt == "v2" and name in VALID_LISTS:
        pytest.skip("a list, or an object that holds one, answers a question about a passage")
    fault = FAULTS[name]
    first = 1 if prompt == "v1" else 2
    patient = 0.6 if name.startswith("hang") else 20.0
    # A conversation goes on after one bad answer, but not after two.
    rounds = 2 if prompt == "v2" and issubclass(fault.error, (InvalidReply, TruncatedReply)) else 1
    with (
        serving(fault, first) as server,
        reading(server, prompt, timeout=patient) as reader,
        pytest.raises(CommuniqueError, match=fault.says) as caught,
    ):
        reader.summarize(TEXT if prompt == "v1" else LONG)
    told = caught.value
    sent = first - 1 + fault.requests * rounds
    assert type(told) is fault.error
    assert len(str(told)) < 1000
    assert KEY not in str(told)
    assert told.__cause__ is not None or "longer than" in str(told)
    # A connection that was refused is an attempt that the server never saw.
    assert len(server.requests) == (first if name == "refused" else sent)
    assert told.attempts == sent
    assert len(told.raw_replies) == first - 1 + (fault.requests * rounds if fault.answers else 0)
    assert (told.usage.calls if told.usage else 0) == len(told.raw_replies)
    if prompt == "v2":
        assert told.raw_replies[0] == POSITION
        assert told.partial is not None
        assert [position.issue for position in told.partial.positions] == ["the dam"]
    record_property(
        "fault",
        [
            name,
            _AT[first],
            type(told).__name__,
            len(server.requests),
            told.attempts,
            len(told.raw_replies),
        ],
    )


ODD: dict[str, tuple[bytes, str]] = {
    "duplicate-keys": (chat('{"gist": "x", "gist": "A dam.", "statements": []}'), "A dam."),
    "byte-order-mark": (http(200, b"\xef\xbb\xbf" + json.dumps(completion(WHOLE)).encode()), "A dam."),
    "gzip": (http(200, gzip.compress(json.dumps(completion(WHOLE)).encode()), content_encoding="gzip"), "A dam."),
    "space-around": (chat(f"\n\n  {WHOLE}  \n"), "A dam."),
    "fenced": (chat(f"```json\n{WHOLE}\n```"), "A dam."),
    "fenced-among-prose": (chat(f"Here it is:\n```\n{WHOLE}\n```\nDone."), "A dam."),
    "after-thoughts": (chat(f'<think>Is it {{"gist": "?"}}?</think>\n\n{WHOLE}'), "A dam."),
    "among-prose": (chat(f"The answer is {WHOLE}. I am sure."), "A dam."),
    "second-thoughts": (chat(f'{{"gist": "No.", "statements": []}} or rather {WHOLE}'), "A dam."),
    "no-length": (http(200, json.dumps(completion(WHOLE))).replace(b"content-length", b"x-length"), "A dam."),
}  # fmt: skip


@pytest.mark.parametrize("name", ODD)
def test_an_odd_answer_that_can_be_read_is_used(name: str, record_property: Record) -> None:
    """The answer is kept; it was charged."""
    answer, gist = ODD[name]
    with serving(Fault(answer, CommuniqueError), 1) as server, reading(server, "v1") as reader:
        summary = reader.summarize(TEXT)
    assert summary.gist == gist
    attempts = summary.provenance.attempts
    assert len(server.requests) == attempts == 1
    record_property("fault", [name, _AT[1], "Summary", len(server.requests), attempts, 1])


PASSING = [name for name, fault in FAULTS.items() if fault.requests == 2 and name != "refused"]


@pytest.mark.parametrize("name", PASSING)
def test_a_fault_that_passes_costs_one_more_request(name: str, record_property: Record) -> None:
    """What is worth a second attempt gets one, and it succeeds."""

    def behave(
        server: WireServer, connection: socket.socket, request: dict[str, Any], number: int
    ) -> None:
        act = FAULTS[name].act
        if number != 2:  # the first question is about a passage, the last one is the gist
            connection.sendall(chat(good_answer(request)))
        elif isinstance(act, bytes):
            connection.sendall(act)
        else:
            act(server, connection)

    patient = 0.6 if name.startswith("hang") else 20.0
    with WireServer(behave) as server, reading(server, "v2", timeout=patient) as reader:
        summary = reader.summarize(TEXT)
    assert isinstance(summary, Summary)
    assert summary.gist == "A dam."
    attempts = summary.provenance.attempts
    assert attempts == len(server.requests) == 2 + 1
    calls = summary.provenance.usage.calls
    record_property("fault", [name, "then answers", "Summary", 3, attempts, calls])


def test_a_host_that_does_not_exist() -> None:
    """The name and the setting are in the message."""
    with (
        Summarizer(
            model="openai/test",
            base_url="http://no-such-host.invalid/v1",
            api_key=KEY,
            prompt="v1",
            max_attempts=1,
        ) as reader,
        pytest.raises(ProviderUnavailable, match=r"no-such-host\.invalid.*base_url"),
    ):
        reader.summarize(TEXT)  # fmt: skip


def test_a_server_without_the_encryption_that_is_asked_for() -> None:
    """HTTPS to a server that speaks HTTP is a connection that can't be made."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(http(400))

        thread = threading.Thread(target=answer)
        thread.start()
        with (
            Summarizer(
                model="openai/test",
                base_url=f"https://127.0.0.1:{listening.getsockname()[1]}/v1",
                api_key=KEY,
                prompt="v1",
                max_attempts=1,
            ) as reader,
            pytest.raises(ProviderUnavailable, match="base_url"),
        ):
            reader.summarize(TEXT)
        thread.join()
