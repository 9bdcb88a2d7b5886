"""What a prompt version consists of."""

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
    """Data that is read from a file: frozen, and without keys that nobody knows."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Writing(Data):
    """How the model is to write, as ``prompt.toml`` says.

    Attributes:
        temperature: 0 for the likeliest answer.
        max_tokens: limit of one answer, in tokens; a longer one is an error, never cut.
        seed: passed on to servers that know it.
        logprobs: whether to ask for log-probabilities, from which `confidence` is computed.
    """

    temperature: float = Field(default=0, ge=0, le=2)
    max_tokens: int = Field(ge=1)
    seed: int | None = None
    logprobs: bool = False


class Sampling(Writing):
    """How the model is to write, the first time and after a broken answer.

    Attributes:
        correction: added to a question that is asked again because its answer was broken.
    """

    correction: str = ""


class Questions(Data):
    """What is said to the model beside the instructions, as ``questions.toml`` says.

    Attributes:
        correction: added to a question that is asked again because its answer was broken.
        statement: asks for one statement, with ``{number}`` of its sentence and its ``{kind}``.
        gist: asks what the article is about.
    """

    correction: str = Field(min_length=1)
    statement: str = ""
    gist: str = ""

    def about_statement(self, number: int, kind: Kind) -> str:
        """Return the question which statement of a kind a sentence makes.

        Args:
            number: the sentence's number, from 1.
            kind: the statement's kind.
        """
        return self.statement.replace("{number}", str(number)).replace("{kind}", kind)

    def problem(self, strategy: StrategyName) -> str | None:
        """Return what a strategy can't ask by these questions, or None if it can ask all."""
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
    """An article and the right answer."""

    article: Article
    gist: str
    statements: tuple[ExampleStatement, ...]


class Prompt(Data):
    """One prompt version, loaded and checked.

    Attributes:
        version: its folder's name, such as ``v2``.
        sha256: hash of its files, and of all that the library makes of them for the model.
        strategy: how an article is asked about.
        questions: how questions and corrections are worded.
    """

    version: str
    sha256: str
    description: str
    strategy: StrategyName
    sampling: Sampling
    questions: Questions
    instructions: str = Field(min_length=1)
    examples: tuple[Example, ...]
