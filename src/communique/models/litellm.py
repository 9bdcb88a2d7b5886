"""The adapter for litellm."""

from __future__ import annotations

from typing import Any

from communique.models.adapter import Request
from communique.models.base import ReplyT
from communique.models.generic import Provider, ProviderModel

__all__ = ["LITELLM", "LitellmModel"]

LITELLM = Provider("litellm", "litellm", effort=True, extra_body=True, arguments={"num_retries": 0})


class LitellmModel(ProviderModel):
    """A model behind litellm, which has no client: each request carries all arguments."""

    def _arguments(self, request: Request[ReplyT]) -> dict[str, Any]:
        endpoint = self._endpoint
        known = {**super()._arguments(request), "model": endpoint.model}
        if endpoint.base_url:
            known["base_url"] = endpoint.base_url
        if endpoint.api_key:
            known["api_key"] = endpoint.api_key
        return known

    def _adapt(self, sdk: Any) -> None:
        """Do nothing: there is no client."""
