"""Providers with a protocol or an SDK of their own, asked through instructor."""

from __future__ import annotations

import asyncio
import importlib.util
import inspect
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from communique.errors import ModelNotAvailable, SettingsError
from communique.models.base import Ledger, Message, ReplyT
from communique.models.endpoint import Endpoint, variable
from communique.models.failures import UnsupportedOption, map_errors
from communique.models.pace import PaceKeeper
from communique.models.prices import priced
from communique.models.receipts import to_call
from communique.models.retrying import ask_with_retries, ask_without_unknown
from communique.models.sdk_replies import as_completion
from communique.models.secrets import guard_logs, remember, scrub, scrub_exception
from communique.models.spans import request_span
from communique.settings import clean_key

if TYPE_CHECKING:
    from instructor import AsyncInstructor
    from openai.types.chat import ChatCompletion

    from communique.prompts import Sampling
    from communique.settings import ModelChoice, Settings

__all__ = ["PROVIDERS", "Provider", "ProviderModel", "open_provider"]


@dataclass(frozen=True, slots=True)
class Provider:
    """What communique has to know of a provider.

    Attributes:
        module: its SDK, as it is imported.
        package: what to install for it; empty for those that openai's SDK serves.
        keys: variables that usually hold the key; empty if the SDK finds its own credentials.
        credentials: other variables that the SDK takes in place of a key.
        price_list: its name in genai-prices, or None if its prices are not there.
        seed: what it calls a seed, or None if it knows none.
        name: its name in instructor, if that is another one.
        base_url: the argument that a base URL has to be given as, or None if it is set later.
        address: variable for an address that the SDK takes from nowhere else.
    """

    module: str
    package: str = ""
    keys: tuple[str, ...] = ()
    credentials: tuple[str, ...] = ()
    price_list: str | None = None
    seed: str | None = "seed"
    name: str | None = None
    base_url: str | None = None
    address: str | None = None


_GOOGLE = Provider(
    "google.genai",
    "communique[google]",
    ("GOOGLE_API_KEY", "GEMINI_API_KEY"),
    ("GOOGLE_GENAI_USE_VERTEXAI",),
    "google",
    name="google",
)

PROVIDERS = {
    "anthropic": Provider(
        "anthropic",
        "communique[anthropic]",
        ("ANTHROPIC_API_KEY",),
        ("ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_PROFILE"),
        "anthropic",
        seed=None,
    ),
    "anyscale": Provider("openai", "", ("ANYSCALE_API_KEY",)),
    "azure_openai": Provider(
        "openai", "", ("AZURE_OPENAI_API_KEY",), price_list="azure", base_url="azure_endpoint"
    ),
    "bedrock": Provider("boto3", "boto3", price_list="aws", seed=None),
    "cerebras": Provider(
        "cerebras.cloud.sdk", "cerebras-cloud-sdk", ("CEREBRAS_API_KEY",), price_list="cerebras"
    ),
    "cohere": Provider(
        "cohere", "cohere", ("CO_API_KEY",), price_list="cohere", address="CO_API_URL"
    ),
    "databricks": Provider(
        "openai",
        "",
        ("DATABRICKS_TOKEN", "DATABRICKS_API_KEY"),
        price_list="databricks",
        base_url="base_url",
    ),
    "deepseek": Provider("openai", "", ("DEEPSEEK_API_KEY",), price_list="deepseek"),
    "fireworks": Provider(
        "fireworks", "fireworks-ai", ("FIREWORKS_API_KEY",), price_list="fireworks"
    ),
    "gemini": _GOOGLE,
    "generative-ai": _GOOGLE,
    "google": _GOOGLE,
    "groq": Provider("groq", "groq", ("GROQ_API_KEY",), price_list="groq"),
    "litellm": Provider("litellm", "litellm"),
    "mistral": Provider(
        "mistralai",
        "communique[mistral]",
        ("MISTRAL_API_KEY",),
        price_list="mistral",
        seed="random_seed",
    ),
    "ollama": Provider("openai"),
    "openrouter": Provider("openai", "", ("OPENROUTER_API_KEY",), price_list="openrouter"),
    "perplexity": Provider("openai", "", ("PERPLEXITY_API_KEY",), price_list="perplexity"),
    "together": Provider("openai", "", ("TOGETHER_API_KEY",), price_list="together"),
    "vertexai": Provider("google.genai", "communique[google]", price_list="google", name="google"),
    "writer": Provider("writerai", "writer-sdk", ("WRITER_API_KEY",), seed=None),
    "xai": Provider("xai_sdk", "xai-sdk", ("XAI_API_KEY",), price_list="x-ai"),
}
"""Every provider that instructor knows, but OpenAI, which `ChatModel` asks."""


def open_provider(settings: Settings, choice: ModelChoice) -> ProviderModel:
    """A model of the provider that is chosen. Nothing is sent before the first question.

    Raises:
        ModelNotAvailable: the provider is not known, has no key, or its SDK is not installed.
        SettingsError: a key that can't be one.
    """
    provider = PROVIDERS.get(choice.provider)
    if provider is None:
        raise ModelNotAvailable(
            f"there is no provider {choice.provider!r}; use openai/<name> (with base_url for any "
            f"OpenAI-compatible server), local, or one of: {', '.join(PROVIDERS)}"
        )
    if not _is_installed(provider.module):
        raise ModelNotAvailable(_how_to_install(choice, provider))
    key = settings.api_key.get_secret_value() if settings.api_key else None
    if key is None and settings.base_url is None:
        # As OpenAI's: the provider's own key is not sent to a base_url given to communique.
        found = (variable(name, clean_key) for name in provider.keys)
        key = next((key for key in found if key is not None), None)
        for name in provider.credentials:
            remember(os.environ.get(name, ""))
        others = any(os.environ.get(name) for name in provider.credentials)
        if key is None and provider.keys and not others:
            raise ModelNotAvailable(
                f"{choice} needs a key: set {provider.keys[0]} or COMMUNIQUE_API_KEY"
            )
    endpoint = Endpoint(
        settings.base_url,
        choice.name,
        key or ("none" if settings.base_url else ""),
        settings.base_url or f"provider {choice.provider}",
        settings.context_tokens,
        price_list=provider.price_list if settings.base_url is None else None,
        key_variable=provider.keys[0] if provider.keys else "the provider's own variables",
    )
    return ProviderModel(choice.provider, endpoint, settings)


class ProviderModel:
    """A model behind a provider's own SDK.

    It answers in the way that instructor holds best for the provider, mostly by a tool call,
    and as a whole: an answer is not shown while it is written.

    Args:
        provider: a name in `PROVIDERS`.
        endpoint: the model's name and key, and the base URL if it is not the provider's own.
        settings: timeout, number of attempts and prices.
    """

    def __init__(self, provider: str, endpoint: Endpoint, settings: Settings) -> None:
        self.provider = provider
        self._about = PROVIDERS[provider]
        self._endpoint = endpoint
        self._settings = settings
        # A client's connections belong to the event loop that opened them.
        self._clients: WeakKeyDictionary[asyncio.AbstractEventLoop, AsyncInstructor] = (
            WeakKeyDictionary()
        )
        self._pace = PaceKeeper(settings)
        self._unknown_options: set[str] = set()

    async def ask(
        self,
        messages: Sequence[Message],
        reply_model: type[ReplyT],
        sampling: Sampling,
        ledger: Ledger,
    ) -> ReplyT:
        """See `LanguageModel.ask`."""

        async def send(said: Sequence[Message], written: Sampling) -> ReplyT:
            try:
                with request_span(self.provider, self._endpoint, said, written, ledger):
                    return await self._answer(said, reply_model, written, ledger)
            except UnsupportedOption as error:
                if isinstance(error.__cause__, TypeError):
                    ledger.attempts -= 1  # the SDK has no such argument: nothing was sent
                raise

        async def attempt(said: Sequence[Message], written: Sampling) -> ReplyT:
            return await ask_without_unknown(lambda: send(said, written), self._unknown_options)

        return await ask_with_retries(
            attempt,
            messages,
            sampling,
            ledger,
            settings=self._settings,
            pace=self._pace.here(),
        )

    async def context_tokens(self, ledger: Ledger) -> int | None:  # noqa: ARG002 part of the protocol
        """See `LanguageModel.context_tokens`."""
        return self._endpoint.context_tokens

    async def aclose(self) -> None:
        """Close the connections of the running event loop, if the SDK lets one."""
        instructor = self._clients.pop(asyncio.get_running_loop(), None)
        sdk: Any = None if instructor is None else instructor.client
        sdk = getattr(sdk, "aio", sdk)  # google keeps its asynchronous client inside the other
        for name in ("aclose", "close"):
            if inspect.iscoroutinefunction(close := getattr(sdk, name, None)):
                await close()
                return
        if hasattr(sdk, "__aexit__"):
            await sdk.__aexit__(None, None, None)

    async def _answer(
        self,
        messages: Sequence[Message],
        reply_model: type[ReplyT],
        sampling: Sampling,
        ledger: Ledger,
    ) -> ReplyT:
        from instructor.core.hooks import HookName, Hooks

        received: list[ChatCompletion] = []
        started = time.perf_counter()
        instructor = self._client()

        def keep(reply: object) -> None:
            if reply is None or isinstance(reply, str | bytes):
                return  # what some SDKs make of a body that is not JSON
            received.append(completion := as_completion(reply))
            call = to_call(completion, time.perf_counter() - started, self._endpoint.model)
            ledger.calls.append(priced(call, self._endpoint, self._settings))

        hooks = Hooks()
        hooks.on(HookName.COMPLETION_RESPONSE, keep)
        ledger.attempts += 1
        # The SDKs' errors have no class in common, and all that is called here is theirs.
        with map_errors(self._endpoint, received, self._settings, others=(Exception,)):
            async with asyncio.timeout(self._settings.timeout):
                reply, raw = await instructor.create_with_completion(
                    messages=self._messages(messages),
                    response_model=reply_model,
                    max_retries=0,
                    hooks=hooks,
                    **self._options(sampling),
                )
        if not received:
            keep(raw)  # instructor tells no hook of xAI's replies
        return reply

    def _messages(self, messages: Sequence[Message]) -> Any:
        # instructor passes roles on to Google, which has another word for one of them.
        names = {"assistant": "model"} if self._about.name == "google" else {}
        return [{**m, "role": names.get(m["role"], m["role"])} for m in messages]

    def _options(self, sampling: Sampling) -> dict[str, Any]:
        options: dict[str, Any] = {
            "temperature": sampling.temperature,
            "max_tokens": sampling.max_tokens,
        }
        if sampling.seed is not None and self._about.seed is not None:
            options[self._about.seed] = sampling.seed
        known = {n: value for n, value in options.items() if n not in self._unknown_options}
        if self.provider == "anthropic" and "temperature" in known:
            # Its SDK has no such argument any more; the older models still take it.
            known["extra_body"] = {"temperature": known.pop("temperature")}
        if self.provider == "cohere":
            known["request_options"] = {"max_retries": 0}
        if self.provider == "litellm":
            known |= {"model": self._endpoint.model, "num_retries": 0}
            if self._endpoint.base_url:
                known["base_url"] = self._endpoint.base_url
            if self._endpoint.api_key:
                known["api_key"] = self._endpoint.api_key
        return known

    def _client(self) -> AsyncInstructor:
        for closed in [loop for loop in self._clients if loop.is_closed()]:
            del self._clients[closed]
        loop = asyncio.get_running_loop()
        if loop not in self._clients:
            self._clients[loop] = self._open()
        return self._clients[loop]

    def _open(self) -> AsyncInstructor:
        from instructor import from_provider
        from instructor.core.exceptions import ConfigurationError

        remember(self._endpoint.api_key)
        guard_logs()
        name = self._about.name or self.provider
        try:
            instructor: AsyncInstructor = from_provider(
                f"{name}/{self._endpoint.model}",
                async_client=True,
                api_key=self._endpoint.api_key or None,
                **self._client_arguments(),
            )
        except (ImportError, ConfigurationError) as exc:
            scrub_exception(exc)
            raise ModelNotAvailable(
                f"the SDK for {self.provider}/{self._endpoint.model} can't be used: "
                f"{scrub(str(exc))}"
            ) from exc
        except Exception as exc:
            # Each SDK has its own error for a proxy, a certificate or a credential it can't use.
            scrub_exception(exc)
            raise SettingsError(
                f"no connection to {self.provider} can be made with these settings: "
                f"{scrub(str(exc))}"
            ) from exc
        self._adapt(instructor.client)
        guard_logs()
        return instructor

    def _client_arguments(self) -> dict[str, Any]:
        """What has to be known when the SDK's client is made."""
        arguments: dict[str, Any] = {}
        if self._about.name == "google":
            from instructor import Mode

            # Its tools, as instructor describes them, have no alternatives; its JSON has.
            arguments["mode"] = Mode.JSON
            http: dict[str, Any] = {
                "timeout": int(self._settings.timeout * 1000),
                "retry_options": {"attempts": 1},
            }
            if self._endpoint.base_url:
                http["base_url"] = self._endpoint.base_url
            arguments["http_options"] = http
        if self.provider == "vertexai":
            arguments["vertexai"] = True
        if self._about.base_url and self._endpoint.base_url:
            arguments[self._about.base_url] = self._endpoint.base_url
        return arguments

    def _adapt(self, sdk: Any) -> None:
        """Set what instructor makes clients without: no retries, the timeout, the base URL."""
        base_url = None if self._about.base_url else self._endpoint.base_url
        if hasattr(sdk, "max_retries"):  # those that Stainless generates, OpenAI's among them
            sdk.max_retries = 0
            sdk.timeout = self._settings.timeout
            if base_url:
                sdk.base_url = base_url
        elif hasattr(sdk, "sdk_configuration"):  # those that Speakeasy generates: Mistral's
            sdk.sdk_configuration.timeout_ms = int(self._settings.timeout * 1000)
            if base_url:
                sdk.sdk_configuration.server_url = base_url.rstrip("/")
        elif base_url and self._about.name != "google" and self.provider != "litellm":
            instead = f"; set {self._about.address}" if self._about.address else ""
            raise SettingsError(f"base_url: the SDK of {self.provider} takes none{instead}")


def _is_installed(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:  # the package that it would be in
        return False


def _how_to_install(choice: ModelChoice, provider: Provider) -> str:
    return (
        f"{choice} needs a package that is not installed:  "
        f"python -m pip install '{provider.package or provider.module}'"
    )
