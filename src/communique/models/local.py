"""The adapter for the embedded model, which communique downloads and starts itself."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from pydantic import JsonValue

from communique.errors import SettingsError
from communique.local.catalog import DEFAULT, find_model
from communique.models.endpoint import Endpoint
from communique.models.openai import ChatModel
from communique.models.servers import LocalServers

if TYPE_CHECKING:
    from communique._internal.progress import OnProgress
    from communique.settings import Settings

__all__ = ["LocalModel", "open_local"]


def open_local(settings: Settings, name: str) -> LocalModel:
    """Open an embedded model without downloading or starting it before the first question.

    Raises:
        SettingsError: a base URL or a reasoning effort is set.
        ModelNotAvailable: there is no embedded model of that name.
    """
    if settings.base_url is not None:
        raise SettingsError(
            "base_url: communique starts the embedded model itself; to use a server that already "
            "runs, set model='openai/<name>' with its base_url"
        )
    if settings.reasoning_effort is not None:
        raise SettingsError("reasoning_effort: the embedded model does not think before it answers")
    return LocalModel(settings, name)


class LocalModel(ChatModel):
    """An embedded model, which reads one article at a time.

    Args:
        settings: see `Adapter`.
        name: its name in the catalog of embedded models.
        servers: finds its servers.

    Raises:
        ModelNotAvailable: there is no embedded model of that name.
    """

    concurrency = 1

    def __init__(
        self, settings: Settings, name: str = DEFAULT, *, servers: LocalServers | None = None
    ) -> None:
        nowhere = Endpoint("", name, is_embedded=True)  # until a server is started
        super().__init__(nowhere, settings, "local")
        self._servers = servers or LocalServers()
        self._name = name
        known = find_model(name).context_tokens
        self.context_tokens = min(known, settings.context_tokens or known)

    @property
    def server(self) -> str | None:
        """This machine, wherever the server will listen."""
        return "this machine"

    def _identify(self) -> dict[str, JsonValue]:
        weights = find_model(self._name).sha256
        return {"model": self._name, "weights": weights, "adapter": _adapter_sha256(self._name)}

    async def prepare(self, on_progress: OnProgress | None = None) -> None:
        """Download and start the model."""
        await super().prepare(on_progress)
        await self._servers.model(self._name, on_progress)

    async def _where(self) -> Endpoint:
        return await self._servers.model(self._name)


@cache
def _adapter_sha256(name: str) -> str | None:
    """Return the hash of a model's adapter, or None if it is not installed."""
    try:
        manifest = files("communique_weights").joinpath("manifest.toml").read_text("utf-8")
    except ModuleNotFoundError:
        return None
    hashes = {file["path"]: file["sha256"] for file in tomllib.loads(manifest)["file"]}
    return hashes.get(f"adapters/{name}.gguf")
