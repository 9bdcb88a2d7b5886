"""The options that commands which read articles have in common, and how shells complete them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from communique.settings import SettingsKwargs

__all__ = [
    "BaseUrlOption",
    "ModelOption",
    "PromptOption",
    "complete_embedded",
    "complete_version",
    "server_settings",
]


def complete_version(incomplete: str) -> list[str]:
    """Return the prompt versions that begin like this."""
    from communique.prompts import list_versions

    return [name for name in list_versions() if name.startswith(incomplete)]


def complete_embedded(incomplete: str) -> list[str]:
    """Return the embedded models that begin like this."""
    from communique.local.catalog import MODELS

    return [name for name in MODELS if name.startswith(incomplete)]


def complete_model(incomplete: str) -> list[str]:
    """Return the models that begin like this, as far as they can be known without a network."""
    from communique.settings import DEFAULT_OPENAI_MODEL

    embedded = [f"local/{name}" for name in complete_embedded("")]
    known = ["local", *embedded, DEFAULT_OPENAI_MODEL]
    return [name for name in known if name.startswith(incomplete)]


ModelOption = Annotated[
    str | None,
    typer.Option(
        help="provider/name, such as openai/gpt-4.1-mini, or local.",
        autocompletion=complete_model,
    ),
]
PromptOption = Annotated[
    str | None,
    typer.Option(
        help="A prompt version, or the path of its folder.", autocompletion=complete_version
    ),
]
BaseUrlOption = Annotated[str | None, typer.Option(help="Root of an OpenAI-compatible API, …/v1.")]


def server_settings(base_url: str | None) -> SettingsKwargs:
    """Return the settings of the option --base-url.

    None as an argument would mean the provider's own server, whatever the variables say.
    """
    return {} if base_url is None else {"base_url": base_url}
