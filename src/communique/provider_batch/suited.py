"""Which models and prompts a batch can be asked with."""

from __future__ import annotations

from urllib.parse import urlsplit

from communique.errors import SettingsError
from communique.models import ChatModel
from communique.summarizer import Summarizer

__all__ = ["check_suited"]


def check_suited(summarizer: Summarizer) -> ChatModel:
    """Return the model to be asked by way of batches.

    Raises:
        SettingsError: the model or the prompt does not suit; the message says why.
    """
    model, prompt = summarizer.model, summarizer.prompt
    if reason := _fault(summarizer):
        raise SettingsError(f"provider batches: {reason}")
    if prompt.strategy != "whole":
        raise SettingsError(
            f"provider batches: prompt {prompt.version} has the strategy {prompt.strategy}, which "
            "asks one question after another, each with the answers before it; a batch is answered "
            "a day later. Use a prompt with the strategy whole, such as v1"
        )
    assert isinstance(model, ChatModel)  # noqa: S101 as checked above
    return model


def _fault(summarizer: Summarizer) -> str | None:
    """Return why a model's server has no batches that communique can use."""
    model = summarizer.model
    if model.provider == "local":
        return "the embedded model runs on this machine, where no price can be halved"
    if not isinstance(model, ChatModel) or model.provider not in {"openai", "azure_openai"}:
        return (
            f"{model.provider} has no batch API that speaks OpenAI's protocol, as far as is known; "
            "use openai/NAME, with base_url for another server that has one"
        )
    path = urlsplit(model.server or "").path.rstrip("/")
    if model.provider == "azure_openai" and not path.endswith("/openai/v1"):
        return (
            "an address with deployments, such as this one of azure_openai, has no batches; use "
            "openai/DEPLOYMENT with base_url=https://RESOURCE.openai.azure.com/openai/v1/"
        )
    return None
