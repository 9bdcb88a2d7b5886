"""Endpoints of the servers that communique starts itself.

A server that died is restarted at another address, so look up the endpoint for each question.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from communique._internal.background import in_thread
from communique.models.endpoint import Endpoint

if TYPE_CHECKING:
    from communique._internal.progress import OnProgress

__all__ = ["FixedServers", "LocalServers"]


class LocalServers:
    """The llama-servers that all threads of this process share."""

    async def model(self, name: str, on_progress: OnProgress | None = None) -> Endpoint:
        """Return an embedded model's endpoint; download and start the model if necessary.

        Raises:
            ModelNotAvailable: its server can't be started.
        """
        from communique import local

        server = await in_thread(
            lambda abandoned: local.shared_server(name, on_progress, abandoned)
        )
        return Endpoint(
            server.base_url,
            server.model,
            server.api_key,
            f"log of the embedded model's server: {server.log_path}",
            is_embedded=True,
        )


class FixedServers(LocalServers):
    """Servers that are all at one address, for recorded answers and tests.

    Args:
        base_url: root of the API.
    """

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url

    async def model(
        self,
        name: str,
        on_progress: OnProgress | None = None,  # noqa: ARG002 nothing to report
    ) -> Endpoint:
        """Return the address."""
        return Endpoint(self._base_url, name, is_embedded=True)
