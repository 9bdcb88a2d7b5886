"""The adapter for any provider that instructor supports, through the provider's own SDK."""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import inspect
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from pydantic import BaseModel, JsonValue, SecretStr

from communique._internal.credentials import KeyFunction, clean_key
from communique.errors import CommuniqueError, ModelNotAvailable, SettingsError
from communique.models.adapter import Adapter, Request
from communique.models.base import Message, ReplyT
from communique.models.endpoint import Endpoint, variable
from communique.models.failures import UnsupportedOption, check_error_object, map_errors
from communique.models.receipts import text_of
from communique.models.replies import read_reply
from communique.models.sdk_replies import as_completion
from communique.models.secrets import remember, scrub, scrub_exception
from communique.models.unlogged import once, unlogged, unpacked
from communique.models.values import get

if TYPE_CHECKING:
    from instructor import AsyncInstructor
    from openai.types.chat import ChatCompletion

    from communique.settings import Settings

__all__ = ["Provider", "ProviderModel"]


@dataclass(frozen=True, slots=True)
class Provider:
    """The differences between providers that communique has to know.

    Attributes:
        module: name of the SDK's module.
        package: the package to install.
        keys: variables that usually hold the key; empty if the SDK finds credentials itself.
        credentials: variables that the SDK accepts instead of a key.
        price_list: its name in genai-prices, or None if it is not listed there.
        seed: its name for the seed, or None if it supports none.
        effort: whether a request takes ``reasoning_effort``.
        extra_body: whether a request takes ``extra_body``.
        takes_transport: whether its client takes communique's transport, and with it
            ``default_headers``, ``http_client`` and a function as ``api_key``.
        addresses: variables by which the SDK finds another server.
        arguments: additional arguments of each request.
    """

    module: str
    package: str
    keys: tuple[str, ...] = ()
    credentials: tuple[str, ...] = ()
    price_list: str | None = None
    seed: str | None = "seed"
    effort: bool = False
    extra_body: bool = False
    takes_transport: bool = False
    addresses: tuple[str, ...] = ()
    arguments: Mapping[str, Any] = field(default_factory=dict[str, Any])


class ProviderModel(Adapter):
    """A model behind a provider's own SDK.

    It uses the mode that instructor prefers for the provider, mostly a tool call. Answers are
    not streamed. A provider that needs code of its own has a subclass.

    Args:
        name: the provider's name.
        about: the provider's differences.
        endpoint: the model's name and key, and the base URL unless it is the provider's own.
        settings: see `Adapter`.
    """

    def __init__(
        self,
        name: str,
        about: Provider,
        endpoint: Endpoint,
        settings: Settings,
    ) -> None:
        super().__init__(name, settings)
        self._about = about
        self._endpoint = endpoint
        # A client's connections belong to the event loop that opened them.
        self._instructors: WeakKeyDictionary[asyncio.AbstractEventLoop, AsyncInstructor] = (
            WeakKeyDictionary()
        )

    @classmethod
    def open(cls, provider: str, about: Provider, settings: Settings, name: str) -> ProviderModel:
        """Open a model without sending anything before the first question.

        Raises:
            ModelNotAvailable: the provider's SDK is not installed, or there is no key.
            SettingsError: the key is malformed, or the provider does not take a setting.
        """
        _check_options(provider, about, settings)
        if not _is_installed(about.module):
            raise ModelNotAvailable(
                f"{provider}/{name} needs a package that is not installed; install it:  "
                f"python -m pip install '{about.package}'"
            )
        return cls(provider, about, cls._locate(provider, about, settings, name), settings)

    @classmethod
    def _locate(cls, provider: str, about: Provider, settings: Settings, name: str) -> Endpoint:
        """Return where the model is asked."""
        key = _key(f"{provider}/{name}", about, settings)
        return Endpoint(
            settings.base_url,
            name,
            # The SDK looks for no key if it is given one.
            key or ("none" if settings.base_url else None),
            settings.base_url or f"provider {provider}",
            price_list=about.price_list if settings.base_url is None else None,
            key_variable=about.keys[0] if about.keys else "the provider's own variables",
        )

    @property
    def server(self) -> str | None:
        """The base URL, or the provider."""
        return self._endpoint.base_url or f"the server of {self.provider}"

    async def aclose(self) -> None:
        """Close the connections of the running event loop, if the SDK allows it."""
        await super().aclose()
        instructor = self._instructors.pop(asyncio.get_running_loop(), None)
        if instructor is not None:
            await _close(self._sdk(instructor))

    def _load(self) -> None:
        super()._load()
        importlib.import_module(self._about.module)

    def _identify(self) -> dict[str, JsonValue]:
        elsewhere = {name: os.environ.get(name) for name in self._about.addresses}
        return {**self._endpoint.identity(), **elsewhere}

    async def _where(self) -> Endpoint:
        return self._endpoint

    async def _send(self, request: Request[ReplyT]) -> ReplyT:
        try:
            return await self._answer(request)
        except UnsupportedOption as error:
            if isinstance(error.__cause__, TypeError):
                request.tally.attempts -= 1  # the SDK lacks the argument, so nothing was sent
            raise

    async def _answer(self, request: Request[ReplyT]) -> ReplyT:
        from instructor.core.hooks import HookName, Hooks

        replies: list[tuple[object, ChatCompletion]] = []
        received: list[ChatCompletion] = []
        started = time.perf_counter()
        instructor = self._instructor()

        def keep(reply: object) -> None:
            # Copied immediately: instructor changes its usage, and swallows errors raised in hooks.
            if reply is not None and not isinstance(
                reply, str | bytes
            ):  # raised by SDKs for a body that is not JSON
                replies.append((reply, as_completion(reply)))

        hooks = Hooks()
        hooks.on(HookName.COMPLETION_RESPONSE, keep)
        request.tally.attempts += 1
        with map_errors(self._endpoint, received, self._settings):
            try:
                async with asyncio.timeout(self._settings.timeout):
                    with unpacked():
                        reply, raw = await instructor.create_with_completion(
                            messages=self._messages(request.messages),
                            response_model=_titled(request.form),
                            max_retries=once(),
                            hooks=hooks,
                            **self._arguments(request),
                        )
            except Exception:
                if not replies:
                    raise
                received.append(self._receive(*replies[-1], started, request))
                if get(received[-1], "choices", 0, "finish_reason") != "stop":
                    raise
                # instructor may have overlooked the answer: plain text, in a fence, after prose.
                return read_reply(request.form, text_of(received[-1]))
            if not replies:
                keep(raw)  # instructor calls no hook for xAI's replies
            received.append(self._receive(*replies[-1], started, request))
            return reply

    def _receive(
        self, reply: object, completion: ChatCompletion, started: float, request: Request[ReplyT]
    ) -> ChatCompletion:
        """Record a reply in the tally, unless it is an error instead of an answer."""
        if not text_of(completion):
            check_error_object(reply, request.endpoint)
        self._keep(completion, started, request)
        return completion

    def _messages(self, messages: Sequence[Message]) -> Any:
        """Return the messages with the provider's names for roles."""
        return [dict(message) for message in messages]

    def _arguments(self, request: Request[ReplyT]) -> dict[str, Any]:
        """Return the other arguments of a request."""
        sampling = request.sampling
        options: dict[str, Any] = {
            "temperature": sampling.temperature,
            "max_tokens": sampling.max_tokens,
        }
        if sampling.seed is not None and self._about.seed is not None:
            options[self._about.seed] = sampling.seed
        if self._settings.reasoning_effort is not None:
            options["reasoning_effort"] = self._settings.reasoning_effort
        if self._settings.extra_body is not None:
            options["extra_body"] = self._settings.extra_body
        known = {name: value for name, value in options.items() if name not in request.unknown}
        return {**known, **self._about.arguments}

    def _client_arguments(self) -> dict[str, Any]:
        """Return the arguments with which instructor creates the SDK's client."""
        return {}

    def _adapt(self, sdk: Any) -> None:
        """Switch off the SDK's retries, and set the timeout and the base URL.

        instructor creates clients without these.

        Raises:
            SettingsError: a base URL is set, but the SDK accepts none.
        """
        base_url = self._endpoint.base_url
        if hasattr(sdk, "max_retries"):  # SDKs generated by Stainless, such as Writer's
            sdk.max_retries = 0
            sdk.timeout = self._settings.timeout
            if base_url:
                sdk.base_url = base_url
        elif base_url:
            instead = f"; set {self._about.addresses[0]}" if self._about.addresses else ""
            raise SettingsError(f"base_url: the SDK of {self.provider} accepts none{instead}")

    def _sdk(self, instructor: AsyncInstructor) -> Any:
        """Return the SDK's client, which has to be closed."""
        return instructor.client

    def _instructor_name(self) -> str:
        return self.provider

    def _instructor(self) -> AsyncInstructor:
        for closed in [loop for loop in self._instructors if loop.is_closed()]:
            del self._instructors[closed]
        loop = asyncio.get_running_loop()
        if loop not in self._instructors:
            self._instructors[loop] = self._open_instructor()
        return self._instructors[loop]

    def _open_instructor(self) -> AsyncInstructor:
        from instructor.core.exceptions import ConfigurationError

        try:
            instructor = self._connect()
        except CommuniqueError:
            raise  # already one of communique's own
        except (ImportError, ConfigurationError) as exc:
            scrub_exception(exc)
            raise ModelNotAvailable(
                f"the SDK for {self.provider}/{self._endpoint.model} can't be used: "
                f"{scrub(str(exc))}"
            ) from exc
        except Exception as exc:
            # Each SDK raises its own error for an unusable proxy, certificate or credential.
            scrub_exception(exc)
            raise SettingsError(
                f"no connection to {self.provider} can be made with these settings: "
                f"{scrub(str(exc))}"
            ) from exc
        return unlogged(instructor, self._endpoint.model)

    def _connect(self) -> AsyncInstructor:
        """Return instructor's client around the SDK's."""
        from instructor import from_provider

        key = self._endpoint.api_key
        remember(key if isinstance(key, str) else "")
        instructor: AsyncInstructor = from_provider(
            f"{self._instructor_name()}/{self._endpoint.model}",
            async_client=True,
            api_key=key,
            **self._client_arguments(),
        )
        self._adapt(instructor.client)
        return instructor


def _check_options(provider: str, about: Provider, settings: Settings) -> None:
    """Check that the provider takes the options that are set.

    Raises:
        SettingsError: it does not.
    """
    if settings.reasoning_effort is not None and not about.effort:
        instead = "; set the provider's own option by extra_body" if about.extra_body else ""
        raise SettingsError(f"reasoning_effort: {provider} does not take it{instead}")
    if settings.extra_body is not None and not about.extra_body:
        raise SettingsError(f"extra_body: the SDK of {provider} does not take it")
    if settings.api_version is not None:
        raise SettingsError(f"api_version: only azure_openai/… takes it, not {provider}/…")
    if about.takes_transport:
        return
    for name in ("default_headers", "http_client"):
        if getattr(settings, name) is not None:
            raise SettingsError(f"{name}: the SDK of {provider} does not take it")
    if isinstance(settings.api_key, KeyFunction):
        raise SettingsError(f"api_key: the SDK of {provider} takes no function")


def _key(model: str, about: Provider, settings: Settings) -> str | None:
    """Return the key, or None if the SDK finds its credentials itself.

    Raises:
        ModelNotAvailable: there is no key.
        SettingsError: a variable holds a malformed key.
    """
    if isinstance(settings.api_key, SecretStr):
        elsewhere = next(filter(os.environ.get, about.addresses), None)
        if elsewhere and settings.base_url is None:
            raise SettingsError(
                f"{model}: a key is set for communique, but the server by {elsewhere}; set the key "
                f"by {about.keys[0]}, too, since a key belongs to one server"
            )
        return settings.api_key.get_secret_value()
    if settings.base_url is not None:
        return None  # as with OpenAI, never send the provider's key to another base_url
    found = (variable(name, clean_key) for name in about.keys)
    key = next((key for key in found if key is not None), None)
    for name in about.credentials:
        remember(os.environ.get(name, ""))
    if key is None and about.keys and not any(map(os.environ.get, about.credentials)):
        raise ModelNotAvailable(f"{model} needs a key: set {about.keys[0]} or COMMUNIQUE_API_KEY")
    return key


def _is_installed(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:  # its parent package may be missing, too
        return False


async def _close(sdk: Any) -> None:
    for name in ("aclose", "close"):
        if inspect.iscoroutinefunction(close := getattr(sdk, name, None)):
            await close()
            return
    if hasattr(sdk, "__aexit__"):
        await sdk.__aexit__(None, None, None)


@lru_cache(maxsize=64)
def _titled(form: type[BaseModel]) -> Any:
    """Return the form with a title, from which instructor takes the tool's name."""

    def model_json_schema(_: type[BaseModel]) -> dict[str, Any]:
        return {**form.model_json_schema(), "title": form.__name__}

    body = {"__module__": form.__module__, "model_json_schema": classmethod(model_json_schema)}
    make_class: Any = type(form)
    return make_class(form.__name__, (form,), body)
