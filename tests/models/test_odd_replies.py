"""Servers that keep to the protocol loosely: the answer is used if there is one."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from werkzeug import Request, Response

from builders import PATH, answers, completion, stated, summarizer, whole
from communique import Summarizer
from communique.errors import (
    ArticleError,
    CommuniqueError,
    InvalidReply,
    ModelNotAvailable,
    ProviderError,
)
from communique.models.findings import forget_findings

if TYPE_CHECKING:
    from pytest_httpserver import HTTPServer

TEXT = "Ruritania opposes the dam. Talks go on."
ANSWER = json.dumps(whole(gist="A dam."))


def odd(**changes: Any) -> dict[str, Any]:
    """A completion in which some fields have other values, or are absent."""
    return {k: v for k, v in completion(ANSWER, **changes).items() if v != "absent"}


def reader(server: HTTPServer, **settings: Any) -> Summarizer:
    return summarizer(server, **{"max_attempts": 1, **settings})


SOUND: dict[str, dict[str, Any]] = {
    "no-model": {"model": "absent"},
    "null-model": {"model": None},
    "empty-usage": {"usage": {}},
    "null-usage": {"usage": None},
    "null-counts": {"usage": {"prompt_tokens": None, "completion_tokens": None}},
    "negative-counts": {"usage": {"prompt_tokens": -5, "completion_tokens": -1}},
    "counts-in-words": {"usage": {"prompt_tokens": "many", "completion_tokens": 1.5}},
    "usage-is-a-list": {"usage": []},
    "negative-timings": {"timings": {"prompt_ms": -1.0, "predicted_ms": None}},
    "timings-in-words": {"timings": {"prompt_ms": "soon"}},
    "timings-are-a-list": {"timings": [1, 2]},
    "endless-timings": {"timings": {"prompt_ms": 1e400}},
    "no-id": {"id": "absent", "object": "absent", "created": "absent"},
}


@pytest.mark.parametrize("name", SOUND)
def test_a_sound_answer_in_an_odd_reply_is_used(httpserver: HTTPServer, name: str) -> None:
    """Odd figures for model, tokens and time do not cost the answer, which is charged anyway."""
    answers(httpserver, odd(**SOUND[name]))
    with reader(httpserver) as summarizer:
        summary = summarizer.summarize(TEXT)
    assert summary.gist == "A dam."
    assert summary.provenance.model in {"test-1", "test"}
    assert summary.provenance.usage.calls == 1
    assert summary.provenance.usage.input_tokens in {0, 100}
    assert summary.provenance.model_seconds is None


EMPTY: dict[str, dict[str, Any]] = {
    "null-choices": {"choices": None},
    "no-choices": {"choices": "absent"},
    "no-message": {"choices": [{"index": 0, "finish_reason": "stop"}]},
    "null-message": {"choices": [{"index": 0, "finish_reason": "stop", "message": None}]},
    "null-choice": {"choices": [None]},
    "null-content": {"choices": [{"message": {"role": "assistant", "content": None}}]},
    "number-content": {"choices": [{"message": {"role": "assistant", "content": 7}}]},
}


@pytest.mark.parametrize("name", EMPTY)
def test_a_reply_without_an_answer_is_invalid(httpserver: HTTPServer, name: str) -> None:
    """And carries what it cost."""
    answers(httpserver, odd(**EMPTY[name]))
    with reader(httpserver) as summarizer, pytest.raises(InvalidReply) as caught:
        summarizer.summarize(TEXT)
    assert caught.value.usage is not None
    assert caught.value.usage.output_tokens == 20


def unsupported(name: str, code: str = "unsupported_value") -> Response:
    error = {"message": f"Unsupported: '{name}'", "type": "invalid_request_error",
             "param": name, "code": code}  # fmt: skip
    return Response(json.dumps({"error": error}), 400)


def test_an_option_the_model_does_not_know_is_left_out(httpserver: HTTPServer) -> None:
    """Reasoning models know no temperature and another limit; they are asked so from then on."""
    asked = answers(
        httpserver,
        unsupported("temperature"),
        unsupported("max_tokens", "unsupported_parameter"),
        completion(ANSWER),
    )
    with reader(httpserver) as summarizer:
        assert summarizer.summarize(TEXT).provenance.attempts == 3
        summarizer.summarize(TEXT)
    assert "temperature" in asked[0]
    for request in asked[2:]:
        assert "temperature" not in request
        assert "max_tokens" not in request
        assert request["max_completion_tokens"] > 0
    assert len(asked) == 4


def test_an_unknown_option_found_out_by_two_at_once(httpserver: HTTPServer) -> None:
    """Articles that are read at the same time all get through, not only the first to learn."""

    def handle(request: Request) -> Response:
        refused = "temperature" in request.get_json()
        return unsupported("temperature") if refused else Response(json.dumps(completion(ANSWER)))

    httpserver.expect_request(PATH).respond_with_handler(handle)
    texts = [f"{TEXT} Number {n}." for n in range(6)]
    with reader(httpserver) as summarizer:
        outcomes = list(summarizer.summarize_many(texts, concurrency=6))
    assert [type(outcome).__name__ for outcome in outcomes] == ["Summary"] * 6


def test_other_unknown_options_are_errors(httpserver: HTTPServer) -> None:
    """A server that refuses what it was not asked for ends it."""
    for name, requests in (("response_format", 4), ("temperature", 2), ("messages", 1)):
        httpserver.clear()
        forget_findings()
        asked = answers(httpserver, unsupported(name))
        with reader(httpserver) as summarizer, pytest.raises(ProviderError, match=name):
            summarizer.summarize(TEXT)
        assert len(asked) == requests


TOO_LONG = {
    "vllm": ({"message": "This model's maximum context length is 4096 tokens. However, you "
                         "requested 5000 tokens", "type": "BadRequestError", "code": 400},
             "COMMUNIQUE_CONTEXT_TOKENS=4096"),
    "llama-server": ({"message": "the request exceeds the available context size",
                      "type": "exceed_context_size_error", "n_prompt_tokens": 9000, "n_ctx": 8192},
                     "9,000 tokens, at most 8,192.*COMMUNIQUE_CONTEXT_TOKENS=8192"),
    "lm-studio": ({"message": "The number of tokens to keep from the initial prompt is greater "
                              "than the context length"}, "read in parts"),
}  # fmt: skip


@pytest.mark.parametrize("server", TOO_LONG)
def test_too_long_as_servers_say_it(httpserver: HTTPServer, server: str) -> None:
    """Whatever the wording, it is the article's length, and the way out is named."""
    error, says = TOO_LONG[server]
    answers(httpserver, Response(json.dumps({"error": error}), 400))
    with reader(httpserver) as summarizer, pytest.raises(ArticleError, match=says):
        summarizer.summarize(TEXT)


def test_not_every_context_is_the_models(httpserver: HTTPServer) -> None:
    """A refusal that has the word in it is not about the length."""
    error = {"message": "unknown field in this context: seed"}
    answers(httpserver, Response(json.dumps({"error": error}), 400))
    with reader(httpserver) as summarizer, pytest.raises(ProviderError, match="refused"):
        summarizer.summarize(TEXT)


@pytest.mark.parametrize(("status", "expected"), [(404, ModelNotAvailable), (413, ArticleError)])
def test_any_error_after_the_first_answer_carries_it(
    httpserver: HTTPServer, status: int, expected: type[CommuniqueError]
) -> None:
    """A model that is gone in the middle of an article does not take the paid answers along."""
    body = json.dumps({"error": {"message": "gone", "type": "context_length_exceeded"}})
    said = json.dumps(stated())
    first = completion(said)
    answers(httpserver, first, Response(body, status))
    with reader(httpserver, prompt="v2") as summarizer, pytest.raises(expected) as caught:
        summarizer.summarize(TEXT)
    assert caught.value.raw_replies == (said,)
    assert caught.value.attempts == 2
    assert caught.value.usage is not None


def test_a_broken_answer_is_asked_for_differently(httpserver: HTTPServer) -> None:
    """At temperature 0 and with the same seed the model would break the form again."""
    prose = completion("I found none.")
    asked = answers(httpserver, prose, completion(ANSWER))
    with reader(httpserver, max_attempts=2) as summarizer:
        summarizer.summarize(TEXT)
    assert (asked[0]["temperature"], asked[0]["seed"]) == (0, 1)
    assert (asked[1]["temperature"], asked[1]["seed"]) == (0.3, 2)


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts open files by /proc")
def test_loops_that_end_leave_no_connections(httpserver: HTTPServer) -> None:
    """A summarizer used from one `asyncio.run` after the other does not collect sockets."""
    import gc

    answers(httpserver, completion(ANSWER))
    summarizer = reader(httpserver)

    def open_files() -> int:
        gc.collect()
        return len(os.listdir("/proc/self/fd"))  # noqa: PTH208

    asyncio.run(summarizer.asummarize(TEXT))
    before = open_files()
    for _ in range(20):
        asyncio.run(summarizer.asummarize(TEXT))
    assert open_files() <= before + 6
