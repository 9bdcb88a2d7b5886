"""The adapter for Anthropic."""

from __future__ import annotations

from typing import Any

from communique.models.adapter import Request
from communique.models.base import ReplyT
from communique.models.generic import Provider, ProviderModel

__all__ = ["ANTHROPIC", "AnthropicModel"]

ANTHROPIC = Provider(
    "anthropic",
    "communique[anthropic]",
    ("ANTHROPIC_API_KEY",),
    ("ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_PROFILE"),
    "anthropic",
    seed=None,
    extra_body=True,
)


class AnthropicModel(ProviderModel):
    """An Anthropic model."""

    def _arguments(self, request: Request[ReplyT]) -> dict[str, Any]:
        known = super()._arguments(request)
        if "temperature" in known:
            # The SDK has dropped this argument, but older models still accept it.
            known["extra_body"] = {
                "temperature": known.pop("temperature"),
                **known.get("extra_body", {}),
            }
        return known
