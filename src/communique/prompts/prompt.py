"""The parts of a prompt version."""

from __future__ import annotations

import re
from functools import cached_property
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from communique.article import Article
from communique.statements import KINDS, Statement

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

_OF_HEADER = frozenset({"{title}", "{source}", "{published}"})
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
        passage: question for the statements of a passage, with the numbers of its ``{first}`` and
            its ``{last}`` sentence.
        gist: question for the gist.
        header: lines that stand before the sentences: what ``{title}``, ``{source}`` and
            ``{published}`` are. A line whose value is unknown is left out. Empty: the model is not
            told.
    """

    correction: str = Field(min_length=1)
    passage: str = ""
    gist: str = ""
    header: str = ""

    def about_passage(self, first: int, last: int) -> str:
        """Return the question for the statements that a passage makes.

        Args:
            first: the number of its first sentence, from 1.
            last: the number of its last sentence.
        """
        return self.passage.replace("{first}", str(first)).replace("{last}", str(last))

    def problem(self, strategy: StrategyName) -> str | None:
        """Return why a strategy can't use these questions, or None if it can."""
        for line in self.header.splitlines():
            given = _PLACEHOLDER.findall(line)
            if len(given) > 1 or not _OF_HEADER.issuperset(given):
                return "each line of header must have {title}, {source}, {published} or no braces"
        if self.header.strip() and not _PLACEHOLDER.search(self.header):
            return "header has none of {title}, {source}, {published}"
        asked = {"passage": self.passage, "gist": self.gist}
        if strategy == "whole":
            surplus = [name for name, text in asked.items() if text]
            return f"the strategy whole doesn't ask: {surplus[0]}" if surplus else None
        missing = [name for name, text in asked.items() if not text.strip()]
        if missing:
            return f"the strategy conversation asks for: {missing[0]}"
        if sorted(_PLACEHOLDER.findall(self.passage)) != ["{first}", "{last}"]:
            return "passage must have {first} and {last}, each once, and no other braces"
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

    @cached_property
    def names(self) -> frozenset[str]:
        """The names in its statements."""
        return frozenset(
            name
            for item in self.statements
            for name in KINDS[item.statement.kind].names_in(item.statement)
        )


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

    def __hash__(self) -> int:
        return hash((self.version, self.sha256))  # of every field, it would take long
