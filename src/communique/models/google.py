"""Google's models, by the Gemini API or Vertex AI."""

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
)
VERTEX = Provider("google.genai", "communique[google]", price_list="google")


class GoogleModel(ProviderModel):
    """A model of Google's."""

    def _messages(self, messages: Sequence[Message]) -> Any:
        # instructor passes roles on to Google, which has another word for one of them.
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
        # Its tools, as instructor describes them, have no alternatives; its JSON has.
        return {"mode": Mode.JSON, "http_options": http}

    def _adapt(self, sdk: Any) -> None:
        """Do nothing: everything is in the client's arguments."""

    def _sdk(self, instructor: AsyncInstructor) -> Any:
        sdk: Any = instructor.client
        return getattr(sdk, "aio", sdk)  # the asynchronous client is inside the other

    def _instructor_name(self) -> str:
        return "google"


class VertexModel(GoogleModel):
    """A model of Google's on Vertex AI."""

    def _client_arguments(self) -> dict[str, Any]:
        return {**super()._client_arguments(), "vertexai": True}
