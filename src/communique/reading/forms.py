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

from communique.reading.choosing.cues import ENUMERATED
from communique.statements import Kind, Means, Relation, Stance, Status

__all__ = [
    "FIELDS",
    "AgreementFields",
    "AgreementReply",
    "ConditionFields",
    "ConditionReply",
    "FieldsReply",
    "GistReply",
    "PositionFields",
    "PositionReply",
    "StatementReply",
    "ThreatFields",
    "ThreatReply",
    "WholeReply",
    "fields_without_enumerated",
    "forms",
    "to_statement",
    "whole_reply",
]

MAX_STATEMENTS_PER_ARTICLE = 60


def _wire(schema: dict[str, Any]) -> None:
    """Drop titles and descriptions: a model needs none of them, and they cost tokens."""
    for name in ("title", "description"):
        schema.pop(name, None)
    for field in schema.get("properties", {}).values():
        field.pop("title", None)


class _Reply(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra=_wire)


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


class _FieldsReply(_Reply):
    """The fields of a statement whose kind the question names, under short keys.

    Keys are half of a short answer's tokens. What the statement is about comes first, and
    leads to who makes it.
    """

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        validate_by_name=True,
        validate_by_alias=True,
        json_schema_extra=_wire,
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


@lru_cache(maxsize=1)
def whole_reply() -> type[WholeReply]:
    """`WholeReply` whose statements have ``sentences``; the same form for every article."""
    # Types made at run time: a type checker can only be told so.
    number: Any = Annotated[int, Field(ge=1)]
    numbers: Any = Annotated[list[number], Field(min_length=1, max_length=8)]
    position, condition, threat, agreement = (
        create_model(
            kind.__name__.removesuffix("Reply").lower(), __base__=kind, sentences=(numbers, ...)
        )
        for kind in (PositionReply, ConditionReply, ThreatReply, AgreementReply)
    )
    statement: Any = position | condition | threat | agreement
    statements: Any = Annotated[list[statement], Field(max_length=MAX_STATEMENTS_PER_ARTICLE)]
    return create_model("summary", __base__=WholeReply, statements=(statements, ...))


def forms(strategy: Literal["whole", "conversation"]) -> dict[str, type[BaseModel]]:
    """Return all forms that a strategy may put to a model, by a title each."""
    if strategy == "whole":
        return {"summary": whole_reply()}
    found: dict[str, type[BaseModel]] = {"gist": GistReply, **FIELDS}
    for kind, enumerated in ENUMERATED.items():
        found[f"{kind} without {enumerated}"] = fields_without_enumerated(kind)
    return found


for _kind, _form in FIELDS.items():
    _form.__name__ = _kind  # what the form is called on the wire
GistReply.__name__ = "gist"
