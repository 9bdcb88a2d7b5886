"""Language models behind one interface: messages in, a validated `Answer` out.

A model is a `LanguageModel`. `ChatModel` speaks the chat-completions protocol through openai's
SDK, to OpenAI and any compatible server; `LocalModel` is the embedded model; `ProviderModel`
calls any other provider through its own SDK and instructor. Only tenacity retries: the retries
of the SDKs and of instructor are switched off. Errors of those libraries are mapped in
``failures.py`` and nowhere else.
"""

from __future__ import annotations

from communique.models.base import (
    Answer,
    LanguageModel,
    Message,
    OnPartial,
    check_model,
    destination,
)
from communique.models.endpoint import Endpoint
from communique.models.generic import ProviderModel
from communique.models.local import LocalModel
from communique.models.openai import ChatModel
from communique.models.registry import open_model, open_recorded
from communique.models.servers import FixedServers, LocalServers

__all__ = [
    "Answer",
    "ChatModel",
    "Endpoint",
    "FixedServers",
    "LanguageModel",
    "LocalModel",
    "LocalServers",
    "Message",
    "OnPartial",
    "ProviderModel",
    "check_model",
    "destination",
    "open_model",
    "open_recorded",
]
