"""The adapter for Anthropic."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from communique.models.adapter import Request
from communique.models.base import ReplyT
from communique.models.client import NO_KEY
from communique.models.endpoint import Endpoint, Owner, headers_in, locate
from communique.models.generic import Provider, ProviderModel

if TYPE_CHECKING:
    from instructor import AsyncInstructor

    from communique.settings import Settings

__all__ = ["ANTHROPIC", "AnthropicModel"]

_URL = "https://api.anthropic.com"
_OWNER = Owner(
    _URL,
    ("ANTHROPIC_BASE_URL",),
    ("ANTHROPIC_API_KEY",),
    tokens=("ANTHROPIC_AUTH_TOKEN",),
    profiles=("ANTHROPIC_PROFILE",),
    headers=lambda: headers_in("ANTHROPIC_CUSTOM_HEADERS"),
    price_list="anthropic",
)
_OF_PROFILES = frozenset({"anthropic-workspace-id", "authorization", "x-api-key"})
"""Headers by which the SDK sends the credentials of a profile."""

ANTHROPIC = Provider(
    "anthropic",
    "communique[anthropic]",
    seed=None,
    extra_body=True,
    takes_transport=True,
)


class AnthropicModel(ProviderModel):
    """An Anthropic model."""

    @classmethod
    def _locate(cls, provider: str, about: Provider, settings: Settings, name: str) -> Endpoint:
        del about
        return locate(provider, name, _OWNER, settings)

    def _connect(self) -> AsyncInstructor:
        from anthropic import AsyncAnthropic
        from instructor import from_anthropic

        from communique.models.transport import open_http_client

        endpoint, timeout = self._endpoint, self._settings.timeout
        by_profile = (
            endpoint.api_key is None
            and any(map(os.environ.get, _OWNER.profiles))
            and endpoint.base_url == _URL
        )
        client = AsyncAnthropic(
            api_key=None if by_profile else NO_KEY,
            base_url=endpoint.base_url,
            max_retries=0,
            timeout=timeout,
            http_client=open_http_client(
                endpoint, timeout, trusted=_OF_PROFILES if by_profile else frozenset()
            ),
        )
        return from_anthropic(client, model=endpoint.model)

    def _arguments(self, request: Request[ReplyT]) -> dict[str, Any]:
        known = super()._arguments(request)
        if "temperature" in known:
            # The SDK has dropped this argument, but older models still accept it.
            known["extra_body"] = {
                "temperature": known.pop("temperature"),
                **known.get("extra_body", {}),
            }
        return known
