"""The questions about an article, without a model that answers them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from communique.article import Article
from communique.models import Answer, LanguageModel, Message
from communique.models.base import ReplyT
from communique.prompts import Prompt, Sampling
from communique.reading import STRATEGIES, Session, Shown
from communique.reading.windows import message_tokens

__all__ = ["Size", "size_of"]

_TOKENS = 0.9
"""Tokens for each one that `message_tokens` estimates, which errs on the safe side."""

_ANSWER = 0.75
"""Tokens of all answers for each token of the article, if it is full of statements.

Both are from the recorded evaluations (47 articles in nine languages)."""

_SHORTEST_ANSWER = 15


@dataclass(frozen=True, slots=True)
class Size:
    """What reading an article takes.

    Attributes:
        questions: number of questions.
        input_tokens: estimate of all tokens that are sent, with earlier answers.
        output_tokens: estimate of all tokens of the answers.
    """

    questions: int = 0
    input_tokens: float = 0.0
    output_tokens: float = 0.0

    def __add__(self, other: Size) -> Size:
        """Return the sum."""
        return Size(
            self.questions + other.questions,
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
        )


async def size_of(article: Article, prompt: Prompt, model: LanguageModel) -> Size:
    """Return what reading an article takes, from the messages that would be sent.

    What a provider counts besides, such as the JSON schema of the answer, is not included.

    Args:
        article: the article.
        prompt: the prompt version.
        model: the model; nothing is sent to it.

    Raises:
        ArticleError: the article is too long for the model.
    """
    silent = _Silent(model)
    shown = Shown(article, article.sentences)  # orders to a program are as good as never there
    answers = STRATEGIES[prompt.strategy](shown, prompt, Session(silent, prompt.sampling))
    async for _ in answers:
        pass
    text = _TOKENS * message_tokens({"role": "user", "content": article.text})
    output = max(_ANSWER * text, _SHORTEST_ANSWER * silent.questions)
    earlier = output * (silent.questions - 1) / 2 if prompt.strategy == "conversation" else 0
    return Size(silent.questions, _TOKENS * silent.tokens + earlier, output)


class _Silent(LanguageModel):
    """A model that finds nothing in any article, and counts what it is asked."""

    def __init__(self, model: LanguageModel) -> None:
        self.provider = model.provider
        self.context_tokens = model.context_tokens
        self.questions = 0
        self.tokens = 0

    async def ask(
        self,
        messages: Sequence[Message],
        form: type[ReplyT],
        sampling: Sampling,  # noqa: ARG002 part of the protocol
    ) -> Answer[ReplyT]:
        """Return an answer without statements."""
        self.questions += 1
        self.tokens += sum(map(message_tokens, messages))
        nothing: dict[str, object] = {"gist": "", "statements": []}
        fields = {name: nothing[name] for name in form.model_fields if name in nothing}
        return Answer(form.model_validate(fields or []), "", "")
