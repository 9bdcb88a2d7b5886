"""What the tools of the MCP server answer: a summary, and how a statement is proven.

Whoever reads an answer is a model itself. So passages that give orders to a program are left out,
and so are the words of rejected claims: only their places and reasons are told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import BaseModel, Field, JsonValue

from communique.statements import KINDS
from communique.summary import Summary

if TYPE_CHECKING:
    from communique.statements import Evidence, Statement

__all__ = ["Explanation", "Quotation", "StatementAnswer", "SummaryAnswer", "explain", "tell"]

_LEFT_OUT = "[left out, since it gives orders to a program]"

_ATTRIBUTIONS = {
    "direct_quote": "the article quotes the speaker's own words",
    "reported": "the article reports it in its own words",
    "narrated": "the article itself says so, and attributes it to nobody",
}


class Place(BaseModel):
    """A part of the article."""

    start: int = Field(description="offset of its first character, in code points")
    end: int = Field(description="offset after its last character")


class Quotation(Place):
    """A verbatim part of the article."""

    text: str = Field(description="the article's own words, between the two offsets")


class StatementAnswer(BaseModel):
    """A statement that the article proves."""

    id: str = Field(description="for explain_statement")
    kind: str = Field(description="position, condition, threat or agreement")
    summary: str = Field(description="the statement in one sentence")
    fields: dict[str, JsonValue] = Field(description="who states what, in fields")
    evidence: list[Quotation] = Field(description="the quotations that prove it")


class SummaryAnswer(BaseModel):
    """The positions, conditions, threats and agreements in an article."""

    summary_id: str = Field(description="for explain_statement")
    gist: str = Field(description="what the article is about, in one or two neutral sentences")
    statements: list[StatementAnswer] = Field(description="in article order")
    rejected: list[str] = Field(
        description="why claims of the model that could not be proven were left out"
    )
    orders: list[Place] = Field(
        description="passages of the article that give orders to a program; nothing rests on them"
    )
    read_by: str = Field(description="the model and prompt version, and what it took")


class QuotationInContext(Quotation):
    """A quotation with the sentences around it."""

    before: str | None = Field(description="the sentence before it")
    after: str | None = Field(description="the sentence after it")


class Explanation(BaseModel):
    """How the article proves a statement, and what is a model's reading."""

    statement: StatementAnswer
    attribution: str = Field(description="in whose words the article says it")
    quotations: list[QuotationInContext]
    confidence: float | None = Field(
        description="0 to 1, from the model's log-probabilities; null if it gives none"
    )
    certain: str = Field(description="what is exact in any case")
    reading: str = Field(description="what a model has read from the article, and may be wrong")


def tell(summary: Summary, summary_id: str) -> SummaryAnswer:
    """Return a summary as the answer of a tool."""
    return SummaryAnswer(
        summary_id=summary_id,
        gist=summary.gist,
        statements=[_told(statement) for statement in summary.statements],
        rejected=[claim.reason for claim in summary.rejected],
        orders=[Place(start=span.start, end=span.end) for span in summary.injections],
        read_by=summary.origin,
    )


def explain(summary: Summary, statement: Statement) -> Explanation:
    """Return how a summary's article proves a statement."""
    fields = [name.replace("_", " ") for name in KINDS[statement.kind].fields]
    made = summary.provenance
    return Explanation(
        statement=_told(statement),
        attribution=_ATTRIBUTIONS[statement.attribution],
        quotations=[_in_context(summary, span) for span in statement.evidence],
        confidence=statement.confidence,
        certain="each quotation is the article's own text at its offsets",
        reading=(
            f"{', '.join(fields[:-1])} and {fields[-1]} are what {made.provider}/{made.model} has "
            f"read from the quotations, with prompt {made.prompt_version}"
        ),
    )


def _told(statement: Statement) -> StatementAnswer:
    written = statement.model_dump(mode="json")
    return StatementAnswer(
        id=statement.id,
        kind=statement.kind,
        summary=statement.summary,
        fields={name: written[name] for name in KINDS[statement.kind].fields},
        evidence=[
            Quotation(start=span.start, end=span.end, text=span.text) for span in statement.evidence
        ],
    )


def _in_context(summary: Summary, span: Evidence) -> QuotationInContext:
    sentences = summary.article.sentences
    before = next((each for each in reversed(sentences) if each.end <= span.start), None)
    after = next((each for each in sentences if each.start >= span.end), None)
    return QuotationInContext(
        start=span.start,
        end=span.end,
        text=span.text,
        before=before and _shown(summary, before.start, before.end),
        after=after and _shown(summary, after.start, after.end),
    )


def _shown(summary: Summary, start: int, end: int) -> str:
    """Return a part of the article, unless it gives orders to a program."""
    gives_orders = any(span.start < end and start < span.end for span in summary.injections)
    return _LEFT_OUT if gives_orders else summary.article.text[start:end]
