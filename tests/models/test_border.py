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

from builders import GOOD, completion
from communique import Summarizer, Summary
from communique.errors import CommuniqueError
from wire import WireServer, http

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

TEXT = "Ruritania opposes the dam. Ulmia threatens to close the border if it is built."
VALUES = {
    "string": "\x1b[31mwords\r\nand more " * 40,
    "int": 7,
    "negative": -1,
    "huge int": 10**400,
    "longest int": 10**5000,
    "float": 2.5,
    "huge float": 1e300,
    "NaN": math.nan,
    "infinity": math.inf,
    "true": True,
    "list": [1, "two", None],
    "nested": json.loads("[" * 500 + "]" * 500),
    "dict": {"a": {"b": 1}},
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
    # Python refuses to write the longest integers, but anyone may send them.
    number = 10**5000
    text = json.dumps(_without(body, number))
    return text.replace('"longest"', "1" + "0" * 5000)


def _without(value: Any, number: int) -> Any:
    if isinstance(value, dict):
        return {key: _without(inner, number) for key, inner in value.items()}
    if isinstance(value, list):
        return [_without(inner, number) for inner in value]
    is_it = isinstance(value, int) and not isinstance(value, bool) and value == number
    return "longest" if is_it else value


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
