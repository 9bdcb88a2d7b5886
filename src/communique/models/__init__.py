"""The one way to ask a model: messages in, a validated reply out, every call on record.

A model is anything with `LanguageModel`'s methods. `ChatModel` speaks the
chat-completions protocol through openai and instructor, to OpenAI, to any compatible server
and to the embedded model; `ProviderModel` asks any other provider through its own SDK and
instructor. Retries are tenacity's alone: the SDKs' and instructor's are switched off. Errors
of those libraries are mapped in ``failures.py`` and nowhere else.
"""

from __future__ import annotations

from communique.models.base import (
    Call,
    EmbeddingModel,
    EncodingModel,
    LanguageModel,
    Ledger,
    Message,
    OnPartial,
    PreparedModel,
    StreamingModel,
)
from communique.models.chat import ChatModel, open_model
from communique.models.endpoint import Endpoint
from communique.models.providers import ProviderModel

__all__ = [
    "Call",
    "ChatModel",
    "EmbeddingModel",
    "EncodingModel",
    "Endpoint",
    "LanguageModel",
    "Ledger",
    "Message",
    "OnPartial",
    "PreparedModel",
    "ProviderModel",
    "StreamingModel",
    "open_model",
]
