"""The embedded model: fetched, started and asked by communique itself."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from communique.errors import SettingsError
from communique.local.catalog import DEFAULT, find_model
from communique.models.base import Message, Vectors
from communique.models.embedding import Embedder
from communique.models.endpoint import Endpoint
from communique.models.openai import ChatModel

if TYPE_CHECKING:
    from communique._internal.progress import OnProgress
    from communique.models.servers import LocalServers
    from communique.settings import Settings

__all__ = ["LocalModel", "open_local"]


def open_local(settings: Settings, name: str) -> LocalModel:
    """Open an embedded model. Nothing is fetched or started before the first question.

    Raises:
        SettingsError: a base URL is set.
        ModelNotAvailable: there is no embedded model of that name.
    """
    if settings.base_url is not None:
        raise SettingsError(
            "base_url: the embedded model is started by communique itself; for a server that "
            "runs already use model='openai/<name>' with its base_url"
        )
    return LocalModel(settings, name or DEFAULT)


class LocalModel(ChatModel):
    """An embedded model: it reads one article after the other.

    Args:
        settings: see `Adapter`.
        name: a name in the table of embedded models.
        servers: where the servers are.

    Raises:
        ModelNotAvailable: there is no embedded model of that name.
    """

    concurrency = 1

    def __init__(
        self, settings: Settings, name: str = DEFAULT, *, servers: LocalServers | None = None
    ) -> None:
        nowhere = Endpoint("", name, "none", is_embedded=True)  # until a server is started
        super().__init__(nowhere, settings, "local", servers=servers)
        self._name = name
        known = find_model(name).context_tokens
        self.context_tokens = min(known, settings.context_tokens or known)
        self._embedder = Embedder("local", self._clients, self._pace, settings)
        self._prepared: set[tuple[Endpoint, str]] = set()

    async def prepare(
        self, prefix: Sequence[Message], on_progress: OnProgress | None = None
    ) -> None:
        """Fetch and start the model, and have it read the prefix, which is kept on disk."""
        # A server that was started again has another key, so it is another endpoint.
        key = (await self._servers.model(self._name, "chat", on_progress), json.dumps(list(prefix)))
        if key in self._prepared:
            return
        if await self._servers.read_prefix(self._name, prefix, on_progress):
            self._prepared.add(key)

    async def embed(self, texts: Sequence[str]) -> Vectors | None:
        """See `LanguageModel.embed`."""
        where = partial(self._servers.model, self._name, "embeddings")
        return await self._embedder.vectors(texts, where)

    async def _where(self) -> Endpoint:
        return await self._servers.model(self._name, "chat")
