"""Which models and prompts a batch can be asked with."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from communique.errors import SettingsError
from communique.models import ChatModel, LanguageModel
from communique.models.batch_objects import Collected
from communique.models.cached import CachedModel
from communique.provider_batch.stand_ins import AnsweredModel
from communique.summarizer import Summarizer

__all__ = ["Models", "check_suited"]


@dataclass(frozen=True, slots=True)
class Models:
    """A model that can be asked by way of batches.

    Attributes:
        chat: the model itself.
        cached: the cache in front of it, if it has one.
    """

    chat: ChatModel
    cached: CachedModel | None

    def answered(self, collected: Collected) -> LanguageModel:
        """Return the model, whose first question has been answered in a batch."""
        model = AnsweredModel(self.chat, collected)
        return model if self.cached is None else self.cached.in_front_of(model)


def check_suited(summarizer: Summarizer) -> Models:
    """Return the model to be asked by way of batches.

    Raises:
        SettingsError: the model or the prompt does not suit; the message says why.
    """
    model, prompt = summarizer.model, summarizer.prompt
    asked = summarizer.readers[0].model
    cached = asked if isinstance(asked, CachedModel) else None
    if reason := _fault(model):
        raise SettingsError(f"provider batches: {reason}")
    if prompt.strategy != "whole":
        raise SettingsError(
            f"provider batches: prompt {prompt.version} has the strategy {prompt.strategy}, which "
            "asks one question after another, each with the answers before it; a batch is answered "
            "a day later. Use a prompt with the strategy whole, such as v1"
        )
    assert isinstance(model, ChatModel)  # noqa: S101 as checked above
    return Models(model, cached)


def _fault(model: LanguageModel) -> str | None:
    """Return why a model's server has no batches that communique can use."""
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
