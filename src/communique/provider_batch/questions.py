"""The question about an article: recorded instead of asked, and answered by a batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from pydantic import BaseModel, JsonValue

from communique.article import Article
from communique.errors import CommuniqueError
from communique.models import Answer, ChatModel, LanguageModel, Message
from communique.models.base import ReplyT
from communique.models.batch_objects import Collected
from communique.models.batches import URL
from communique.provider_batch.shards import Row, row_of
from communique.reading import STRATEGIES, Limits, Session

if TYPE_CHECKING:
    from communique.prompts import Prompt, Sampling

__all__ = ["AnsweredModel", "write_row"]


class _StandIn(LanguageModel):
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


class AnsweredModel(_StandIn):
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


class _Recorder(_StandIn):
    """A model that writes down what it is asked, and answers that there is nothing to say."""

    def __init__(self, model: ChatModel) -> None:
        super().__init__(model)
        self.asked: list[tuple[list[Message], type[BaseModel], Sampling]] = []

    async def ask(
        self, messages: Sequence[Message], form: type[ReplyT], sampling: Sampling
    ) -> Answer[ReplyT]:
        self.asked.append((list(messages), form, sampling))
        return Answer(form.model_validate({"gist": "", "statements": []}), "", "")


async def write_row(
    index: int, article: Article, model: ChatModel, prompt: Prompt, limits: Limits
) -> Row | None:
    """Return the row of a request file that asks about an article.

    None if the article can't be read with one question, so that only the ordinary way can tell
    what becomes of it: it takes several, or breaks a limit.
    """
    recorder = _Recorder(model)
    session = Session(recorder, prompt.sampling, limits=limits)
    try:
        async for _ in STRATEGIES[prompt.strategy](article, prompt, session):
            pass
    except CommuniqueError:
        return None
    if len(recorder.asked) != 1:
        return None
    messages, form, sampling = recorder.asked[0]
    return row_of(index, article, await model.write_body(messages, form, sampling), URL)
