"""Endpoints of the servers that communique starts itself.

A server that died is restarted at another address, so look up the endpoint for each question.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from communique._internal.background import in_thread
from communique.models.endpoint import Endpoint

if TYPE_CHECKING:
    from communique._internal.progress import OnProgress
    from communique.local import Server
    from communique.local.encoder import Encoder
    from communique.local.process import ModelRole
    from communique.models.base import Message

__all__ = ["FixedServers", "LocalServers"]


class LocalServers:
    """The llama-servers that all threads of this process share.

    Methods raise ModelNotAvailable if a server can't be started.
    """

    async def model(
        self, name: str, role: ModelRole, on_progress: OnProgress | None = None
    ) -> Endpoint:
        """Return an embedded model's endpoint; download and start the model if necessary."""
        from communique import local

        server = await in_thread(
            lambda abandoned: local.shared_server(name, on_progress, abandoned, role)
        )
        return _endpoint(server, "embedded model")

    def can_encode(self) -> bool:
        """Return whether a sentence encoder can run here."""
        from communique import local

        return local.can_run()

    async def encoder(self, encoder: Encoder) -> Endpoint:
        """Return a sentence encoder's endpoint; start its server if necessary."""
        from communique import local

        server = await in_thread(lambda abandoned: local.shared_encoder(encoder, abandoned))
        return _endpoint(server, "sentence encoder")


class FixedServers(LocalServers):
    """Servers that are all at one address, for recorded answers and tests.

    Args:
        base_url: root of the API.
        encodes: whether the address also serves as an encoder.
    """

    def __init__(self, base_url: str, *, encodes: bool = True) -> None:
        self._base_url = base_url
        self._encodes = encodes

    async def model(
        self,
        name: str,
        role: ModelRole,  # noqa: ARG002 the address serves every role
        on_progress: OnProgress | None = None,  # noqa: ARG002 nothing to report
    ) -> Endpoint:
        """Return the address."""
        return Endpoint(self._base_url, name, is_embedded=True)

    def can_encode(self) -> bool:
        """Return whether the address also serves as an encoder."""
        return self._encodes

    async def encoder(self, encoder: Encoder) -> Endpoint:
        """Return the address."""
        return Endpoint(self._base_url, encoder.name, is_embedded=True)

    async def read_prefix(
        self,
        name: str,  # noqa: ARG002 nothing is loaded
        prefix: Sequence[Message],  # noqa: ARG002
        on_progress: OnProgress | None = None,  # noqa: ARG002
    ) -> bool:
        """Do nothing."""
        return True


def _endpoint(server: Server, what: str) -> Endpoint:
    return Endpoint(
        server.base_url,
        server.model,
        server.api_key,
        f"log of the {what}'s server: {server.log_path}",
        is_embedded=True,
    )
