"""The servers that communique starts itself, as endpoints that can be asked.

A server that died is started again, so each question asks anew where to go.
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

    The methods raise ModelNotAvailable if a server can't be started.
    """

    async def model(
        self, name: str, role: ModelRole, on_progress: OnProgress | None = None
    ) -> Endpoint:
        """Return where an embedded model answers or embeds; fetch and start it if need be."""
        from communique import local

        server = await in_thread(
            lambda abandoned: local.shared_server(name, on_progress, abandoned, role)
        )
        return _endpoint(server, "embedded model")

    def can_encode(self) -> bool:
        """Whether a sentence encoder can run here."""
        from communique import local

        return local.can_run()

    async def encoder(self, encoder: Encoder) -> Endpoint:
        """Return where a sentence encoder answers."""
        from communique import local

        server = await in_thread(lambda abandoned: local.shared_encoder(encoder, abandoned))
        return _endpoint(server, "sentence encoder")

    async def read_prefix(
        self, name: str, prefix: Sequence[Message], on_progress: OnProgress | None = None
    ) -> bool:
        """Have a model's server read messages that questions will begin with.

        Returns:
            False if it could not: then it reads them with each question.
        """
        from communique import local

        return await in_thread(
            lambda abandoned: local.prepare_shared(prefix, name, on_progress, abandoned)
        )


class FixedServers(LocalServers):
    """All servers at one address: recorded answers, and tests.

    Args:
        base_url: root of the API.
        encodes: whether an encoder can run.
    """

    def __init__(self, base_url: str, *, encodes: bool = True) -> None:
        self._base_url = base_url
        self._encodes = encodes

    async def model(
        self,
        name: str,
        role: ModelRole,  # noqa: ARG002 every role is there
        on_progress: OnProgress | None = None,  # noqa: ARG002 nothing takes time
    ) -> Endpoint:
        """Return the address."""
        return Endpoint(self._base_url, name, "none", is_embedded=True)

    def can_encode(self) -> bool:
        """Whether the address stands for an encoder, too."""
        return self._encodes

    async def encoder(self, encoder: Encoder) -> Endpoint:
        """Return the address."""
        return Endpoint(self._base_url, encoder.name, "none", is_embedded=True)

    async def read_prefix(
        self,
        name: str,  # noqa: ARG002 there is no time to be saved
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
