"""Whatever a server puts into any field, a summary or an error of the library comes out.

Each field of an answer, a streamed answer and an error has each value of another kind in turn,
with log-probabilities and prices switched on.
"""

from __future__ import annotations

import copy
import json
import math
from typing import TYPE_CHECKING, Any

import pytest

from builders import GOOD, completion, position, whole
from communique import Failure, Summarizer, Summary
from communique.errors import CommuniqueError, InvalidReply, RateLimited
from wire import WireServer, http

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

TEXT = "Ruritania opposes the dam. Ulmia threatens to close the border if it is built."
LONGEST = "the longest integer"
"""Stands for an integer that Python refuses to write, but that anyone may send."""

VALUES = {
    "string": "\x1b[31mwords\r\nand more " * 40,
    "int": -7,
    "huge int": 10**400,
    "longest int": LONGEST,
    "float": 1e300,
    "NaN": math.nan,
    "list": [1, "two", None],
    "nested": json.loads("[" * 200 + "]" * 200),
    "dict": {"a": {"b": True}},
    "keys": {"_fields_set": 5, "values": 1, "self": 2},
    "null": None,
    "surrogate": "x\ud800y",
}
UNREAD = {"id", "object", "created", "index", "role", "total_tokens"}
TOKENS = [{"token": part, "logprob": -0.1} for part in GOOD]
ANSWER = completion(
    GOOD, logprobs={"content": TOKENS}, timings={"prompt_ms": 900, "predicted_ms": 100}
)
ANSWER["usage"]["completion_tokens_details"] = {"reasoning_tokens": 1}
CHUNK = {
    "model": "test-1",
    "choices": [{"index": 0, "delta": {"role": "assistant", "content": GOOD, "refusal": None},
                 "logprobs": {"content": TOKENS}, "finish_reason": None}],
    "usage": ANSWER["usage"], "timings": ANSWER["timings"],
}  # fmt: skip
ERROR = {
    "error": {"message": "the request exceeds the available context size", "code": 400, "param": None,
              "type": "exceed_context_size_error", "n_prompt_tokens": 9000, "n_ctx": 8192,
              "innererror": {"code": "x"}, "failed_generation": "I won't."}
}  # fmt: skip


def places(value: Any, *path: Any) -> Iterator[tuple[Any, ...]]:
    """Yield the path of each field, however deep; of the many tokens, those of the first."""
    if path:
        yield path
    inside = value.items() if isinstance(value, dict) else enumerate(value[:1])
    for key, inner in inside:
        if isinstance(inner, dict | list):
            yield from places(inner, *path, key)
        elif key not in UNREAD:
            yield (*path, key)


def changed(whole: Any, path: tuple[Any, ...], value: object) -> Any:
    copied = copy.deepcopy(whole)
    *way, last = path
    holder = copied
    for step in way:
        holder = holder[step]
    holder[last] = value
    return copied


def as_json(body: object) -> str:
    return json.dumps(body).replace(f'"{LONGEST}"', "1" + "0" * 5000)


def streamed(*chunks: object) -> bytes:
    body = "".join(f"data: {as_json(chunk)}\n\n" for chunk in (*chunks, {"choices": []}))
    return http(200, body + "data: [DONE]\n\n", content_type="text/event-stream")


class Replies:
    """A model server whose next answer is set from outside."""

    def __init__(self) -> None:
        self.next = b""
        self.server = WireServer(lambda _, connection, *__: connection.sendall(self.next))


@pytest.fixture(scope="module")
def replies() -> Generator[Replies]:
    replies = Replies()
    with replies.server:
        yield replies


def reader(replies: Replies, **settings: Any) -> Summarizer:
    # A new one each time: one that has seen ten failures in a row waits before it asks again.
    settings = {"prices": (1.0, 0.5, 2.0), "timeout": 5, "max_attempts": 1, **settings}
    return Summarizer(
        model="openai/test", prompt="v1", base_url=replies.server.url, api_key="none", **settings
    )


def check(replies: Replies, answer: bytes, *, streams: bool = False) -> Summary | CommuniqueError:
    """A summary that can be written and read, or an error with a message fit for a log."""
    replies.next = answer
    with reader(replies) as summarizer:
        try:
            if streams:
                with summarizer.stream(TEXT) as statements:
                    list(statements)
                summary = statements.summary
            else:
                summary = summarizer.summarize(TEXT)
        except CommuniqueError as error:
            check_message(str(error))
            json.dumps(error.raw_replies).encode()
            "".join(error.raw_replies).encode()
            if error.partial is not None:
                error.partial.model_dump_json()
            return error
    assert Summary.model_validate_json(summary.model_dump_json()) == summary
    assert len(summary.provenance.model) <= 200
    str(summary.provenance).encode()
    for statement in summary.statements:
        assert statement.confidence is None or 0 <= statement.confidence <= 1
    return summary


def check_message(message: str) -> None:
    assert message.isprintable(), message
    assert len(message) < 1_200
    message.encode()


@pytest.mark.parametrize("kind", VALUES)
def test_any_value_in_any_field_of_an_answer(replies: Replies, kind: str) -> None:
    for path in places(ANSWER):
        check(replies, http(200, as_json(changed(ANSWER, path, VALUES[kind]))))
    check(replies, http(200, as_json(VALUES[kind])))


@pytest.mark.parametrize("kind", VALUES)
def test_any_value_in_any_field_of_a_streamed_answer(replies: Replies, kind: str) -> None:
    for path in places(CHUNK):
        check(replies, streamed(changed(CHUNK, path, VALUES[kind])), streams=True)
    check(replies, streamed(CHUNK, VALUES[kind]), streams=True)


@pytest.mark.parametrize("kind", VALUES)
def test_any_value_in_any_field_of_an_error(replies: Replies, kind: str) -> None:
    for path in places(ERROR):
        body = as_json(changed(ERROR, path, VALUES[kind]))
        for code in (200, 400):
            assert isinstance(check(replies, http(code, body)), CommuniqueError)
    check(replies, streamed(changed(ERROR, ("error",), VALUES[kind])), streams=True)


@pytest.mark.parametrize("body", ["[" * 100_000, '{"error":' * 100_000, '{"choices":[' * 50_000])
def test_nested_without_end(replies: Replies, body: str) -> None:
    sent = http(200, body), http(500, body), http(200, body, content_type="text/event-stream")
    for answer in (*sent, http(200, f"data: {body}\n\n", content_type="text/event-stream")):
        assert isinstance(check(replies, answer), CommuniqueError)
        assert isinstance(check(replies, answer, streams=True), CommuniqueError)


@pytest.mark.parametrize(
    "pause",
    ["inf", "1e999", "nan", "Fri, 31 Dec 99999 23:59:59 GMT", "Mon, 01 Jan 0001 00:00:00 -2359",
     "9" * 5000, "Sat, 99 Foo 2026 99:99:99 XYZ", "\xff", "-5", "0x10"],
)  # fmt: skip
@pytest.mark.parametrize("header", ["retry_after", "retry_after_ms"])
def test_no_pause_closes_a_summarizer_for_ever(replies: Replies, header: str, pause: str) -> None:
    """What is not a pause of up to a day counts as none."""
    with reader(replies) as summarizer:
        replies.next = http(429, "{}", **{header: pause})
        with pytest.raises(RateLimited) as caught:
            summarizer.summarize(TEXT)
        assert caught.value.retry_after in {None, 0}
        replies.next = http(200, as_json(ANSWER))
        assert summarizer.summarize(TEXT).positions


def test_a_pause_of_an_hour_is_believed(replies: Replies) -> None:
    replies.next = http(429, "{}", retry_after="3600")
    with reader(replies) as summarizer, pytest.raises(RateLimited) as caught:
        summarizer.summarize(TEXT)
    assert caught.value.retry_after == 3600


@pytest.mark.parametrize("likelihood", [0.0004, 0, -0.1, -1e300])
def test_confidence_is_a_share(replies: Replies, likelihood: float) -> None:
    """Servers round a log-probability of 0 to a little more."""
    tokens = [{**token, "logprob": likelihood} for token in TOKENS]
    summary = check(replies, http(200, as_json(completion(GOOD, logprobs={"content": tokens}))))
    assert isinstance(summary, Summary)
    assert summary.positions[0].confidence == pytest.approx(math.exp(min(likelihood, 0)), abs=0.001)


@pytest.mark.parametrize("streams", [False, True])
def test_lone_surrogates_are_replaced(replies: Replies, streams: bool) -> None:
    """But a stream may send the halves of a character one after the other."""
    prose = "No \ud800 \ud83d\ude00."
    parts = (changed(CHUNK, ("choices", 0, "delta", "content"), part) for part in prose)
    sent = streamed(*parts) if streams else http(200, as_json(completion(prose)))
    error = check(replies, sent, streams=streams)
    assert isinstance(error, InvalidReply)
    assert error.raw_replies == ("No \ufffd \U0001f600.",)


def test_fields_have_lengths(replies: Replies) -> None:
    """What no article needs is rejected, with the reason; a gist is cut to whole sentences."""
    said = whole(
        position(actor="Ruritania " * 21),
        position(issue="the dam " * 126),
        position(issue="the dam"),
        gist="Ruritania opposes the dam. " * 100,
    )
    summary = check(replies, http(200, as_json(completion(json.dumps(said)))))
    assert isinstance(summary, Summary)
    assert [item.reason for item in summary.rejected] == [
        "its actor has more than 200 characters",
        "its issue has more than 1,000 characters",
    ]
    assert [statement.issue for statement in summary.positions] == ["the dam"]
    assert len(summary.gist) <= 2_000
    assert summary.gist.endswith("opposes the dam.")


@pytest.mark.parametrize("streams", [False, True])
def test_an_answer_without_end(replies: Replies, streams: bool) -> None:
    """It is broken off where no answer is so long, even if it never ends."""
    content = GOOD[:-1] + " " * 300_000
    chunk = changed(CHUNK, ("choices", 0, "delta", "content"), content)
    sent = streamed(*[chunk] * 5) if streams else http(200, as_json(completion(content * 5)))
    error = check(replies, sent, streams=streams)
    assert isinstance(error, InvalidReply)
    assert "longer than 1,048,576 characters" in str(error)


def test_words_of_a_server_are_one_line(replies: Replies) -> None:
    """In messages and in logs: no escape sequences, no forged lines, a few hundred characters."""
    words = "no\r\nERROR root: \x1b]0;owned\x07\u202eevil\u2028" + "x" * 5_000
    for code in (200, 400, 401, 404, 429, 500):
        error = check(replies, http(code, as_json({"error": {"message": words}})))
        assert isinstance(error, CommuniqueError)
        assert "ERROR root: " in str(error)


def test_an_error_about_the_answer_without_any_answer(replies: Replies) -> None:
    """The first answer of all may be refused by its own server, which does not show it."""
    body = {"error": {"message": "failed to validate JSON", "code": "json_validate_failed"}}
    assert isinstance(check(replies, http(400, as_json(body))), InvalidReply)


def test_one_odd_error_among_many(replies: Replies) -> None:
    """It is the failure of its article, and of no other."""
    odd = changed(ERROR, ("error", "n_ctx"), "many")

    def behave(_: object, connection: Any, request: dict[str, Any], __: int) -> None:
        is_odd = "Number 7." in request["messages"][-1]["content"]
        answer = http(400, as_json(odd)) if is_odd else http(200, as_json(ANSWER))
        connection.sendall(answer)

    texts = [f"{TEXT} Number {n}." for n in range(20)]
    with WireServer(behave) as server:
        connection = {"base_url": server.url, "api_key": "none", "max_attempts": 1}
        with Summarizer(model="openai/test", prompt="v1", **connection) as summarizer:
            outcomes = list(summarizer.summarize_many(texts, concurrency=4))
    failures = [outcome for outcome in outcomes if isinstance(outcome, Failure)]
    assert [(failure.index, failure.error) for failure in failures] == [(7, "ArticleError")]
    assert len(outcomes) == 20
