"""The servers that the documentation names, each as it answers: a line of settings, and a summary."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from werkzeug import Request, Response

from builders import GOOD, completion
from communique import Summarizer
from communique.errors import AuthenticationFailed, ModelNotAvailable

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytest_httpserver import HTTPServer

TEXT = "Ruritania opposes the dam. Talks go on."
KEY = f"server-key-{57721566490}"

Served = tuple[int, dict[str, Any]]


def _error(status: int, message: str, **more: Any) -> Served:
    return status, {"error": {"message": message, **more}}


def _is_schema(body: dict[str, Any]) -> bool:
    return body.get("response_format", {}).get("type") == "json_schema"


def azure_v1(request: Request, body: dict[str, Any]) -> Served:
    """No version in the URL; a new model takes only the longer name of the limit."""
    if request.path != "/openai/v1/chat/completions" or request.args:
        return _error(404, "Resource not found", code="404")
    if request.headers.get("authorization") != f"Bearer {KEY}":
        return _error(401, "Access denied due to invalid subscription key", code="401")
    if "max_tokens" in body:
        return _error(
            400,
            "Unsupported parameter: 'max_tokens' is not supported with this model.",
            code="unsupported_parameter",
            param="max_tokens",
        )
    filtered = [{"prompt_index": 0, "content_filter_results": {"hate": {"filtered": False}}}]
    return 200, completion(GOOD, prompt_filter_results=filtered)


def azure_deployment(request: Request, body: dict[str, Any]) -> Served:
    """A version in the URL, and the key in a header of its own."""
    if request.path != "/openai/deployments/some/chat/completions":
        return _error(404, "The API deployment for this resource does not exist.")
    if request.args.get("api-version") != "2025-01-01-preview":
        return _error(404, "Resource not found", code="404")
    if request.headers.get("api-key") != KEY or "authorization" in request.headers:
        return _error(401, "Access denied due to invalid subscription key", code="401")
    del body
    return 200, completion(GOOD, model="gpt-4.1-mini-2025-04-14")


def openrouter(request: Request, body: dict[str, Any]) -> Served:
    """It names the provider behind, and what it took."""
    if request.headers.get("authorization") != f"Bearer {KEY}":
        return _error(401, "No auth credentials found", code=401)
    del body
    usage = {"prompt_tokens": 100, "completion_tokens": 20, "cost": 0.01, "is_byok": False}
    return 200, completion(GOOD, provider="Acme", usage=usage)


def vllm(request: Request, body: dict[str, Any]) -> Served:
    """It knows its models by name, and has fields of its own."""
    if body["model"] != "some":
        return 404, {"object": "error", "message": "The model does not exist.", "code": 404}
    if "authorization" in request.headers:
        return _error(401, "Unauthorized")
    return 200, completion(GOOD, prompt_logprobs=None, kv_transfer_params=None)


def ollama(request: Request, body: dict[str, Any]) -> Served:
    """It needs no key."""
    if "authorization" in request.headers or not _is_schema(body):
        return _error(400, "invalid", type="invalid_request_error")
    return 200, completion(GOOD, system_fingerprint="fp_ollama")


def lm_studio(request: Request, body: dict[str, Any]) -> Served:
    """It enforces schemas, refuses `json_object`, and reports errors as text."""
    if "authorization" in request.headers or not _is_schema(body):
        return 400, {"error": "'response_format.type' must be 'json_schema' or 'text'"}
    return 200, completion(GOOD, stats={})


SERVERS: dict[str, tuple[Callable[[Request, dict[str, Any]], Served], str, str, dict[str, str]]] = {
    "Azure": (azure_v1, "openai/some", "/openai/v1/", {"api_key": KEY}),
    "Azure, by deployment": (
        azure_deployment, "azure_openai/some", "/",
        {"api_key": KEY, "api_version": "2025-01-01-preview"},
    ),
    "OpenRouter": (openrouter, "openrouter/some", "/api/v1", {"api_key": KEY}),
    "vLLM": (vllm, "openai/some", "/v1", {}),
    "Ollama": (ollama, "ollama/some", "/v1", {}),
    "LM Studio": (lm_studio, "openai/some", "/v1", {}),
}  # fmt: skip


def serve(server: HTTPServer, behave: Callable[[Request, dict[str, Any]], Served]) -> None:
    def handle(request: Request) -> Response:
        status, body = behave(request, request.get_json())
        return Response(json.dumps(body), status, content_type="application/json")

    server.expect_request(re.compile(".*")).respond_with_handler(handle)


@pytest.mark.parametrize("name", SERVERS)
def test_each_server_answers_in_its_way(httpserver: HTTPServer, name: str) -> None:
    """By arguments."""
    behave, model, path, settings = SERVERS[name]
    serve(httpserver, behave)
    given: dict[str, Any] = {"base_url": httpserver.url_for(path), **settings}
    with Summarizer(model=model, prompt="v1", **given) as summarizer:
        summary = summarizer.summarize(TEXT)
    assert [p.issue for p in summary.positions] == ["the dam"]
    assert summary.provenance.usage.input_tokens == 100
    assert summary.provenance.provider == model.partition("/")[0]


@pytest.mark.parametrize("name", SERVERS)
def test_each_server_by_variables(
    httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """As the documentation shows it."""
    behave, model, path, settings = SERVERS[name]
    serve(httpserver, behave)
    monkeypatch.setenv("COMMUNIQUE_MODEL", model)
    monkeypatch.setenv("COMMUNIQUE_BASE_URL", httpserver.url_for(path))
    for setting, value in settings.items():
        monkeypatch.setenv(f"COMMUNIQUE_{setting.upper()}", value)
    monkeypatch.setenv("OPENAI_API_KEY", f"other-{KEY}")
    with Summarizer(prompt="v1") as summarizer:
        assert summarizer.summarize(TEXT).positions


@pytest.mark.parametrize(
    ("name", "error"),
    [("Azure", AuthenticationFailed), ("OpenRouter", AuthenticationFailed),
     ("vLLM", ModelNotAvailable)],
)  # fmt: skip
def test_what_is_wrong_is_said(httpserver: HTTPServer, name: str, error: type[Exception]) -> None:
    """A wrong key, or a model that is not there."""
    behave, model, path, settings = SERVERS[name]
    serve(httpserver, behave)
    given: dict[str, Any] = {**settings, "api_key": f"wrong-{KEY}"} if settings else {}
    wrong = model if settings else f"{model}-other"
    url = httpserver.url_for(path)
    with (
        Summarizer(model=wrong, prompt="v1", base_url=url, **given) as summarizer,
        pytest.raises(error),
    ):
        summarizer.summarize(TEXT)


def test_the_documentation_has_a_line_for_each(repository: Path) -> None:
    """With the provider's name, and the end of its address."""
    page = repository / "docs" / "how-to" / "hosted-model.md"
    lines = page.read_text(encoding="utf-8").splitlines()
    for name, (_, model, _, _) in SERVERS.items():
        (line,) = [line for line in lines if line.startswith(f"| {name} |")]
        assert f"`{model.partition('/')[0]}/" in line
