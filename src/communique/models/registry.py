"""The table of providers, and functions that open a provider's model."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from communique.errors import ModelNotAvailable
from communique.local.catalog import MODELS
from communique.models.anthropic import ANTHROPIC, AnthropicModel
from communique.models.endpoint import Endpoint
from communique.models.generic import Provider, ProviderModel
from communique.models.google import GOOGLE, VERTEX, GoogleModel, VertexModel
from communique.models.hosted import HOSTED, open_hosted
from communique.models.litellm import LITELLM, LitellmModel
from communique.models.local import LocalModel, open_local
from communique.models.mistral import MISTRAL, MistralModel
from communique.models.openai import ChatModel
from communique.models.servers import FixedServers

if TYPE_CHECKING:
    from communique.models.adapter import Adapter
    from communique.settings import ModelChoice, Settings

__all__ = ["PROVIDERS", "open_model", "open_recorded"]

PROVIDERS = {
    "anthropic": ANTHROPIC,
    "bedrock": Provider("boto3", "boto3", price_list="aws", seed=None),
    "cohere": Provider(
        "cohere",
        "cohere",
        ("CO_API_KEY",),
        price_list="cohere",
        addresses=("CO_API_URL",),
        arguments={"request_options": {"max_retries": 0}},
    ),
    "gemini": GOOGLE,
    "generative-ai": GOOGLE,
    "google": GOOGLE,
    "litellm": LITELLM,
    "mistral": MISTRAL,
    "vertexai": VERTEX,
    "writer": Provider(
        "writerai",
        "writer-sdk",
        ("WRITER_API_KEY",),
        addresses=("WRITER_BASE_URL",),
        seed=None,
        extra_body=True,
    ),
}
"""Providers that are asked through their own SDK and instructor, since their protocol differs."""

_CLASSES: dict[str, type[ProviderModel]] = {
    "anthropic": AnthropicModel,
    "gemini": GoogleModel,
    "generative-ai": GoogleModel,
    "google": GoogleModel,
    "litellm": LitellmModel,
    "mistral": MistralModel,
    "vertexai": VertexModel,
}
"""Providers with an adapter of their own."""

_ADAPTERS: dict[str, Callable[[Settings, str], Adapter]] = {
    "local": open_local,
    **{name: partial(open_hosted, name) for name in HOSTED},
    **{
        name: partial(_CLASSES.get(name, ProviderModel).open, name, about)
        for name, about in PROVIDERS.items()
    },
}


def open_model(settings: Settings, choice: ModelChoice) -> Adapter:
    """Open the model that the settings name, without starting or sending anything yet.

    Raises:
        ModelNotAvailable: the provider is unknown, has no key, or its SDK is not installed.
        SettingsError: the settings contradict each other.
    """
    if choice.provider not in _ADAPTERS:
        raise ModelNotAvailable(
            f"there is no provider {choice.provider!r}{_nearest(choice.provider)}; use "
            "openai/<name> (with base_url for any OpenAI-compatible server), local, or one of: "
            f"{', '.join(sorted(_ADAPTERS))}"
        )
    return _ADAPTERS[choice.provider](settings, choice.name)


def _nearest(provider: str) -> str:
    """Return a question after the provider that was probably meant, if there is one."""
    name = provider.lower()
    begun = [known for known in _ADAPTERS if name and known.startswith(name)]
    near = begun or difflib.get_close_matches(name, _ADAPTERS, n=1)
    return f" (did you mean {near[0]}?)" if near else ""


def open_recorded(settings: Settings, choice: ModelChoice, base_url: str) -> ChatModel:
    """Open a model whose answers were recorded: all its requests go to one address.

    Args:
        settings: attempts, deadline and timeout.
        choice: the recorded model.
        base_url: any address, since cassettes record no hosts.
    """
    if choice.provider == "local" and choice.name in MODELS:
        return LocalModel(settings, choice.name, servers=FixedServers(base_url))
    endpoint = Endpoint(base_url, choice.name)
    return ChatModel(endpoint, settings, choice.provider)
