"""Options of a request that users set, and models that think before they answer."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug import Response

from builders import GOOD, KEY, answers, completion, summarizer
from communique import Settings, Summarizer
from communique.errors import ProviderError, SettingsError, TruncatedReply
from communique.models import open_model
from communique.models.adapter import THINKING_TOKENS
from communique.prompts import load_prompt
from communique.settings import ModelChoice, load_settings

if TYPE_CHECKING:
    from pytest_httpserver import HTTPServer

TEXT = "Ruritania opposes the dam. Talks go on."
LIMIT = load_prompt("v1").sampling.max_tokens


def refused(message: str, **more: Any) -> Response:
    error = {"message": message, "type": "invalid_request_error", **more}
    return Response(json.dumps({"error": error}), 400)


def cut_off(content: str = "", **usage: Any) -> dict[str, Any]:
    """A reply whose tokens went to thinking before there was an answer."""
    counts = {"prompt_tokens": 100, "completion_tokens": LIMIT, **usage}
    return completion(content, finish_reason="length", usage=counts)


def test_options_reach_the_server_and_the_provenance(httpserver: HTTPServer) -> None:
    """What shapes the answer is recorded with it."""
    asked = answers(httpserver, completion())
    body = {"top_p": 0.9, "provider": {"order": ["x"]}, "temperature": 1}
    options: dict[str, Any] = {"max_tokens": 777, "reasoning_effort": "low", "extra_body": body}
    with summarizer(httpserver, **options) as reader:
        summary = reader.summarize(TEXT)
    (request,) = asked
    assert (request["max_tokens"], request["reasoning_effort"]) == (777, "low")
    assert {name: request[name] for name in body} == body
    assert summary.provenance.options == options
    assert type(summary).model_validate_json(summary.model_dump_json()) == summary
    assert hash(summary) == hash(summary.model_copy())


def test_options_from_the_environment(
    httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The body is written as JSON."""
    monkeypatch.setenv("COMMUNIQUE_MAX_TOKENS", "55")
    monkeypatch.setenv("COMMUNIQUE_REASONING_EFFORT", " minimal ")
    monkeypatch.setenv("COMMUNIQUE_EXTRA_BODY", '{"chat_template_kwargs": {"thinking": false}}')
    asked = answers(httpserver, completion())
    with summarizer(httpserver) as reader:
        reader.summarize(TEXT)
    assert asked[0]["max_tokens"] == 55
    assert asked[0]["reasoning_effort"] == "minimal"
    assert asked[0]["chat_template_kwargs"] == {"thinking": False}


def test_without_options_nothing_is_added(httpserver: HTTPServer) -> None:
    """Neither to the request nor to the provenance."""
    asked = answers(httpserver, completion())
    with summarizer(httpserver) as reader:
        assert reader.summarize(TEXT).provenance.options == {}
    assert not {"reasoning_effort", "extra_body"} & asked[0].keys()
    assert asked[0]["max_tokens"] == LIMIT


@pytest.mark.parametrize(
    ("option", "value", "says"),
    [
        ("max_tokens", 0, "max_tokens must be greater"),
        ("max_tokens", True, "must be a number, not True"),
        ("reasoning_effort", "very high", "must be one word"),
        ("reasoning_effort", "", "must be one word"),
        ("extra_body", "{", r'must be a JSON object, such as {"top_p": 0\.9}'),
        ("extra_body", "[1]", "must be a JSON object"),
        ("extra_body", '{"x": NaN}', "must be a JSON object"),
        ("extra_body", {"x": object()}, "must be a JSON object"),
        ("extra_body", {"x": float("inf")}, "must be a JSON object"),
        ("extra_body", {"messages": [], "model": "x"}, "must not contain messages, model"),
        ("extra_body", {"a": [{"api_key": KEY}]}, r"must not contain credentials \(api_key\)"),
    ],
)
def test_options_that_can_not_be_used(option: str, value: Any, says: str) -> None:
    """They are refused before anything is sent; the message shows no value that may be a key."""
    arguments: dict[str, Any] = {option: value}
    with pytest.raises(SettingsError, match=says) as caught:
        load_settings(**arguments)
    assert KEY not in str(caught.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc"), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


@given(st.dictionaries(st.text("abc"), JSON, max_size=4))
def test_any_json_object_is_a_body(body: dict[str, Any]) -> None:
    """Given as an object or as its text, it is the same."""
    assert Settings(extra_body=body).extra_body == body
    assert Settings(extra_body=json.dumps(body)).extra_body == body


@pytest.mark.parametrize(
    "message",
    [
        "Unrecognized request argument supplied: reasoning_effort",
        "[{'loc': ('body', 'reasoning_effort'), 'msg': 'Extra inputs are not permitted'}]",
        "reasoning_effort is not supported by this model",
    ],
)
def test_a_model_that_does_not_think(
    httpserver: HTTPServer, caplog: pytest.LogCaptureFixture, message: str
) -> None:
    """It is asked without the effort, says so once, and the provenance does not claim it."""
    asked = answers(httpserver, refused(message), completion())
    with summarizer(httpserver, reasoning_effort="high") as reader:
        summaries = [reader.summarize(TEXT) for _ in range(2)]
    assert ["reasoning_effort" in request for request in asked] == [True, False, False]
    assert [summary.provenance.options for summary in summaries] == [{}, {}]
    warnings = [record for record in caplog.records if record.levelno == logging.WARNING]
    (said,) = [record.getMessage() for record in warnings]
    assert said.endswith(": openai/test takes no reasoning_effort; it is asked without")


def test_an_effort_that_the_model_does_not_have(httpserver: HTTPServer) -> None:
    """The user hears which efforts it has."""
    says = "Unsupported value: 'reasoning_effort' does not support 'huge'. Supported: 'low'."
    asked = answers(httpserver, refused(says, param="reasoning_effort", code="unsupported_value"))
    with (
        summarizer(httpserver, reasoning_effort="huge") as reader,
        pytest.raises(ProviderError, match="Supported: 'low'"),
    ):
        reader.summarize(TEXT)
    assert len(asked) == 1


@pytest.mark.parametrize(
    "reply",
    [
        cut_off(),
        cut_off("<think>Ruritania opposes"),
        cut_off('{"gist": "A', completion_tokens_details={"reasoning_tokens": LIMIT - 9}),
    ],
)
def test_an_answer_lost_to_thinking_gets_more_room(
    httpserver: HTTPServer, reply: dict[str, Any]
) -> None:
    """At once and from then on; what the first answer cost is counted."""
    asked = answers(httpserver, reply, completion())
    with summarizer(httpserver, max_attempts=1) as reader:
        summary = reader.summarize(TEXT)
        reader.summarize(TEXT)
    more = LIMIT + THINKING_TOKENS
    assert [request["max_tokens"] for request in asked] == [LIMIT, more, more]
    assert summary.provenance.attempts == summary.provenance.usage.calls == 2
    assert summary.provenance.usage.output_tokens == LIMIT + 20


def test_a_limit_that_the_user_set_is_kept(httpserver: HTTPServer) -> None:
    """And the error names both ways out."""
    asked = answers(httpserver, cut_off())
    says = "COMMUNIQUE_MAX_TOKENS.*COMMUNIQUE_REASONING_EFFORT"
    with (
        summarizer(httpserver, max_tokens=900) as reader,
        pytest.raises(TruncatedReply, match=says),
    ):
        reader.summarize(TEXT)
    assert [request["max_tokens"] for request in asked] == [900]


@pytest.mark.parametrize(
    "says",
    [
        "max_tokens is too large: 31000. This model supports at most 16384 completion tokens",
        "This model's maximum context length is 8192 tokens. However, you requested 33000 tokens",
    ],
)
def test_no_more_room(httpserver: HTTPServer, says: str) -> None:
    """A model that can't write so much is cut off, whatever its server then calls too long."""
    asked = answers(httpserver, cut_off(), refused(says))
    with (
        summarizer(httpserver) as reader,
        pytest.raises(TruncatedReply, match="thinking") as caught,
    ):
        reader.summarize(TEXT)
    assert len(asked) == caught.value.attempts == 2
    assert caught.value.usage is not None
    assert caught.value.usage.output_tokens == LIMIT


def test_an_answer_that_is_just_too_long_gets_no_more_room(httpserver: HTTPServer) -> None:
    """It would only be longer."""
    asked = answers(httpserver, completion('{"gist": "x', finish_reason="length"))
    with (
        summarizer(httpserver) as reader,
        pytest.raises(TruncatedReply, match="COMMUNIQUE_MAX_TOKENS"),
    ):
        reader.summarize(TEXT)
    assert len(asked) == 1


@pytest.mark.parametrize("provider", ["openrouter", "deepseek", "together"])
def test_options_through_instructor(httpserver: HTTPServer, provider: str) -> None:
    """Providers that have an effort get it, and the body; both are recorded."""
    call = {"id": "t", "type": "function", "function": {"name": "WholeReply", "arguments": GOOD}}
    said = {"role": "assistant", "content": None, "tool_calls": [call]}
    choice = {"index": 0, "finish_reason": "stop", "message": said}
    httpserver.expect_request("/v1/chat/completions").respond_with_json(
        completion(choices=[choice])
    )
    options: dict[str, Any] = {"reasoning_effort": "low", "max_tokens": 321,
                               "extra_body": {"top_k": 4}}  # fmt: skip
    with Summarizer(
        model=f"{provider}/some", base_url=httpserver.url_for("/v1"), api_key=KEY, **options
    ) as reader:
        summary = reader.summarize(TEXT)
    body = httpserver.log[0][0].get_json()
    assert (body["reasoning_effort"], body["max_tokens"], body["top_k"]) == ("low", 321, 4)
    assert summary.provenance.options == options


@pytest.mark.parametrize(
    ("provider", "option", "value"),
    [("anthropic", "reasoning_effort", "low"), ("google", "extra_body", {"x": 1}),
     ("local", "reasoning_effort", "low"), ("mistral", "reasoning_effort", "low")],
)  # fmt: skip
def test_options_that_a_provider_does_not_take(provider: str, option: str, value: Any) -> None:
    """They are never dropped silently."""
    arguments: dict[str, Any] = {option: value, "api_key": KEY}
    with pytest.raises(SettingsError, match=option):
        open_model(load_settings(**arguments), ModelChoice(provider, "qwen2.5-coder-1.5b"))
