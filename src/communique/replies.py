"""What a model fills in: small models built for one article, with sentence numbers, no quotes.

The models are also the JSON schema that constrains the answer, so they keep to the subset
that OpenAI's strict structured outputs accept: every field required, ``anyOf`` and not
``oneOf``, no defaults, no extra keys.
Fields that lead to the answer (what it is about) come before those that follow from it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, create_model

from communique.classifier.cues import ENUMERATED
from communique.statements import Kind, Means, Relation, Stance, Status

__all__ = [
    "FIELDS",
    "MAX_STATEMENTS_PER_SENTENCE",
    "AgreementFields",
    "AgreementReply",
    "ConditionFields",
    "ConditionReply",
    "FieldsReply",
    "GistReply",
    "PositionFields",
    "PositionReply",
    "SentenceReply",
    "StatementReply",
    "ThreatFields",
    "ThreatReply",
    "WholeReply",
    "fields_without_enumerated",
    "to_statement",
    "whole_reply",
]

MAX_STATEMENTS_PER_SENTENCE = 3
MAX_STATEMENTS_PER_ARTICLE = 60


class _Reply(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PositionReply(_Reply):
    """A position, as the model words it."""

    kind: Literal["position"]
    actor: str
    on_behalf_of: str | None
    issue: str
    stance: Stance


class ConditionReply(_Reply):
    """A condition, as the model words it."""

    kind: Literal["condition"]
    actor: str
    on_behalf_of: str | None
    outcome: str | None
    relation: Relation
    condition: str


class ThreatReply(_Reply):
    """A threat, as the model words it."""

    kind: Literal["threat"]
    actor: str
    on_behalf_of: str | None
    target: str
    action: str
    trigger: str | None
    means: Means


class AgreementReply(_Reply):
    """An agreement, as the model words it."""

    kind: Literal["agreement"]
    parties: list[str]
    subject: str
    status: Status


StatementReply = PositionReply | ConditionReply | ThreatReply | AgreementReply


class SentenceReply(_Reply):
    """Answer to the question which statements one sentence makes: often none."""

    statements: Annotated[list[StatementReply], Field(max_length=MAX_STATEMENTS_PER_SENTENCE)]


class _FieldsReply(_Reply):
    """The fields of a statement whose kind the question names, under short keys.

    Keys are half of a short answer's tokens. What the statement is about comes first, and
    leads to who makes it.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, validate_by_name=True, validate_by_alias=True
    )


class PositionFields(_FieldsReply):
    """Answer to the question which position a sentence holds."""

    issue: str
    stance: Stance
    actor: str = Field(alias="who")
    on_behalf_of: str | None = Field(alias="for")


class ConditionFields(_FieldsReply):
    """Answer to the question which condition a sentence sets."""

    condition: str
    outcome: str | None
    relation: Relation
    actor: str = Field(alias="who")
    on_behalf_of: str | None = Field(alias="for")


class ThreatFields(_FieldsReply):
    """Answer to the question which threat a sentence makes."""

    action: str
    target: str
    trigger: str | None = Field(alias="if")
    means: Means
    actor: str = Field(alias="who")
    on_behalf_of: str | None = Field(alias="for")


class AgreementFields(_FieldsReply):
    """Answer to the question which agreement a sentence shows."""

    subject: str
    status: Status
    parties: list[str]


FieldsReply = PositionFields | ConditionFields | ThreatFields | AgreementFields

FIELDS: dict[Kind, type[FieldsReply]] = {
    "position": PositionFields,
    "condition": ConditionFields,
    "threat": ThreatFields,
    "agreement": AgreementFields,
}
"""What is filled in for each kind."""


@lru_cache(maxsize=len(FIELDS))
def fields_without_enumerated(kind: Kind) -> type[FieldsReply]:
    """As ``FIELDS[kind]``, for a sentence whose words settle the field with given values."""
    whole = FIELDS[kind]
    # A type made at run time: a type checker can only be told so.
    fields: Any = {
        name: (field.annotation, field)
        for name, field in whole.model_fields.items()
        if name != ENUMERATED[kind]
    }
    form: Any = create_model(whole.__name__, __base__=_FieldsReply, __doc__=whole.__doc__, **fields)
    return form


_STATEMENT: TypeAdapter[StatementReply] = TypeAdapter(StatementReply)


def to_statement(kind: Kind, fields: FieldsReply, settled: str | None = None) -> StatementReply:
    """The statement that the fields are of.

    Args:
        kind: the statement's kind.
        fields: what the model filled in.
        settled: the value of the kind's enumerated field, if it is known without the model.
    """
    known = {} if settled is None else {ENUMERATED[kind]: settled}
    return _STATEMENT.validate_python({"kind": kind, **fields.model_dump(), **known})


class GistReply(_Reply):
    """Answer to the question what the article is about."""

    gist: str


class WholeReply(_Reply):
    """Answer about a whole article. `whole_reply` narrows the sentence numbers to one article.

    Each statement also has ``sentences``: the numbers of the sentences that show it.
    """

    gist: str
    statements: list[StatementReply]


@lru_cache(maxsize=256)
def whole_reply(last: int, first: int = 1) -> type[WholeReply]:
    """`WholeReply` for the sentences of an article with the numbers ``first`` to ``last``."""
    # Types made at run time: a type checker can only be told so.
    number: Any = Annotated[int, Field(ge=first, le=last)]
    numbers: Any = Annotated[list[number], Field(min_length=1, max_length=8)]
    position, condition, threat, agreement = (
        create_model(kind.__name__, __base__=kind, sentences=(numbers, ...))
        for kind in (PositionReply, ConditionReply, ThreatReply, AgreementReply)
    )
    statement: Any = position | condition | threat | agreement
    statements: Any = Annotated[list[statement], Field(max_length=MAX_STATEMENTS_PER_ARTICLE)]
    return create_model("WholeReply", __base__=WholeReply, statements=(statements, ...))
