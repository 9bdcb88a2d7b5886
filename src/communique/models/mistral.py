"""The adapter for Mistral."""

from __future__ import annotations

from typing import Any

from communique.models.generic import Provider, ProviderModel

__all__ = ["MISTRAL", "MistralModel"]

MISTRAL = Provider(
    "mistralai",
    "communique[mistral]",
    ("MISTRAL_API_KEY",),
    price_list="mistral",
    seed="random_seed",
)


class MistralModel(ProviderModel):
    """A Mistral model."""

    def _adapt(self, sdk: Any) -> None:
        sdk.sdk_configuration.timeout_ms = int(self._settings.timeout * 1000)
        if self._endpoint.base_url:
            sdk.sdk_configuration.server_url = self._endpoint.base_url.rstrip("/")
