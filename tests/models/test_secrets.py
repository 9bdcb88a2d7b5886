"""No key in an error, a log, a traceback or a header that is not its own."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import traceback
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug import Request, Response

from builders import PATH, summarizer
from communique import Summarizer
from communique.errors import CommuniqueError, SettingsError
from communique.models import secrets
from communique.models.secrets import remember, remember_headers, scrub
from communique.settings import load_settings

if TYPE_CHECKING:
    from pytest_httpserver import HTTPServer

KEY = f"canary-key-{27182818}"
TEXT = "Ruritania opposes the dam. Talks go on."


def reader(server: HTTPServer, **settings: Any) -> Summarizer:
    return summarizer(server, **{"max_attempts": 1, "api_key": KEY, **settings})


def echo(request: Request) -> Response:
    """A server that repeats the key that it refuses, as OpenAI does in part."""
    error = {"error": {"message": f"Incorrect API key: {request.headers['authorization']}"}}
    return Response(json.dumps(error), 401)


def test_no_key_in_errors_logs_and_tracebacks(
    httpserver: HTTPServer, caplog: pytest.LogCaptureFixture
) -> None:
    """At the most talkative level of every library, and in the causes of the error."""
    httpserver.expect_request(PATH).respond_with_handler(echo)
    with (
        caplog.at_level(logging.DEBUG),
        reader(httpserver) as summarizer,
        pytest.raises(CommuniqueError) as caught,
    ):
        summarizer.summarize(TEXT)
    assert "Incorrect API key: Bearer ***" in str(caught.value)
    shown = "".join(traceback.format_exception(caught.value)) + caplog.text
    formatter = logging.Formatter()
    shown += "".join(formatter.format(record) for record in caplog.records)
    loggers = {record.name.partition(".")[0] for record in caplog.records}
    assert {"openai", "httpcore2"} <= loggers, "or this test would show nothing"
    assert KEY not in shown


def test_no_key_in_the_trace_of_the_command_line(
    httpserver: HTTPServer, tmp_path: Any, monkeypatch: pytest.MonkeyPatch, capfd: Any
) -> None:
    """`--debug` shows where an error comes from, without the key."""
    from communique.cli import main

    httpserver.expect_request(PATH).respond_with_handler(echo)
    monkeypatch.setenv("COMMUNIQUE_API_KEY", KEY)
    monkeypatch.setenv("COMMUNIQUE_BASE_URL", httpserver.url_for("/v1"))
    monkeypatch.setenv("COMMUNIQUE_MODEL", "openai/test")
    article = tmp_path / "article.txt"
    article.write_text(TEXT)
    with pytest.raises(SystemExit):
        main(["--debug", "summarize", str(article), "--quiet"])
    shown = "".join(capfd.readouterr())
    assert "Traceback" in shown
    assert "***" in shown
    assert KEY not in shown


@pytest.mark.parametrize("pasted", [f"{KEY}\n", f" {KEY}\r\n", f"\t{KEY}"])
def test_white_space_around_a_key_is_not_sent(httpserver: HTTPServer, pasted: str) -> None:
    """A key pasted with its line break works."""
    seen: list[str] = []

    def handle(request: Request) -> Response:
        seen.append(request.headers["authorization"])
        return Response("{}", 400)

    httpserver.expect_request(PATH).respond_with_handler(handle)
    with reader(httpserver, api_key=pasted) as summarizer, pytest.raises(CommuniqueError):
        summarizer.summarize(TEXT)
    assert seen == [f"Bearer {KEY}"]


@pytest.mark.parametrize("wrong", [f"{KEY}\nx", f"“{KEY}”", f"{KEY} {KEY}", f"{KEY}\x00"])
@pytest.mark.parametrize("variable", ["COMMUNIQUE_API_KEY", "OPENAI_API_KEY"])
def test_a_key_that_can_be_none_is_refused(
    monkeypatch: pytest.MonkeyPatch, variable: str, wrong: str
) -> None:
    """The error names the variable and the place, and shows nothing of the key."""
    wrong = wrong.replace("\x00", "\x7f")  # no variable can hold NUL
    monkeypatch.setenv(variable, wrong)
    with pytest.raises(
        SettingsError, match=rf"{variable}:? must .*printable ASCII.*position"
    ) as caught:
        Summarizer(model="openai/test", prompt="v1")
    assert KEY not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    "url",
    ["http://[::1", "http://host:abc/v1", "localhost:8080/v1", "http://host:99999/v1", "ftp://x/v1",
     "http://", "https:///v1", "v1", "http://host:0/v1"],
)  # fmt: skip
@pytest.mark.parametrize("variable", ["COMMUNIQUE_BASE_URL", "OPENAI_BASE_URL"])
def test_base_urls_that_can_be_none(
    monkeypatch: pytest.MonkeyPatch, variable: str, url: str
) -> None:
    """The error names the variable and shows how a URL is written."""
    monkeypatch.setenv(variable, url)
    with pytest.raises(SettingsError, match=rf"{variable}:? must .*http://127.0.0.1:8000/v1"):
        Summarizer(model="openai/test", api_key="none", prompt="v1")


def test_a_password_in_a_url_is_not_shown() -> None:
    """It is refused, since every error message names the server."""
    url = f"http://me:{KEY}@127.0.0.1:9/v1"
    with pytest.raises(SettingsError, match="base_url must not contain credentials") as caught:
        load_settings(base_url=url)
    assert KEY not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("ALL_PROXY", "foo://127.0.0.1:9"),
        ("HTTPS_PROXY", "foo://127.0.0.1:9"),
        ("SSL_CERT_FILE", "/nowhere/at/all.pem"),
    ],
)
def test_connection_settings_that_can_not_be_used(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    """Proxies and certificates come from the environment; the error says where to look."""
    monkeypatch.setenv(variable, value)
    with (
        Summarizer(
            model="openai/test", base_url="https://example.invalid/v1", api_key="none", prompt="v1"
        ) as summarizer,
        pytest.raises(SettingsError, match=variable),
    ):
        summarizer.summarize(TEXT)


@pytest.mark.parametrize(
    "name",
    ["COMMUNIQUE_MODEL", "COMMUNIQUE_TIMEOUT", "COMMUNIQUE_API_KEY", "COMMUNIQUE_BASE_URL"],
)
def test_an_empty_variable_counts_as_not_set(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """`export NAME=` takes a setting back."""
    monkeypatch.setenv(name, "")
    assert load_settings() == load_settings()
    monkeypatch.delenv(name)
    unset = load_settings()
    monkeypatch.setenv(name, "")
    assert load_settings() == unset


def test_what_is_openais_goes_nowhere_else(
    httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keys, organization, project and headers meant for OpenAI are not sent to a base_url."""
    for name in ("API_KEY", "ORG_ID", "PROJECT_ID", "ADMIN_KEY"):
        monkeypatch.setenv(f"OPENAI_{name}", f"{KEY}-{name.lower()}")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", f"x-tenant: {KEY}\nx-other: {KEY}")
    seen: list[str] = []

    def handle(request: Request) -> Response:
        seen.append(str(request.headers))
        return Response("{}", 400)

    httpserver.expect_request(PATH).respond_with_handler(handle)
    with reader(httpserver, api_key=None) as summarizer, pytest.raises(CommuniqueError):
        summarizer.summarize(TEXT)
    assert len(seen) == 1
    assert KEY not in seen[0]


@pytest.fixture(autouse=True)
def _secrets_of_a_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are forgotten afterwards: some are in many a text."""
    monkeypatch.setattr(secrets, "_used", {})
    monkeypatch.setattr(secrets, "_keys", frozenset())


SECRETS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=8, max_size=40)


@given(SECRETS, SECRETS, st.sampled_from(["{}", "x{}y", "key={}&n=1", '{{"a": "{}"}}']))
def test_a_secret_is_hidden_in_every_form(secret: str, other: str, around: str) -> None:
    """In plain text, `repr`, JSON and URLs, and whichever of two secrets begins the other."""
    for each in (secret, secret + other, other):
        remember(each)
    longest = secret + other
    forms = [
        longest,
        repr(longest)[1:-1],
        json.dumps(longest)[1:-1],
        quote(longest, safe=""),
        quote(longest),
        quote_plus(longest),
        quote(longest, safe="").lower() if longest.islower() else longest,
    ]
    for form in forms:
        assert scrub(around.format(form)) == around.format("***")


@given(SECRETS, SECRETS)
def test_echoed_headers_and_queries_are_hidden(first: str, second: str) -> None:
    """Every value that leaves for a server is a secret, not the key alone."""
    Summarizer(
        model="openai/x", prompt="v1", base_url=f"http://127.0.0.1:9/v1?sig={quote(first, safe='')}",
        default_headers={"x-tenant": f"{second}-tenant", "Authorization": f"Bearer {second}"},
    )  # fmt: skip
    echo = f"sig={quote(first, safe='')} {first!r} {json.dumps(second + '-tenant')} {second}"
    hidden = scrub(echo)
    assert second not in hidden
    assert first not in hidden or first in "sig=***"


def test_names_of_programs_are_no_secrets() -> None:
    """A title of the user's program may be in many a message."""
    remember_headers({"X-Title": "newsroom", "HTTP-Referer": "https://news.example"})
    assert scrub("newsroom at https://news.example") == "newsroom at https://news.example"


def test_keys_that_expire_do_not_add_up() -> None:
    """The oldest are forgotten, but not one that is still in use."""
    remember("in-use-12345678")
    for number in range(1000):
        remember(f"token-number-{number:06}")
        if number % 100 == 0:
            remember("in-use-12345678")
    assert scrub("in-use-12345678 token-number-000999") == "*** ***"
    assert len(secrets._keys) <= 200


def test_an_azure_token_is_hidden(httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """AZURE_OPENAI_AD_TOKEN, too, when the server repeats it."""
    monkeypatch.setenv("AZURE_OPENAI_AD_TOKEN", KEY)
    monkeypatch.setenv("AZURE_OPENAI_ENDPOINT", httpserver.url_for("/"))
    path = "/openai/deployments/some/chat/completions"
    httpserver.expect_request(path).respond_with_handler(echo)
    with (
        Summarizer(model="azure_openai/some", prompt="v1", max_attempts=1) as summarizer,
        pytest.raises(CommuniqueError) as caught,
    ):
        summarizer.summarize(TEXT)
    assert "Bearer ***" in str(caught.value)
    assert KEY not in "".join(traceback.format_exception(caught.value))


def test_placeholders_are_no_secrets(httpserver: HTTPServer) -> None:
    """A key such as "ollama" or "x" is in many a message, which must stay readable."""
    body = json.dumps({"error": {"message": "try ollama pull, or another model"}})
    httpserver.expect_request(PATH).respond_with_handler(lambda _: Response(body, 404))
    with (
        reader(httpserver, api_key="ollama") as summarizer,
        pytest.raises(CommuniqueError, match="try ollama pull"),
    ):
        summarizer.summarize(TEXT)
    assert scrub("none of it, x") == "none of it, x"


def test_a_failed_attempt_is_not_shown_on_the_screen(httpserver: HTTPServer) -> None:
    """instructor's own log of failures goes nowhere unless the user has set up logging."""
    program = f"""
from communique import Summarizer, errors
with Summarizer(model="openai/x", base_url={httpserver.url_for("/v1")!r}, max_attempts=1) as reader:
    try:
        reader.summarize("Talks go on.")
    except errors.ProviderUnavailable:
        print("unavailable")
"""
    httpserver.expect_request("/v1/chat/completions").respond_with_data("oops", status=500)
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("unavailable\n", "")
