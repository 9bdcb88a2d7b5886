"""The questions about an article, without a model that answers them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import BaseModel, JsonValue

from communique.models import Answer, LanguageModel, Message
from communique.models.base import ReplyT
from communique.reading import STRATEGIES, Limits, Session

if TYPE_CHECKING:
    from communique.prompts import Prompt, Sampling
    from communique.reading import Shown

__all__ = ["Question", "questions_about"]


@dataclass(frozen=True, slots=True)
class Question:
    """A question to a model.

    Attributes:
        messages: what is sent.
        form: the form of the answer.
        sampling: how it is to be sampled.
    """

    messages: Sequence[Message]
    form: type[BaseModel]
    sampling: Sampling


async def questions_about(
    shown: Shown, prompt: Prompt, model: LanguageModel, limits: Limits | None = None
) -> list[Question]:
    """Return the questions that an article leads to if the model finds nothing in it.

    Args:
        shown: the article, as far as the model is shown it.
        prompt: the prompt version.
        model: the model; nothing is sent to it.
        limits: what the article may take; None: anything.

    Raises:
        ArticleError: the article is too long for the model.
        LimitReached: it takes more than it may.
    """
    silent = _Silent(model)
    session = Session(silent, prompt.sampling, limits=limits or Limits())
    async for _ in STRATEGIES[prompt.strategy](shown, prompt, session):
        pass
    return silent.asked


class _Silent(LanguageModel):
    """A model that finds nothing in any article, and writes down what it is asked."""

    def __init__(self, model: LanguageModel) -> None:
        self._model = model
        self.provider = model.provider
        self.context_tokens = model.context_tokens
        self.asked: list[Question] = []

    @property
    def options(self) -> Mapping[str, JsonValue]:
        return self._model.options

    async def ask(
        self, messages: Sequence[Message], form: type[ReplyT], sampling: Sampling
    ) -> Answer[ReplyT]:
        """Write a question down, and return an answer without statements."""
        self.asked.append(Question(tuple(messages), form, sampling))
        nothing: dict[str, object] = {"gist": "", "statements": []}
        fields = {name: nothing[name] for name in form.model_fields if name in nothing}
        return Answer(form.model_validate(fields or []), "", "")
