"""Stand-ins for a model: one is answered by a batch, one writes down what it is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from pydantic import BaseModel, JsonValue

from communique.models import Answer, ChatModel, LanguageModel, Message
from communique.models.base import ReplyT
from communique.models.batch_objects import Collected

if TYPE_CHECKING:
    from communique.prompts import Sampling

__all__ = ["AnsweredModel", "Recorder"]


class StandIn(LanguageModel):
    """A model that stands in for another one."""

    def __init__(self, model: ChatModel) -> None:
        self._model = model
        self.provider = model.provider
        self.context_tokens = model.context_tokens
        self.concurrency = model.concurrency

    @property
    def server(self) -> str | None:
        return self._model.server

    @property
    def options(self) -> Mapping[str, JsonValue]:
        return self._model.options


class AnsweredModel(StandIn):
    """A model whose first question has been answered in a batch.

    Args:
        model: the model, which is asked everything else.
        collected: the answer.
    """

    def __init__(self, model: ChatModel, collected: Collected) -> None:
        super().__init__(model)
        self._collected: Collected | None = collected

    async def ask(
        self, messages: Sequence[Message], form: type[ReplyT], sampling: Sampling
    ) -> Answer[ReplyT]:
        """Answer a question; see `LanguageModel.ask`."""
        collected, self._collected = self._collected, None
        if collected is None:
            return await self._model.ask(messages, form, sampling)
        return await self._model.ask_after(collected, messages, form, sampling)


class Recorder(StandIn):
    """A model that writes down what it is asked, and answers that there is nothing to say."""

    def __init__(self, model: ChatModel) -> None:
        super().__init__(model)
        self.asked: list[tuple[list[Message], type[BaseModel], Sampling]] = []

    async def ask(
        self, messages: Sequence[Message], form: type[ReplyT], sampling: Sampling
    ) -> Answer[ReplyT]:
        """Write a question down, and return an answer without content."""
        self.asked.append((list(messages), form, sampling))
        return Answer(form.model_validate({"gist": "", "statements": []}), "", "")
