"""Where a model answers, and how settings lead there."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from communique._internal.background import in_thread
from communique._internal.progress import OnProgress
from communique.errors import ModelNotAvailable, SettingsError
from communique.settings import check_base_url, clean_key

if TYPE_CHECKING:
    from communique.local.encoder import Encoder
    from communique.local.process import ModelRole
    from communique.models.base import Message
    from communique.settings import ModelChoice, Settings

__all__ = [
    "EncoderFinder",
    "Endpoint",
    "EndpointFinder",
    "Preparation",
    "find_embeddings",
    "find_encoder",
    "find_endpoint",
    "find_preparation",
    "variable",
]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a model answers.

    Attributes:
        base_url: root of the API, or None for OpenAI's own.
        model: the name to ask for.
        hint: where to look when the server fails, for error messages.
        context_tokens: tokens that a question and its answer may have together, or None if
            that is not known.
        is_openai: whether the variables ``OPENAI_…`` are meant for it.
        is_embedded: whether communique started it, so that its answers are free.
        price_list: whose prices hold for it, by genai-prices' name; None if that is not known.
        key_variable: where its key usually is, for error messages.
    """

    base_url: str | None
    model: str
    api_key: str = field(repr=False)
    hint: str = ""
    context_tokens: int | None = None
    is_openai: bool = False
    is_embedded: bool = False
    price_list: str | None = None
    key_variable: str = "OPENAI_API_KEY"


EndpointFinder = Callable[[OnProgress | None], Awaitable[Endpoint]]

EncoderFinder = Callable[["Encoder"], Awaitable[Endpoint]]
"""Says where an encoder of the library answers; starts it if need be."""

Preparation = Callable[[Sequence["Message"], OnProgress | None], Awaitable[None]]
"""Have the model read messages that questions will begin with."""


def find_endpoint(settings: Settings, choice: ModelChoice) -> EndpointFinder:
    """What says where a model of OpenAI's protocol answers, and starts the embedded one.

    Raises:
        ModelNotAvailable: there is no key.
        SettingsError: settings that contradict each other.
    """
    if choice.provider == "local":
        if settings.base_url is not None:
            raise SettingsError(
                "base_url: the embedded model is started by communique itself; for a server that "
                "runs already use model='openai/<name>' with its base_url"
            )
        return lambda report: _local_endpoint(choice.name, report)
    endpoint = _openai_endpoint(settings, choice.name)

    async def known(_: OnProgress | None) -> Endpoint:
        return endpoint

    return known


def find_embeddings(choice: ModelChoice) -> EndpointFinder | None:
    """What says where a model embeds texts, or None if it does not: only the embedded one does."""
    if choice.provider != "local":
        return None
    return lambda report: _local_endpoint(choice.name, report, "embeddings")


def find_encoder() -> EncoderFinder | None:
    """What says where the library's encoders answer, or None if nothing here can run them."""
    from communique import local

    return _encoder_endpoint if local.can_run() else None


async def _encoder_endpoint(encoder: Encoder) -> Endpoint:
    from communique import local

    server = await in_thread(lambda abandoned: local.shared_encoder(encoder, abandoned))
    return Endpoint(
        server.base_url,
        server.model,
        server.api_key,
        f"log of the sentence encoder's server: {server.log_path}",
        server.context_tokens,
        is_embedded=True,
    )


def find_preparation(choice: ModelChoice) -> Preparation | None:
    """What has a model read the beginning of its questions, if there is any use in that."""
    if choice.provider != "local":
        return None
    return lambda messages, report: _prepare_local(choice.name, messages, report)


async def _prepare_local(
    name: str, messages: Sequence[Message], on_progress: OnProgress | None
) -> None:
    from communique import local

    await in_thread(
        lambda abandoned: local.prepare_shared(
            messages, name or local.DEFAULT, on_progress, abandoned
        )
    )


def _openai_endpoint(settings: Settings, name: str) -> Endpoint:
    base_url = settings.base_url or variable("OPENAI_BASE_URL", check_base_url)
    key = settings.api_key.get_secret_value() if settings.api_key else None
    is_openai = settings.base_url is None
    if key is None and is_openai:
        # OpenAI's key is for OpenAI, or what OPENAI_BASE_URL puts in its place: it is not
        # sent to a base_url given to communique.
        key = variable("OPENAI_API_KEY", clean_key)
    if key is None and base_url is None:
        raise ModelNotAvailable(
            f"openai/{name} needs a key: set OPENAI_API_KEY or COMMUNIQUE_API_KEY, or name another "
            "server with COMMUNIQUE_BASE_URL"
        )
    return Endpoint(
        base_url,
        name,
        key or "none",
        context_tokens=settings.context_tokens,
        is_openai=is_openai,
        price_list="openai" if _is_openais_own(base_url) else None,
    )


def _is_openais_own(base_url: str | None) -> bool:
    return base_url is None or urlsplit(base_url).hostname == "api.openai.com"


def variable(name: str, check: Callable[[str], str]) -> str | None:
    """An environment variable, or None if it is unset or empty.

    Raises:
        SettingsError: ``check`` raised a ValueError for its value.
    """
    try:
        return check(os.environ.get(name, "")) if os.environ.get(name, "").strip() else None
    except ValueError as exc:
        raise SettingsError(f"{name}: {exc}") from None


async def _local_endpoint(
    name: str, on_progress: OnProgress | None, role: ModelRole = "chat"
) -> Endpoint:
    from communique import local

    server = await in_thread(
        lambda abandoned: local.shared_server(name or local.DEFAULT, on_progress, abandoned, role)
    )
    hint = f"log of the embedded model's server: {server.log_path}"
    return Endpoint(
        server.base_url,
        server.model,
        server.api_key,
        hint,
        server.context_tokens,
        is_embedded=True,
    )
