"""The table of providers, and functions that open a provider's model."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from communique.errors import ModelNotAvailable
from communique.local.catalog import MODELS
from communique.models.anthropic import ANTHROPIC, AnthropicModel
from communique.models.endpoint import Endpoint
from communique.models.generic import Provider, ProviderModel
from communique.models.google import GOOGLE, VERTEX, GoogleModel, VertexModel
from communique.models.litellm import LITELLM, LitellmModel
from communique.models.local import LocalModel, open_local
from communique.models.mistral import MISTRAL, MistralModel
from communique.models.openai import ChatModel, open_openai
from communique.models.servers import FixedServers

if TYPE_CHECKING:
    from communique.models.adapter import Adapter
    from communique.settings import ModelChoice, Settings

__all__ = ["PROVIDERS", "open_model", "open_recorded"]

# Providers that are asked through openai's SDK, which passes everything on.
_by_openais_sdk = partial(Provider, "openai", effort=True, extra_body=True)

PROVIDERS = {
    "anthropic": ANTHROPIC,
    "anyscale": _by_openais_sdk(keys=("ANYSCALE_API_KEY",)),
    "azure_openai": _by_openais_sdk(
        keys=("AZURE_OPENAI_API_KEY",), price_list="azure", base_url="azure_endpoint"
    ),
    "bedrock": Provider("boto3", "boto3", price_list="aws", seed=None),
    "cerebras": Provider(
        "cerebras.cloud.sdk",
        "cerebras-cloud-sdk",
        ("CEREBRAS_API_KEY",),
        price_list="cerebras",
        effort=True,
        extra_body=True,
    ),
    "cohere": Provider(
        "cohere",
        "cohere",
        ("CO_API_KEY",),
        price_list="cohere",
        address="CO_API_URL",
        arguments={"request_options": {"max_retries": 0}},
    ),
    "databricks": _by_openais_sdk(
        keys=("DATABRICKS_TOKEN", "DATABRICKS_API_KEY"),
        price_list="databricks",
        base_url="base_url",
    ),
    "deepseek": _by_openais_sdk(keys=("DEEPSEEK_API_KEY",), price_list="deepseek"),
    "fireworks": Provider(
        "fireworks", "fireworks-ai", ("FIREWORKS_API_KEY",), price_list="fireworks", effort=True
    ),
    "gemini": GOOGLE,
    "generative-ai": GOOGLE,
    "google": GOOGLE,
    "groq": Provider(
        "groq", "groq", ("GROQ_API_KEY",), price_list="groq", effort=True, extra_body=True
    ),
    "litellm": LITELLM,
    "mistral": MISTRAL,
    "ollama": _by_openais_sdk(),
    "openrouter": _by_openais_sdk(keys=("OPENROUTER_API_KEY",), price_list="openrouter"),
    "perplexity": _by_openais_sdk(keys=("PERPLEXITY_API_KEY",), price_list="perplexity"),
    "together": _by_openais_sdk(keys=("TOGETHER_API_KEY",), price_list="together"),
    "vertexai": VERTEX,
    "writer": Provider("writerai", "writer-sdk", ("WRITER_API_KEY",), seed=None, extra_body=True),
    "xai": Provider("xai_sdk", "xai-sdk", ("XAI_API_KEY",), price_list="x-ai", effort=True),
}
"""Providers that instructor supports, except OpenAI, whose protocol has its own adapter."""

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
    "openai": open_openai,
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
            f"there is no provider {choice.provider!r}; use openai/<name> (with base_url for any "
            f"OpenAI-compatible server), local, or one of: {', '.join(PROVIDERS)}"
        )
    return _ADAPTERS[choice.provider](settings, choice.name)


def open_recorded(settings: Settings, choice: ModelChoice, base_url: str) -> ChatModel:
    """Open a model whose answers were recorded: all its requests go to one address.

    Args:
        settings: attempts, deadline and timeout.
        choice: the recorded model.
        base_url: any address, since cassettes record no hosts.
    """
    if choice.provider == "local" and choice.name in MODELS:
        return LocalModel(settings, choice.name, servers=FixedServers(base_url))
    endpoint = Endpoint(base_url, choice.name, api_key="none")
    return ChatModel(endpoint, settings, choice.provider)
