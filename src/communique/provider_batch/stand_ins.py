"""A stand-in for a model whose first question has been answered in a batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from pydantic import JsonValue

from communique.models import Answer, ChatModel, LanguageModel, Message
from communique.models.base import ReplyT
from communique.models.batch_objects import Collected

if TYPE_CHECKING:
    from communique.prompts import Sampling

__all__ = ["AnsweredModel"]


class AnsweredModel(LanguageModel):
    """A model whose first question has been answered in a batch.

    Args:
        model: the model, which is asked everything else.
        collected: the answer.
    """

    def __init__(self, model: ChatModel, collected: Collected) -> None:
        self._model = model
        self._collected: Collected | None = collected
        self.provider = model.provider
        self.context_tokens = model.context_tokens
        self.concurrency = model.concurrency

    @property
    def server(self) -> str | None:
        """The server of the model; see `LanguageModel.server`."""
        return self._model.server

    @property
    def options(self) -> Mapping[str, JsonValue]:
        """The options of the model; see `LanguageModel.options`."""
        return self._model.options

    async def ask(
        self, messages: Sequence[Message], form: type[ReplyT], sampling: Sampling
    ) -> Answer[ReplyT]:
        """Answer a question; see `LanguageModel.ask`."""
        collected, self._collected = self._collected, None
        if collected is None:
            return await self._model.ask(messages, form, sampling)
        return await self._model.ask_after(collected, messages, form, sampling)
