"""What a summary is made of: the four kinds of statement, their evidence, their origin."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any, Literal, Self, cast

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    computed_field,
    model_validator,
)

from communique.article import Article

__all__ = [
    "SCHEMA_VERSION",
    "Agreement",
    "Attribution",
    "Condition",
    "Evidence",
    "Failure",
    "Kind",
    "Means",
    "Position",
    "Provenance",
    "Rejected",
    "Relation",
    "Stance",
    "Statement",
    "Status",
    "Summary",
    "Threat",
    "Usage",
    "json_schema",
    "who",
]

SCHEMA_VERSION = "1"
"""Version of the form of `Summary`; it changes when a program that reads it must change."""

Kind = Literal["position", "condition", "threat", "agreement"]
Stance = Literal["supports", "opposes", "conditional", "undecided"]
Relation = Literal["if", "only_if", "unless", "until", "after", "before"]
Means = Literal["military", "nuclear", "economic", "diplomatic", "legal", "cyber", "other"]
Status = Literal[
    "proposed",
    "negotiating",
    "agreed",
    "in_force",
    "rejected",
    "suspended",
    "violated",
    "ended",
]
Attribution = Literal["direct_quote", "reported", "narrated"]

Name = Annotated[str, Field(min_length=1)]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Evidence(_Model):
    """A verbatim span of the article.

    Attributes:
        start: offset of the first character in ``article.text``, in code points.
        end: offset after the last character.
        text: ``article.text[start:end]``.

    Examples:
        ``summary`` is that of `communique.summarize`'s example.

        >>> span = summary.threats[0].evidence[1]
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


class _Statement(_Model):
    """What the four kinds share.

    Attributes:
        id: stable within the summary, such as ``threat-1``.
        on_behalf_of: the state or body that a named person speaks for, where the article
            says so.
        attribution: ``direct_quote`` (the evidence holds words in quotation marks),
            ``reported`` (the article paraphrases a speaker) or ``narrated`` (the article
            itself says so).
        evidence: one or more spans of the article, in article order.
        confidence: 0 to 1, from the model's log-probabilities; None where it gives none.
    """

    id: Name
    on_behalf_of: Name | None = None
    attribution: Attribution
    evidence: tuple[Evidence, ...] = Field(min_length=1)
    confidence: float | None = Field(default=None, ge=0, le=1)

    @model_validator(mode="before")
    @classmethod
    def _drop_computed(cls, data: Any) -> Any:
        # `summary` is written to JSON for readers and computed again when read back.
        if not isinstance(data, dict):
            return data
        fields = dict(cast("dict[str, Any]", data))
        fields.pop("summary", None)
        return fields


class Position(_Statement):
    """Who supports or opposes which proposal, policy or state of affairs.

    Examples:
        ``summary`` is that of `communique.summarize`'s example.

        >>> position = summary.positions[0]
        >>> position.actor, position.on_behalf_of, position.stance, position.issue
        ('Vladimir Putin', 'Russia', 'opposes', 'Ukraine joining NATO')
    """

    kind: Literal["position"] = "position"
    actor: Name
    stance: Stance
    issue: Name

    @computed_field
    @property
    def summary(self) -> str:
        """The position in one sentence."""
        verb = {
            "supports": "supports",
            "opposes": "opposes",
            "conditional": "supports on conditions",
            "undecided": "is undecided on",
        }[self.stance]
        return f"{who(self)} {verb}: {self.issue}."


class Condition(_Statement):
    """What must hold before an actor does, accepts or allows something.

    ``outcome`` is None for a bare demand.

    Examples:
        ``summary`` is that of `communique.summarize`'s example.

        >>> demands = [item for item in summary.conditions if item.outcome is None]
        >>> demands[1].summary
        'Vladimir Putin (Russia) demands: peace agreements are reached that bring lasting peace.'
    """

    kind: Literal["condition"] = "condition"
    actor: Name
    condition: Name
    outcome: Name | None
    relation: Relation

    @computed_field
    @property
    def summary(self) -> str:
        """The condition in one sentence."""
        if self.outcome is None:
            return f"{who(self)} demands: {self.condition}."
        return f"{who(self)}: {self.outcome} {self.relation.replace('_', ' ')} {self.condition}."


class Threat(_Statement):
    """Who warns of harm to whom. ``trigger`` is None if none is stated.

    Examples:
        ``summary`` is that of `communique.summarize`'s example.

        >>> threat = summary.threats[0]
        >>> threat.target, threat.action, threat.means
        ('foreign troops in Ukraine', 'consider them valid targets for attack', 'military')
        >>> threat.attribution
        'direct_quote'
    """

    kind: Literal["threat"] = "threat"
    actor: Name
    target: Name
    action: Name
    trigger: Name | None
    means: Means

    @computed_field
    @property
    def summary(self) -> str:
        """The threat in one sentence."""
        trigger = f" if {self.trigger}" if self.trigger else ""
        return f"{who(self)} threatens {self.target}: {self.action}{trigger}."


class Agreement(_Statement):
    """A deal, treaty, truce, guarantee or joint commitment, and its state.

    Examples:
        ``summary`` is that of `communique.summarize`'s example.

        >>> agreement = summary.agreements[0]
        >>> agreement.parties, agreement.subject, agreement.status
        (('Ukraine', 'European Union'), 'security guarantees', 'agreed')
    """

    kind: Literal["agreement"] = "agreement"
    parties: tuple[Name, ...] = Field(min_length=1)
    subject: Name
    status: Status

    @computed_field
    @property
    def summary(self) -> str:
        """The agreement in one sentence."""
        return f"{who(self)}: {self.subject} ({self.status.replace('_', ' ')})."


Statement = Annotated[Position | Condition | Threat | Agreement, Field(discriminator="kind")]
"""One of the four kinds, told apart by ``kind``."""


def who(statement: Statement) -> str:
    """The actor and whom it speaks for, or the parties, in words."""
    if isinstance(statement, Agreement):
        return ", ".join(statement.parties)
    if statement.on_behalf_of and statement.on_behalf_of != statement.actor:
        return f"{statement.actor} ({statement.on_behalf_of})"
    return statement.actor


class Rejected(_Model):
    """Something the model said that is not a statement of the summary.

    Attributes:
        reason: why it was rejected, for a person to read.
        reply: what the model said, as it said it.
        evidence: the spans it pointed to, as far as they exist.

    Examples:
        >>> from communique import summarize
        >>> from communique.testing import ScriptedModel
        >>> said = {"kind": "agreement", "parties": ["Ulmia"], "subject": " ",
        ...         "status": "agreed", "sentences": [1]}
        >>> model = ScriptedModel([{"gist": "Ulmia agreed.", "statements": [said]}])
        >>> summarize("Ulmia agreed.", model=model, prompt="v1").rejected[0].reason
        'its subject is empty'
    """

    reason: str
    reply: dict[str, JsonValue]
    evidence: tuple[Evidence, ...] = ()


class Usage(_Model):
    """What an article cost.

    Attributes:
        input_tokens: tokens sent, the cached ones included.
        cached_input_tokens: those of them that the server had computed before.
        output_tokens: tokens the model wrote.
        calls: requests that were answered and counted.
        cost_usd: price in US dollars, or None when the model's price is not known.

    Examples:
        >>> from communique import Usage
        >>> whole = Usage(input_tokens=900, calls=1, cost_usd=0.01) + Usage(calls=1, cost_usd=0.02)
        >>> whole.calls, whole.cost_usd
        (2, 0.03)
    """

    input_tokens: int = Field(default=0, ge=0)
    cached_input_tokens: int = Field(default=0, ge=0)
    output_tokens: int = Field(default=0, ge=0)
    calls: int = Field(default=0, ge=0)
    cost_usd: float | None = None

    def __add__(self, other: Usage) -> Usage:
        """Both together; what is added to an unknown cost has an unknown cost."""
        costs = [usage.cost_usd for usage in (self, other) if usage != Usage()]
        known = [cost for cost in costs if cost is not None]
        return Usage(
            input_tokens=self.input_tokens + other.input_tokens,
            cached_input_tokens=self.cached_input_tokens + other.cached_input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            calls=self.calls + other.calls,
            cost_usd=sum(known) if known and len(known) == len(costs) else None,
        )


class Provenance(_Model):
    """What produced a summary.

    Attributes:
        model: the model's name, as its server reports it.
        provider: ``local``, ``openai``, …
        prompt_version: name of the prompt version, such as ``v2``.
        prompt_sha256: hash of the prompt version's files.
        created: when the summary was finished, in UTC.
        seconds: wall-clock time for the article.
        model_seconds: the part of it that the server says it spent on computing; None if
            it does not say.
        attempts: requests sent, retries included.
        usage: tokens, calls and cost.

    Examples:
        ``summary`` is that of `communique.summarize`'s example.

        >>> made = summary.provenance
        >>> made.model, made.prompt_version, made.usage.calls, made.usage.output_tokens
        ('qwen2.5-coder-1.5b', 'v2', 20, 752)
    """

    model: str
    provider: str
    prompt_version: str
    prompt_sha256: str
    schema_version: str = SCHEMA_VERSION
    library_version: str
    created: AwareDatetime = Field(
        default_factory=lambda: datetime.datetime.now(datetime.UTC).replace(microsecond=0)
    )
    seconds: float = Field(ge=0)
    model_seconds: float | None = Field(default=None, ge=0)
    attempts: int = Field(ge=0)
    usage: Usage


class Summary(_Model):
    """Who holds, demands, threatens and agrees what, in one article, with evidence.

    Attributes:
        article: the article that was read.
        gist: what it is about, in one or two neutral sentences.
        positions, conditions, threats, agreements: the statements, each kind in article order.
        rejected: what the model said that could not be grounded, with the reason.
        provenance: which model and prompt, how long, how many tokens.
        schema_version: see `SCHEMA_VERSION`.

    Raises:
        pydantic.ValidationError: an evidence span is not what the article has at its offsets.

    Examples:
        ``summary`` is that of `communique.summarize`'s example.

        >>> from communique import Statement, Summary
        >>> def headline(statement: Statement) -> str:
        ...     match statement.kind:
        ...         case "agreement":
        ...             return " and ".join(statement.parties)
        ...         case kind:
        ...             return f"{kind} of {statement.actor}"
        >>> [headline(statement) for statement in summary.statements[:2]]
        ['position of Vladimir Putin', 'threat of Vladimir Putin']
        >>> Summary.model_validate_json(summary.model_dump_json()) == summary
        True
    """

    schema_version: Literal["1"] = SCHEMA_VERSION
    article: Article
    gist: str
    positions: tuple[Position, ...] = ()
    conditions: tuple[Condition, ...] = ()
    threats: tuple[Threat, ...] = ()
    agreements: tuple[Agreement, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    provenance: Provenance

    @model_validator(mode="after")
    def _grounded(self) -> Self:
        text = self.article.text
        for item in (*self.statements, *self.rejected):
            for span in item.evidence:
                if text[span.start : span.end] != span.text:
                    raise ValueError(
                        f"evidence at {span.start}:{span.end} is not what the article says there"
                    )
        return self

    @cached_property
    def statements(self) -> tuple[Position | Condition | Threat | Agreement, ...]:
        """All statements in article order: by where their evidence begins."""
        everything = (*self.positions, *self.conditions, *self.threats, *self.agreements)
        return tuple(sorted(everything, key=lambda item: (item.evidence[0].start, item.id)))

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy, with other values for some fields; these are not validated."""
        copy = super().model_copy(update=update, deep=deep)
        if update:
            vars(copy).pop("statements", None)  # pydantic copies what was computed, too
        return copy

    def to_rows(self) -> list[dict[str, str | int | float | None]]:
        """One flat row a statement, all with the same columns: ready for a data frame.

        Examples:
            ``summary`` is that of `communique.summarize`'s example.

            >>> row = summary.to_rows()[1]
            >>> row["kind"], row["actor"], row["target"]
            ('threat', 'Vladimir Putin', 'foreign troops in Ukraine')
        """
        from communique.render import to_rows  # noqa: PLC0415 a room below, loaded when used

        return to_rows(self)

    def to_markdown(self) -> str:
        """The summary as Markdown, the evidence as quotations.

        Examples:
            ``summary`` is that of `communique.summarize`'s example.

            >>> [line for line in summary.to_markdown().splitlines() if line.startswith("#")]
            ['# Summary', '## Positions', '## Conditions', '## Threats', '## Agreements']
        """
        from communique.render import to_markdown  # noqa: PLC0415

        return to_markdown(self)

    def to_html(self) -> str:
        """The summary as a page of its own: the article with its evidence marked.

        Examples:
            ``summary`` is that of `communique.summarize`'s example.

            >>> summary.to_html().splitlines()[0]
            '<!doctype html>'
        """
        from communique.render import to_html  # noqa: PLC0415

        return to_html(self)


class Failure(_Model):
    """An article of many that could not be summarized; the others are not affected.

    Attributes:
        index: the article's place among those given, from 0.
        article: the article, or None if what was given is none.
        error: name of the error's class in `communique.errors`, such as ``RateLimited``.
        message: what it says.
        raw_replies: the texts the model had sent.
        usage: tokens and calls spent on it, or None if the server never said.
        attempts: HTTP requests sent for it.
        partial: the summary as far as it had come, or None if nothing had been read.

    Examples:
        >>> from communique import summarize_many
        >>> (failure,) = summarize_many([""])
        >>> failure.index, failure.error, failure.message
        (0, 'ArticleError', 'the article is empty: there is no text to read')
    """

    index: int = Field(ge=0)
    article: Article | None
    error: Name
    message: str
    raw_replies: tuple[str, ...] = ()
    usage: Usage | None = None
    attempts: int = Field(default=0, ge=0)
    partial: Summary | None = None


def json_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a `Summary` as `Summary.model_dump_json` writes it.

    Examples:
        >>> from communique import json_schema
        >>> json_schema()["properties"]["schema_version"]["const"]
        '1'
    """
    schema = Summary.model_json_schema(mode="serialization")
    for model in (schema, *schema["$defs"].values()):
        if "description" in model:  # a docstring's first paragraph; the rest is for Python
            model["description"] = model["description"].partition("\n\n")[0]
    return {
        **schema,
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"communique summary, version {SCHEMA_VERSION}",
    }
