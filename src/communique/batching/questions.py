"""What reading an article takes: questions and tokens."""

from __future__ import annotations

from dataclasses import dataclass

from communique.article import Article
from communique.models import LanguageModel
from communique.prompts import Prompt
from communique.reading import Shown
from communique.reading.asked import questions_about
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
    shown = Shown(article, article.sentences)  # orders to a program are as good as never there
    questions = await questions_about(shown, prompt, model)
    asked = sum(message_tokens(each) for question in questions for each in question.messages)
    text = _TOKENS * message_tokens({"role": "user", "content": article.text})
    output = max(_ANSWER * text, _SHORTEST_ANSWER * len(questions))
    earlier = output * (len(questions) - 1) / 2 if prompt.strategy == "conversation" else 0
    return Size(len(questions), _TOKENS * asked + earlier, output)
