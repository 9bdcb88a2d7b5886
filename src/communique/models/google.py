"""The adapters for Google: the Gemini API and Vertex AI."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from communique.models.base import Message
from communique.models.generic import Provider, ProviderModel

if TYPE_CHECKING:
    from instructor import AsyncInstructor

__all__ = ["GOOGLE", "VERTEX", "GoogleModel", "VertexModel"]

GOOGLE = Provider(
    "google.genai",
    "communique[google]",
    ("GOOGLE_API_KEY", "GEMINI_API_KEY"),
    ("GOOGLE_GENAI_USE_VERTEXAI",),
    "google",
    addresses=("GOOGLE_GEMINI_BASE_URL",),
)
VERTEX = Provider("google.genai", "communique[google]", price_list="google")


class GoogleModel(ProviderModel):
    """A Google model behind the Gemini API."""

    def _messages(self, messages: Sequence[Message]) -> Any:
        # instructor passes on roles unchanged, but Google calls the assistant "model".
        names = {"assistant": "model"}
        return [{**m, "role": names.get(m["role"], m["role"])} for m in messages]

    def _client_arguments(self) -> dict[str, Any]:
        from instructor import Mode

        http: dict[str, Any] = {
            "timeout": int(self._settings.timeout * 1000),
            "retry_options": {"attempts": 1},
        }
        if self._endpoint.base_url:
            http["base_url"] = self._endpoint.base_url
        # instructor's tool schemas for Google can't express unions; its JSON schemas can.
        return {"mode": Mode.JSON, "http_options": http}

    def _adapt(self, sdk: Any) -> None:
        """Do nothing: everything is set by the client's arguments."""

    def _sdk(self, instructor: AsyncInstructor) -> Any:
        sdk: Any = instructor.client
        return getattr(sdk, "aio", sdk)  # asynchronous client of the synchronous one

    def _instructor_name(self) -> str:
        return "google"


class VertexModel(GoogleModel):
    """A Google model behind Vertex AI."""

    def _client_arguments(self) -> dict[str, Any]:
        return {**super()._client_arguments(), "vertexai": True}
