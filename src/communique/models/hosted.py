"""The providers that speak OpenAI's protocol: where they are, and whose variables hold the key."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from urllib.parse import quote, urlsplit

from communique.errors import SettingsError
from communique.models.endpoint import Endpoint, Owner, headers_in, locate
from communique.models.openai import ChatModel, is_openais_own
from communique.settings import Settings

__all__ = ["HOSTED", "open_hosted"]

OPENAI_URL = "https://api.openai.com/v1"

AZURE_VERSION = "2024-10-21"
"""The version of Azure's API by deployments; the API at ``…/openai/v1/`` needs none."""


def open_hosted(provider: str, settings: Settings, name: str) -> ChatModel:
    """Open a model of a provider in `HOSTED`, or of the server at the settings' base URL.

    Raises:
        ModelNotAvailable: there is no key, or no address.
        SettingsError: a variable can't be used, or settings contradict each other.
    """
    if settings.api_version is not None and provider != "azure_openai":
        raise SettingsError(f"api_version: only azure_openai/… takes it, not {provider}/…")
    about = HOSTED[provider]
    endpoint = locate(provider, name, about.owner, settings)
    return ChatModel(about.adapt(endpoint, settings), settings, provider)


def _as_it_is(endpoint: Endpoint, settings: Settings) -> Endpoint:
    del settings
    return endpoint


@dataclass(frozen=True, slots=True)
class _Hosted:
    """A provider that speaks OpenAI's protocol.

    Attributes:
        owner: its server and variables.
        adapt: returns the endpoint as this provider has it.
    """

    owner: Owner
    adapt: Callable[[Endpoint, Settings], Endpoint] = _as_it_is


def _openai_headers() -> dict[str, str]:
    """Return the headers that OpenAI's variables set."""
    found = {
        "openai-organization": os.environ.get("OPENAI_ORG_ID", ""),
        "openai-project": os.environ.get("OPENAI_PROJECT_ID", ""),
    }
    return {
        **{name: value for name, value in found.items() if value},
        **headers_in("OPENAI_CUSTOM_HEADERS"),
    }


def _openai(endpoint: Endpoint, settings: Settings) -> Endpoint:
    """Add OpenAI's prices, unless it is another server that speaks OpenAI's protocol."""
    del settings
    return replace(endpoint, price_list="openai" if is_openais_own(endpoint.base_url) else None)


def _azure(endpoint: Endpoint, settings: Settings) -> Endpoint:
    """Add the deployment and the version, unless the address is that of the newer API."""
    base_url = (endpoint.base_url or "").rstrip("/")
    path = urlsplit(base_url).path
    if path.endswith("/openai/v1"):
        return replace(endpoint, base_url=base_url)
    if "/openai/deployments/" not in path:
        base_url += f"/openai/deployments/{quote(endpoint.model, safe='')}"
    version = settings.api_version or os.environ.get("OPENAI_API_VERSION") or AZURE_VERSION
    query = {"api-version": version} | dict(endpoint.query)
    return replace(endpoint, base_url=base_url, query=tuple(query.items()))


def _databricks(endpoint: Endpoint, settings: Settings) -> Endpoint:
    del settings
    base_url = (endpoint.base_url or "").rstrip("/")
    path = "/serving-endpoints"
    whole = base_url if base_url.endswith(path) else base_url + path
    return replace(endpoint, base_url=whole)


def _by_key(name: str, base_url: str, price_list: str | None = None) -> _Hosted:
    return _Hosted(Owner(base_url, keys=(f"{name}_API_KEY",), price_list=price_list))


HOSTED = {
    "openai": _Hosted(
        Owner(
            OPENAI_URL,
            ("OPENAI_BASE_URL",),
            ("OPENAI_API_KEY",),
            headers=_openai_headers,
        ),
        _openai,
    ),
    "anyscale": _by_key("ANYSCALE", "https://api.endpoints.anyscale.com/v1"),
    "azure_openai": _Hosted(
        Owner(
            None,
            ("AZURE_OPENAI_ENDPOINT",),
            ("AZURE_OPENAI_API_KEY",),
            key_header="api-key",
            tokens=("AZURE_OPENAI_AD_TOKEN",),
            price_list="azure",
        ),
        _azure,
    ),
    "cerebras": _by_key("CEREBRAS", "https://api.cerebras.ai/v1", "cerebras"),
    "databricks": _Hosted(
        Owner(
            None,
            ("DATABRICKS_BASE_URL", "DATABRICKS_HOST", "DATABRICKS_WORKSPACE_URL"),
            ("DATABRICKS_TOKEN", "DATABRICKS_API_KEY"),
            price_list="databricks",
        ),
        _databricks,
    ),
    "deepseek": _by_key("DEEPSEEK", "https://api.deepseek.com", "deepseek"),
    "fireworks": _by_key("FIREWORKS", "https://api.fireworks.ai/inference/v1", "fireworks"),
    "groq": _by_key("GROQ", "https://api.groq.com/openai/v1", "groq"),
    "ollama": _Hosted(Owner("http://localhost:11434/v1")),
    "openrouter": _by_key("OPENROUTER", "https://openrouter.ai/api/v1", "openrouter"),
    "perplexity": _by_key("PERPLEXITY", "https://api.perplexity.ai", "perplexity"),
    "together": _by_key("TOGETHER", "https://api.together.xyz/v1", "together"),
    "xai": _by_key("XAI", "https://api.x.ai/v1", "x-ai"),
}
"""Providers by name."""
