"""The forms that a model fills in: one for a whole article, and one per kind for a sentence.

Forms point to sentences by number and contain no quotations. They are derived from the kinds of
statement, built once per process, and the same for all articles, so that the providers' caches of
prompts and grammars can be used. Fields that lead to the answer (what it is about) come before
those that depend on it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Literal, cast

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    RootModel,
    ValidationError,
    WrapValidator,
)
from pydantic import create_model as make

from communique._internal.validation import describe, shown
from communique.statements import (
    KINDS,
    AgreementReply,
    ConditionReply,
    Form,
    Kind,
    PositionReply,
    StatementReply,
    ThreatReply,
)
from communique.statements.wire import drop_titles, union

__all__ = [
    "AgreementReply",
    "ConditionReply",
    "FieldsReply",
    "GistReply",
    "InvalidItem",
    "PositionReply",
    "StatementReply",
    "StatementsReply",
    "ThreatReply",
    "WholeReply",
    "forms",
    "schemas",
    "statements_answer",
    "statements_form",
    "to_statement",
    "whole_answer",
    "whole_reply",
]

MOST_STATEMENTS = 60
"""Most statements in one reply about a whole article."""

MOST_IN_A_SENTENCE = 5
"""Most statements of one kind that a sentence may make."""

MOST_SENTENCES = 8
"""Most sentences that one statement may point to."""


@dataclass(frozen=True)
class InvalidItem:
    """A statement in a reply that does not fit the form; the other statements are kept.

    Attributes:
        raw: the statement as the model wrote it; if it is not an object, it is the value of
            ``statement``.
        reason: what is wrong, field by field.
    """

    raw: dict[str, JsonValue]
    reason: str

    @property
    def sentences(self) -> tuple[int, ...]:
        """The valid sentence numbers in the field ``sentences``."""
        given = self.raw.get("sentences")
        numbers = given if isinstance(given, list) else []
        return tuple(n for n in numbers if isinstance(n, int) and not isinstance(n, bool))


class FieldsReply(Form):
    """The fields of a statement whose kind the question names, under short keys."""

    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True)


class StatementsReply(RootModel[list[FieldsReply]]):
    """Answer to the question which statements of a kind a sentence makes; often there are none."""

    model_config = ConfigDict(frozen=True, json_schema_extra=drop_titles)


class GistReply(Form):
    """Answer to the question what the article is about."""

    gist: str


class WholeReply(Form):
    """Answer about a whole article; for the form that is put to a model see `whole_reply`.

    Each statement also has ``sentences``: the numbers of the sentences that show it.
    """

    gist: str
    statements: list[StatementReply | InvalidItem]


@cache
def statements_form(kind: Kind) -> type[StatementsReply]:
    """Return the form for the statements of one kind that a sentence makes."""
    details = KINDS[kind]
    fields: dict[str, Any] = {}
    for name, key in details.asked.items():
        annotation = details.reply.model_fields[name].annotation
        fields[name] = (annotation, ...) if key == name else (annotation, Field(alias=key))
    item: Any = make(kind, __base__=FieldsReply, **fields)
    statements: Any = Annotated[list[item], Field(max_length=MOST_IN_A_SENTENCE)]
    return make(kind, __base__=StatementsReply, root=(statements, ...))


def statements_answer(kind: Kind, statements: Sequence[Mapping[str, object]]) -> str:
    """Return the answer to a question, as a model would write it.

    Raises:
        pydantic.ValidationError: the answer does not fit the form.
    """
    asked = KINDS[kind].asked
    items = [{name: item[name] for name in asked} for item in statements]
    return statements_form(kind).model_validate(items).model_dump_json(by_alias=True)


def to_statement(kind: Kind, fields: FieldsReply) -> StatementReply:
    """Return the statement that the fields of a reply describe.

    Args:
        kind: the statement's kind.
        fields: the fields that the model filled in.
    """
    reply = KINDS[kind].reply.model_validate({"kind": kind, **fields.model_dump()})
    return cast("StatementReply", reply)


@cache
def whole_reply() -> type[WholeReply]:
    """Return the form for a whole article.

    A statement that is not valid becomes an `InvalidItem`; the JSON schema allows none.
    """
    return _whole(WrapValidator(_each_by_itself))


def whole_answer(gist: str, statements: Sequence[Mapping[str, object]]) -> str:
    """Return the answer to an example, as a model would write it.

    Raises:
        pydantic.ValidationError: the answer does not fit the form.
    """
    answer = _whole().model_validate({"gist": gist, "statements": list(statements)})
    return answer.model_dump_json()


def forms(strategy: Literal["whole", "conversation"]) -> dict[str, type[BaseModel]]:
    """Return all forms that a strategy may ask a model to fill in, by title."""
    if strategy == "whole":
        return {"summary": whole_reply()}
    return {"gist": GistReply, **{kind: statements_form(kind) for kind in KINDS}}


def schemas(strategy: Literal["whole", "conversation"]) -> dict[str, dict[str, Any]]:
    """Return the JSON schemas of a strategy's forms, by the same titles.

    Examples:
        >>> from communique.reading.forms import schemas
        >>> list(schemas("whole")["summary"]["properties"])
        ['gist', 'statements']
    """
    return {title: form.model_json_schema() for title, form in forms(strategy).items()}


@cache
def _statement_forms() -> dict[str, type[BaseModel]]:
    """Return the form of each kind of statement in an answer about a whole article."""
    number: Any = Annotated[int, Field(ge=1)]
    numbers: Any = Annotated[list[number], Field(min_length=1, max_length=MOST_SENTENCES)]
    return {
        kind: make(kind, __base__=details.reply, sentences=(numbers, ...))
        for kind, details in KINDS.items()
    }


def _whole(*validators: WrapValidator) -> type[WholeReply]:
    most = Field(max_length=MOST_STATEMENTS)
    statement = union(_statement_forms().values())
    statements: Any = Annotated[(list[statement], most, *validators)]
    return make("summary", __base__=WholeReply, statements=(statements, ...))


def _each_by_itself(value: Any, strictly: Callable[[Any], Any]) -> list[Any]:
    """Validate each statement of a list; those that are not valid become `InvalidItem`."""
    if not isinstance(value, list):
        return strictly(value)  # raises the error that says why
    items = cast("list[Any]", value)
    return [
        *map(_statement, items[:MOST_STATEMENTS]),
        *(
            _invalid(item, f"it is one of more than {MOST_STATEMENTS} statements")
            for item in items[MOST_STATEMENTS:]
        ),
    ]


def _statement(item: object) -> object:
    if isinstance(item, BaseModel):  # part of a reply that is read while it is written
        item = item.model_dump()
    if not isinstance(item, dict):
        return _invalid(item, f"statement: {shown(item)} is not an object")
    fields = cast("dict[str, Any]", item)
    if "kind" not in fields:
        return _invalid(fields, "kind: is missing")
    kind = fields["kind"]
    form = _statement_forms().get(kind) if isinstance(kind, str) else None
    if form is None:
        return _invalid(fields, f"kind: {shown(kind)} is not one of {', '.join(KINDS)}")
    try:
        return form.model_validate(fields)
    except ValidationError as exc:
        return _invalid(fields, describe(exc))


def _invalid(item: object, reason: str) -> InvalidItem:
    raw = cast("object", item) if isinstance(item, dict) else {"statement": item}
    # NaN and Infinity, which models write and Python reads, are not valid JSON.
    readable = json.loads(json.dumps(raw, default=str), parse_constant=str)
    return InvalidItem(readable, reason)


GistReply.__name__ = "gist"  # what the form is called on the wire
