"""The parts of a prompt version."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field

from communique.article import Article
from communique.statements import Statement

if TYPE_CHECKING:
    from communique.statements import Kind

__all__ = [
    "Data",
    "Example",
    "ExampleStatement",
    "Prompt",
    "Questions",
    "Sampling",
    "StrategyName",
    "Writing",
]

StrategyName = Literal["whole", "conversation"]

_PLACEHOLDER = re.compile(r"\{[^{}]*\}|[{}]")


class Data(BaseModel):
    """Base of data that is read from a file: frozen, without unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Writing(Data):
    """The sampling parameters in ``prompt.toml``.

    Attributes:
        temperature: 0 for the likeliest answer.
        max_tokens: limit of one answer, in tokens; a longer answer is an error, never cut.
        seed: passed on to servers that support it.
        logprobs: whether to ask for log-probabilities, from which `confidence` is computed.
    """

    temperature: float = Field(default=0, ge=0, le=2)
    max_tokens: int = Field(ge=1)
    seed: int | None = None
    logprobs: bool = False


class Sampling(Writing):
    """The sampling parameters, and the correction after a broken answer.

    Attributes:
        correction: text added to a question that is asked again because its answer was broken.
    """

    correction: str = ""


class Questions(Data):
    """The wording of questions in ``questions.toml``.

    Attributes:
        correction: text added to a question that is asked again because its answer was broken.
        statement: question for one statement, with its sentence's ``{number}`` and its ``{kind}``.
        gist: question for the gist.
    """

    correction: str = Field(min_length=1)
    statement: str = ""
    gist: str = ""

    def about_statement(self, number: int, kind: Kind) -> str:
        """Return the question for the statement of a kind that a sentence makes.

        Args:
            number: the sentence's number, from 1.
            kind: the statement's kind.
        """
        return self.statement.replace("{number}", str(number)).replace("{kind}", kind)

    def problem(self, strategy: StrategyName) -> str | None:
        """Return why a strategy can't use these questions, or None if it can."""
        asked = {"statement": self.statement, "gist": self.gist}
        if strategy == "whole":
            surplus = [name for name, text in asked.items() if text]
            return f"the strategy whole doesn't ask: {surplus[0]}" if surplus else None
        missing = [name for name, text in asked.items() if not text.strip()]
        if missing:
            return f"the strategy conversation asks for: {missing[0]}"
        if sorted(_PLACEHOLDER.findall(self.statement)) != ["{kind}", "{number}"]:
            return "statement must have {number} and {kind}, each once, and no other braces"
        return None


class ExampleStatement(Data):
    """A statement of an example, with the numbers (from 1) of the sentences that show it."""

    statement: Statement
    sentences: tuple[int, ...]


class Example(Data):
    """An article with the right answer."""

    article: Article
    gist: str
    statements: tuple[ExampleStatement, ...]


class Prompt(Data):
    """One prompt version, loaded and checked.

    Attributes:
        version: its folder's name, such as ``v2``.
        sha256: hash of its files, including those that the library generates.
        strategy: name of the strategy that reads an article.
        questions: the wording of questions and corrections.
    """

    version: str
    sha256: str
    description: str
    strategy: StrategyName
    sampling: Sampling
    questions: Questions
    instructions: str = Field(min_length=1)
    examples: tuple[Example, ...]
