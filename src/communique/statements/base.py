"""The base of all kinds of statement, and the evidence that proves them."""

from __future__ import annotations

from abc import abstractmethod
from typing import Annotated, Any, Literal, Self, cast

from pydantic import BaseModel, ConfigDict, Field, model_validator

__all__ = ["Attribution", "Evidence", "FrozenModel", "Name", "SpokenStatement", "StatementBase"]

Attribution = Literal["direct_quote", "reported", "narrated"]

Name = Annotated[str, Field(min_length=1)]


class FrozenModel(BaseModel):
    """A model that can't be changed and takes no unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Evidence(FrozenModel):
    """A verbatim span of the article.

    Attributes:
        start: offset of the first character in ``article.text``, in code points.
        end: offset after the last character.
        text: ``article.text[start:end]``.

    Examples:
        ``summary`` is that of `communique.summarize`'s example.

        >>> span = summary.threats[1].evidence[0]
        >>> span.start, span.end, span.text[:22]
        (595, 698, '“If they appear there,')
        >>> summary.article.text[span.start : span.end] == span.text
        True
    """

    start: int = Field(ge=0)
    end: int
    text: Name

    @model_validator(mode="after")
    def _length(self) -> Self:
        if self.end - self.start != len(self.text):
            raise ValueError("evidence: end - start is not the length of its text")
        return self


class StatementBase(FrozenModel):
    """Base of all kinds of statement.

    Attributes:
        id: stable within the summary, such as ``threat-1``.
        attribution: ``direct_quote`` (the evidence has words in quotation marks), ``reported``
            (the article paraphrases a speaker) or ``narrated`` (the article itself says so).
        evidence: one or more spans of the article, in article order.
        confidence: 0 to 1, from the model's log-probabilities; None if it gives none.
    """

    id: Name
    attribution: Attribution
    evidence: tuple[Evidence, ...] = Field(min_length=1)
    confidence: float | None = Field(default=None, ge=0, le=1)

    @property
    @abstractmethod
    def who(self) -> str:
        """The actor, with the state or body that it speaks for, or the parties, in words."""

    @property
    @abstractmethod
    def said(self) -> str:
        """What is held, demanded, threatened or agreed, without the actor."""

    @model_validator(mode="before")
    @classmethod
    def _drop_computed(cls, data: Any) -> Any:
        # `summary` is written to JSON for readers, and computed again when it is read back.
        if not isinstance(data, dict):
            return data
        fields = dict(cast("dict[str, Any]", data))
        fields.pop("summary", None)
        return fields


class SpokenStatement(StatementBase):
    """Base of the kinds that a single actor states.

    Attributes:
        actor: who states it.
        on_behalf_of: the state or body that a named person speaks for, if the article says so.
    """

    actor: Name
    on_behalf_of: Name | None = None

    @property
    def who(self) -> str:
        """The actor, with the state or body that it speaks for, in words."""
        if self.on_behalf_of and self.on_behalf_of != self.actor:
            return f"{self.actor} ({self.on_behalf_of})"
        return self.actor
