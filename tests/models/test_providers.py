"""Providers with an SDK of their own: Anthropic's over real HTTP on loopback, others by reply."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import socket
import subprocess
import sys
import time
import traceback
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from werkzeug import Request, Response

from builders import GOOD, KEY, completion, position, whole
from communique import Summarizer
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
    SettingsError,
    TruncatedReply,
)
from communique.models import Endpoint, LanguageModel, Message, ProviderModel, open_model, retrying
from communique.models.google import GoogleModel
from communique.models.hosted import HOSTED
from communique.models.receipts import text_of, to_receipt
from communique.models.registry import PROVIDERS
from communique.models.sdk_replies import as_completion
from communique.prompts import Sampling
from communique.reading.forms import GistReply
from communique.settings import ModelChoice, load_settings

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_httpserver import HTTPServer

TEXT = "Ruritania opposes the dam. Talks go on."
MODEL = "claude-sonnet-5"
QUESTION: Message = {"role": "user", "content": "?"}

REPLY = whole(position())


@pytest.fixture(autouse=True)
def _no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test depends on the providers' keys of whoever runs it, or waits long to try again."""
    monkeypatch.setattr(retrying, "LONGEST_BACK_OFF_SECONDS", 0.01)
    names = {name for about in PROVIDERS.values() for name in (*about.keys, *about.credentials)}
    for hosted in HOSTED.values():
        names |= {*hosted.owner.addresses, *hosted.owner.keys, *hosted.owner.tokens}
    for name in {*names, *(name for name in os.environ if name.startswith("ANTHROPIC_"))}:
        monkeypatch.delenv(name, raising=False)
    # Without a profile of whoever runs it, too.
    monkeypatch.setenv("ANTHROPIC_CONFIG_DIR", os.devnull)


def message(content: list[dict[str, Any]] | None = None, **changes: Any) -> Response:
    """A message as Anthropic documents it, with a call of the tool that was asked for."""
    tool = {"type": "tool_use", "id": "t", "name": "WholeReply", "input": REPLY}
    body = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": MODEL + "-20260101",
        "content": [tool] if content is None else content,
        "stop_reason": "tool_use",
        "stop_sequence": None,
        "usage": {"input_tokens": 60, "cache_read_input_tokens": 40,
                  "cache_creation_input_tokens": 0, "output_tokens": 20},
        **changes,
    }  # fmt: skip
    return Response(json.dumps(body), content_type="application/json")


def failure(code: int, kind: str, said: str = f"echo {KEY}", **headers: str) -> Response:
    """An error as Anthropic documents it."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    body = {"type": "error", "error": {"type": kind, "message": said}}
    return Response(json.dumps(body), code, names, content_type="application/json")


def answers(server: HTTPServer, *replies: Response) -> list[dict[str, Any]]:
    """Let the server give these answers in turn (the last one for ever); return what it was asked."""
    asked: list[dict[str, Any]] = []

    def handle(request: Request) -> Response:
        asked.append(request.get_json())
        asked[-1]["headers"] = {name.lower(): value for name, value in request.headers.items()}
        reply = replies[min(len(asked), len(replies)) - 1]
        # A tool has the name that it was asked by.
        body = json.loads(reply.get_data()) if reply.get_data().endswith(b"}") else None
        for block in (body or {}).get("content") or ():
            if "name" in block:
                block["name"] = asked[-1]["tools"][0]["name"]
        data = reply.get_data() if body is None else json.dumps(body)
        return Response(data, reply.status_code, reply.headers)

    server.expect_request("/v1/messages", method="POST").respond_with_handler(handle)
    return asked


def summarizer(server: HTTPServer, **settings: Any) -> Summarizer:
    settings = {"max_attempts": 2, "prompt": "v1", "api_key": KEY, **settings}
    return Summarizer(model=f"anthropic/{MODEL}", base_url=server.url_for(""), **settings)


def fails(server: HTTPServer, *replies: Response, **settings: Any) -> CommuniqueError:
    answers(server, *replies)
    with summarizer(server, **settings) as reader, pytest.raises(CommuniqueError) as caught:
        reader.summarize(TEXT)
    shown = "".join(traceback.format_exception(caught.value)) + repr(vars(caught.value))
    shown += str(getattr(caught.value.__cause__, "body", ""))  # what SDKs keep of the reply
    assert KEY not in shown
    return caught.value


def test_a_good_answer_of_another_provider(httpserver: HTTPServer) -> None:
    """Anthropic is asked in its own protocol, and its answer becomes a summary with a receipt."""
    asked = answers(httpserver, message())
    with summarizer(httpserver) as reader:
        summary = reader.summarize(TEXT)
    (request,) = asked
    assert request["headers"]["authorization"] == f"Bearer {KEY}"
    assert request["model"] == MODEL
    assert request["temperature"] == 0
    assert request["max_tokens"] == reader.prompt.sampling.max_tokens
    assert "seed" not in request
    assert [m["role"] for m in request["messages"]].count("system") == 0
    assert "[1] Ruritania opposes the dam." in json.dumps(request["messages"][-1])
    assert [p.issue for p in summary.positions] == ["the dam"]
    about = summary.provenance
    assert (about.provider, about.model) == ("anthropic", MODEL + "-20260101")
    assert about.attempts == about.usage.calls == 1
    # Anthropic counts what it had cached beside the other input tokens; communique among them.
    assert (about.usage.input_tokens, about.usage.cached_input_tokens) == (100, 40)
    assert about.usage.output_tokens == 20
    assert about.usage.cost_usd is None  # whose server it is, and what it takes, is not known


def test_answers_through_a_providers_own_sdk_are_kept(
    httpserver: HTTPServer, tmp_path: Path
) -> None:
    """The arguments of a tool call are an answer like any other."""
    asked = answers(httpserver, message())
    with summarizer(httpserver, cache=tmp_path / "answers.sqlite") as reader:
        first, again = reader.summarize(TEXT), reader.summarize(TEXT)
    assert len(asked) == 1
    assert first.statements == again.statements
    assert again.provenance.from_cache == first.provenance.usage


def test_a_hosted_model_has_its_price(
    httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a base_url given to communique, the provider's own variables and prices hold."""
    monkeypatch.setenv("ANTHROPIC_BASE_URL", httpserver.url_for(""))
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    asked = answers(httpserver, message())
    with Summarizer(model=f"anthropic/{MODEL}", prompt="v1") as reader:
        usage = reader.summarize(TEXT).provenance.usage
    assert asked[0]["headers"]["authorization"] == f"Bearer {KEY}"
    from genai_prices import data_snapshot

    found = data_snapshot.get_snapshot().find_provider_model(MODEL, None, "anthropic", None)
    prices: Any = found[1].prices
    cost = (60 * prices.input_mtok + 40 * prices.cache_read_mtok + 20 * prices.output_mtok) / 10**6
    assert cost > 0
    assert usage.cost_usd == pytest.approx(float(cost))


def test_article_text_is_never_a_template(httpserver: HTTPServer) -> None:
    """Braces of an article reach another provider's model as text."""
    asked = answers(httpserver, message())
    with summarizer(httpserver) as reader:
        reader.summarize("Ruritania {{ opposes }} the {% dam %}. Talks go on.")
    assert "Ruritania {{ opposes }} the {% dam %}." in json.dumps(asked[0]["messages"])


def test_one_client_for_many_articles(httpserver: HTTPServer) -> None:
    """The same summarizer asks again, in the same event loop and after it was closed."""
    asked = answers(httpserver, message())
    reader = summarizer(httpserver)
    for _ in range(2):
        reader.summarize(TEXT)
        reader.close()
    assert len(asked) == 2


def test_refused_key(httpserver: HTTPServer) -> None:
    """HTTP 401 is not retried, names the variable and shows no key."""
    error = fails(httpserver, failure(401, "authentication_error"))
    assert isinstance(error, AuthenticationFailed)
    assert error.attempts == 1
    assert "ANTHROPIC_API_KEY" in str(error)
    assert "***" in str(error)


def test_slow_down_then_success(httpserver: HTTPServer) -> None:
    """HTTP 429 with Retry-After is waited for, once, by communique alone."""
    asked = answers(httpserver, failure(429, "rate_limit_error", Retry_After="0.4"), message())
    started = time.perf_counter()
    with summarizer(httpserver) as reader:
        summary = reader.summarize(TEXT)
    assert time.perf_counter() - started >= 0.4
    assert len(asked) == summary.provenance.attempts == 2
    assert summary.provenance.usage.calls == 1


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (failure(429, "rate_limit_error", Retry_After="0"), RateLimited),
        (failure(500, "api_error", Retry_After="0"), ProviderUnavailable),
        (failure(529, "overloaded_error", Retry_After="0"), ProviderUnavailable),
    ],
)
def test_failures_that_may_pass(
    httpserver: HTTPServer, reply: Response, expected: type[ProviderError]
) -> None:
    """A failing server is asked as often as is set, no more: neither SDK nor instructor adds to it."""
    error = fails(httpserver, reply, max_attempts=3)
    assert isinstance(error, expected)
    assert error.attempts == len(httpserver.log) == 3
    assert error.usage is None


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (failure(404, "not_found_error"), ModelNotAvailable),
        (failure(403, "permission_error"), AuthenticationFailed),
        (failure(400, "invalid_request_error"), ProviderError),
        (failure(400, "invalid_request_error",
                 "prompt is too long: exceeds the context of 200000"), ArticleError),
        (Response(f"<html>{KEY}</html>", content_type="text/html"), ProviderError),
        (Response("{", content_type="application/json"), ProviderError),
    ],
)  # fmt: skip
def test_failures_that_stay(
    httpserver: HTTPServer, reply: Response, expected: type[CommuniqueError]
) -> None:
    """What would fail again is not asked again."""
    error = fails(httpserver, reply)
    assert type(error) is expected
    assert len(httpserver.log) == 1


@pytest.mark.parametrize(
    ("reply", "expected", "times"),
    [
        (message([], stop_reason="refusal"), RefusedReply, 1),
        (message([{"type": "tool_use", "id": "t", "name": "x", "input": {"gist": "Cut o"}}],
                 stop_reason="max_tokens"), TruncatedReply, 1),
        (message([{"type": "text", "text": "I'd rather chat."}], stop_reason="end_turn"),
         InvalidReply, 2),
        (message([{"type": "tool_use", "id": "t", "name": "x", "input": {"gist": 1}}]),
         InvalidReply, 2),
    ],
)  # fmt: skip
def test_answers_that_can_not_be_used(
    httpserver: HTTPServer, reply: Response, expected: type[CommuniqueError], times: int
) -> None:
    """Refused, cut off or invalid: the error has the answer and its usage."""
    error = fails(httpserver, reply, max_attempts=4, prices=(1, 1, 1))
    assert type(error) is expected
    assert error.attempts == len(error.raw_replies) == len(httpserver.log) == times
    assert error.usage is not None
    assert error.usage.calls == times
    assert error.usage.cost_usd == pytest.approx(120 * times / 1e6)
    if times == 2:
        assert error.raw_replies[0] in {"I'd rather chat.", '{"gist": 1}'}


@pytest.mark.parametrize("around", ["{}", "```json\n{}\n```", "Here it is: {}"])
def test_an_answer_in_words_in_place_of_a_call(httpserver: HTTPServer, around: str) -> None:
    """An answer that instructor can't read is kept, with its usage."""
    text = around.replace("{}", GOOD)
    answers(httpserver, message([{"type": "text", "text": text}], stop_reason="end_turn"))
    with summarizer(httpserver) as reader:
        summary = reader.summarize(TEXT)
    assert [p.issue for p in summary.positions] == ["the dam"]
    assert summary.provenance.attempts == 1


def test_option_that_the_model_does_not_know(httpserver: HTTPServer) -> None:
    """A model that takes no temperature is asked without one, from then on."""
    said = "`temperature` is deprecated for this model."
    asked = answers(httpserver, failure(400, "invalid_request_error", said), message())
    with summarizer(httpserver, max_attempts=1) as reader:
        assert reader.summarize(TEXT).provenance.attempts == 2
        assert reader.summarize(TEXT).provenance.attempts == 1
    assert ["temperature" in request for request in asked] == [True, False, False]


def test_no_answer_in_time() -> None:
    """The timeout of the settings holds, whatever the SDK's own is."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        reader = Summarizer(
            model="anthropic/x", base_url=url, api_key=KEY, timeout=0.2, max_attempts=1
        )
        with reader, pytest.raises(ProviderTimeout, match=r"within 0\.2 seconds"):
            reader.summarize(TEXT)


def test_no_server() -> None:
    """A server that isn't there is unavailable, and the message says where it was looked for."""
    reader = Summarizer(
        model="anthropic/x", base_url="http://127.0.0.1:9", api_key=KEY, max_attempts=1
    )
    with pytest.raises(ProviderUnavailable, match=r"127\.0\.0\.1:9"):
        reader.summarize(TEXT)


def test_providers_key_is_for_the_provider(
    httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ANTHROPIC_API_KEY is not sent to a base_url that was given to communique."""
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    monkeypatch.setenv("ANTHROPIC_AUTH_TOKEN", KEY)
    asked = answers(httpserver, message())
    with summarizer(httpserver, api_key=None) as reader:
        reader.summarize(TEXT)
    assert KEY not in json.dumps(asked)


def test_logs_have_no_key(httpserver: HTTPServer, caplog: pytest.LogCaptureFixture) -> None:
    """At the most talkative level, an echoed key is not in the logs."""
    caplog.set_level(logging.DEBUG)
    fails(httpserver, failure(400, "invalid_request_error"))
    assert caplog.records
    assert KEY not in caplog.text


@pytest.mark.parametrize("provider", ["anthropic", "deepseek", "together"])
def test_no_key(provider: str) -> None:
    """A missing key is noticed before anything is sent, and its variable is named."""
    with pytest.raises(ModelNotAvailable, match=f"set {provider.upper()}_API_KEY"):
        open_model(load_settings(), ModelChoice(provider, "x"))


@pytest.mark.parametrize(
    ("provider", "package"), [("google", "communique[google]"), ("cohere", "cohere")]
)
def test_missing_sdk_gets_the_install_command(
    monkeypatch: pytest.MonkeyPatch, provider: str, package: str
) -> None:
    """An SDK that isn't installed is named by the command that installs it."""

    def find_spec(name: str) -> None:
        if "." in name:
            raise ModuleNotFoundError(name)

    monkeypatch.setattr("importlib.util.find_spec", find_spec)
    with pytest.raises(ModelNotAvailable) as caught:
        open_model(load_settings(api_key=KEY), ModelChoice(provider, "x"))
    assert f"python -m pip install '{package}'" in str(caught.value)


def test_unknown_provider_is_told_the_known_ones() -> None:
    """The message lists every provider."""
    with pytest.raises(ModelNotAvailable) as caught:
        open_model(load_settings(), ModelChoice("acme", "x"))
    assert all(name in str(caught.value) for name in ("local", *HOSTED, *PROVIDERS))


def test_every_provider_of_instructor_is_known() -> None:
    """A provider that a new instructor brings is noticed here."""
    from instructor.v2.auto_client import supported_providers

    assert {*PROVIDERS, *HOSTED} == set(supported_providers)


@pytest.mark.parametrize("provider", ["deepseek", "openrouter", "ollama", "azure_openai"])
def test_providers_behind_openais_sdk(
    httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch, provider: str
) -> None:
    """Those that need no other SDK answer over HTTP, too, at the base URL that is set."""
    bodies: list[dict[str, Any]] = []

    def handle(request: Request) -> Response:
        bodies.append(request.get_json())
        said = {"content": GOOD}
        choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", **said}}
        body = completion(choices=[choice])
        return Response(json.dumps(body), content_type="application/json")

    httpserver.expect_request("/v1/chat/completions").respond_with_handler(handle)
    azure = "/v1/openai/deployments/some/chat/completions"
    httpserver.expect_request(azure).respond_with_handler(handle)
    url = httpserver.url_for("/v1")
    with Summarizer(model=f"{provider}/some", base_url=url, api_key=KEY, prompt="v1") as reader:
        summary = reader.summarize(TEXT)
    assert [p.issue for p in summary.positions] == ["the dam"]
    assert summary.provenance.provider == provider
    assert (summary.provenance.usage.input_tokens, len(bodies)) == (100, 1)


@pytest.mark.parametrize(
    ("code", "expected", "times"),
    [(429, RateLimited, 2), (401, AuthenticationFailed, 1), (503, ProviderUnavailable, 2),
     ("context_length_exceeded", ArticleError, 1), ("content_filter", RefusedReply, 1)],
)  # fmt: skip
def test_an_error_inside_a_good_status(
    httpserver: HTTPServer, code: object, expected: type[CommuniqueError], times: int
) -> None:
    """As OpenRouter sends it: it is what its code says, whoever the provider is."""
    said = {"error": {"code": code, "message": "Provider returned error"}}
    handler = httpserver.expect_request("/v1/chat/completions")
    handler.respond_with_json(said)
    url = httpserver.url_for("/v1")
    about: dict[str, Any] = {"base_url": url, "api_key": KEY, "prompt": "v1", "max_attempts": 2}
    with Summarizer(model="openrouter/some", **about) as reader, pytest.raises(expected) as caught:
        reader.summarize(TEXT)
    assert type(caught.value) is expected
    assert len(httpserver.log) == caught.value.attempts == times
    assert caught.value.raw_replies == ()


def test_a_provider_that_cuts_the_article(httpserver: HTTPServer) -> None:
    """Its count of tokens gives it away."""
    usage = {"input_tokens": 4096, "output_tokens": 20}
    answers(httpserver, message(usage=usage))
    text = " ".join(f"Minister number {n} spoke of the dam." for n in range(2000))
    with summarizer(httpserver) as reader, pytest.raises(ArticleError, match="TOKENS=4096 "):
        reader.summarize(text)


def test_base_url_that_an_sdk_does_not_take() -> None:
    """Said before anything is sent to the wrong place."""
    with pytest.raises(SettingsError, match="set CO_API_URL"):
        _model("cohere")._adapt(SimpleNamespace())


def test_google_is_asked_in_its_own_words() -> None:
    """Google's role names, JSON instead of tools without alternatives, one attempt, and the URL."""
    model = _model("gemini", GoogleModel)
    said = [{"role": role, "content": "x"} for role in ("system", "user", "assistant")]
    assert [m["role"] for m in model._messages(said)] == ["system", "user", "model"]
    arguments = model._client_arguments()
    assert arguments["mode"].name == "JSON"
    http = arguments["http_options"]
    assert (http["base_url"], http["retry_options"]) == ("http://127.0.0.1:9", {"attempts": 1})


def test_argument_that_an_sdk_does_not_have(monkeypatch: pytest.MonkeyPatch) -> None:
    """An option that the SDK itself refuses is left out, and does not count as an attempt."""
    model = _model("writer")

    class Client:
        async def create_with_completion(self, **options: Any) -> tuple[Any, Any]:
            if "temperature" in options:
                raise TypeError("create() got an unexpected keyword argument 'temperature'")
            return options["response_model"](gist="x"), {"usage": {"prompt_tokens": 3}}

    monkeypatch.setattr(model, "_instructor", Client)
    sampling = Sampling(max_tokens=9, seed=1)
    answer = asyncio.run(model.ask([QUESTION], GistReply, sampling))
    assert answer.reply.gist == "x"
    assert (answer.attempts, answer.usage.input_tokens) == (1, 3)


def _model(provider: str, kind: type[ProviderModel] = ProviderModel) -> Any:
    """As `open_model` makes it, whether the SDK is installed or not."""
    settings = load_settings(base_url="http://127.0.0.1:9", api_key=KEY)
    endpoint = Endpoint(settings.base_url, "x", KEY)
    return kind(provider, PROVIDERS[provider], endpoint, settings)


def test_it_is_a_model() -> None:
    """What is opened has the methods of the protocol."""
    model: LanguageModel = open_model(load_settings(api_key=KEY), ModelChoice("anthropic", "x"))
    assert model.provider == "anthropic"


def _objects(data: Any) -> Any:
    """The same as objects, as SDKs give it."""
    return json.loads(json.dumps(data), object_hook=lambda d: SimpleNamespace(**d))


GOOGLE = {
    "candidates": [
        {"finish_reason": {"value": "STOP"}, "content": {"parts": [
            {"text": "Let me think.", "thought": True, "function_call": None},
            {"text": None, "function_call": {"args": ["a"]}},
        ]}},
    ],
    "usage_metadata": {"prompt_token_count": 100, "cached_content_token_count": 40,
                       "candidates_token_count": 15, "thoughts_token_count": 5},
    "model_version": "gemini-2.5-flash",
}  # fmt: skip
MISTRAL = {
    "model": "mistral-large-2",
    "choices": [{"finish_reason": "tool_calls", "message": {
        "content": "", "tool_calls": [{"function": {"name": "x", "arguments": '["a"]'}}]}}],
    "usage": {"prompt_tokens": 100, "completion_tokens": 20,
              "prompt_tokens_details": {"cached_tokens": 40}},
}  # fmt: skip
COHERE = {
    "finish_reason": "TOOL_CALL",
    "message": {"content": None,
                "tool_calls": [{"function": {"name": "x", "arguments": '["a"]'}}]},
    "usage": {"billed_units": {"input_tokens": 7.0},
              "tokens": {"input_tokens": 100.0, "output_tokens": 20.0}},
}  # fmt: skip
BEDROCK = {
    "output": {"message": {"content": [{"toolUse": {"name": "x", "input": ["a"]}}]}},
    "stopReason": "tool_use",
    "usage": {"inputTokens": 60, "cacheReadInputTokens": 40, "outputTokens": 20},
}


@pytest.mark.parametrize(
    ("reply", "cached"),
    [(_objects(GOOGLE), 40), (_objects(MISTRAL), 40), (_objects(COHERE), 0), (BEDROCK, 40)],
)
def test_replies_of_other_sdks(reply: Any, cached: int) -> None:
    """Each SDK's names for the answer and its tokens lead to the same receipt."""
    call = to_receipt(as_completion(reply), 1.0, "asked")
    assert json.loads(call.raw) == ["a"]
    usage = call.usage
    assert (usage.input_tokens, usage.cached_input_tokens, usage.output_tokens) == (100, cached, 20)
    named = getattr(reply, "model", None) or getattr(reply, "model_version", None)
    assert call.model == (named or "asked")


@pytest.mark.parametrize("reply", [None, {}, [], 3, object(), {"choices": []}, {"usage": "x"}])
def test_odd_replies_are_read_as_empty(reply: object) -> None:
    """What has no answer in it has an empty one, and no error of its own."""
    completion = as_completion(reply)
    assert text_of(completion) == ""
    assert to_receipt(completion, 1.0, "asked").usage.input_tokens == 0


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ({"candidates": [{"finish_reason": "MAX_TOKENS"}]}, "length"),
        ({"candidates": [{"finish_reason": "SAFETY"}]}, "content_filter"),
        ({"candidates": None, "prompt_feedback": {"block_reason": "OTHER"}}, "content_filter"),
        ({"choices": [{"finish_reason": "model_length"}]}, "length"),
        ({"stopReason": "guardrail_intervened"}, "content_filter"),
        ({"finish_reason": "COMPLETE"}, "stop"),
    ],
)
def test_why_an_answer_ended(reply: dict[str, Any], reason: str) -> None:
    """Each SDK's word for a limit or a refusal is understood."""
    assert as_completion(reply).choices[0].finish_reason == reason


def test_import_loads_no_sdk() -> None:
    """`import communique` stays light: no SDK and no price table."""
    code = (
        "import sys, communique, communique.models; print(sorted({'anthropic', 'openai', "
        "'instructor', 'genai_prices', 'httpx2', 'mistralai', 'google'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
