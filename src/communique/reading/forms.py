"""The forms that a model fills in: one for a whole article, and one for a passage.

Forms point to sentences by number and contain no quotations. They are derived from the kinds of
statement, built once per process, and the same for all articles, so that the providers' caches of
prompts and grammars can be used. Fields that lead to the answer (what it is about) come before
those that depend on it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Annotated, Any, Literal, cast

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    RootModel,
    ValidationError,
    WithJsonSchema,
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
    "statements_reply",
    "whole_answer",
    "whole_reply",
]

MOST_STATEMENTS = 60
"""Most statements in one reply about a whole article."""

MOST_IN_A_PASSAGE = 12
"""Most statements in one reply about a passage."""

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


class StatementsReply(RootModel[list[StatementReply | InvalidItem]]):
    """Answer to the question which statements a passage makes; often there are none.

    For the form that is put to a model see `statements_reply`. Each statement also has
    ``sentences``: the numbers of the sentences that show it.
    """

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
def statements_reply() -> type[StatementsReply]:
    """Return the form for the statements that a passage makes: one row a statement.

    A row has the sentence numbers, the kind, and the values of the kind's fields, without their
    names, which would make up half of an answer's tokens. A row that is not valid becomes an
    `InvalidItem`; the JSON schema allows none.
    """
    rows = {"items": {"anyOf": [_row_schema(kind) for kind in KINDS]}}
    schema = {"type": "array", **rows, "maxItems": MOST_IN_A_PASSAGE}
    each = WrapValidator(partial(_each_by_itself, _row, MOST_IN_A_PASSAGE))
    statements: Any = Annotated[list[StatementReply | InvalidItem], each, WithJsonSchema(schema)]
    return make("statements", __base__=StatementsReply, root=(statements, ...))


def statements_answer(statements: Sequence[Mapping[str, object]]) -> str:
    """Return the answer about a passage, as a model would write it.

    Args:
        statements: the fields of each statement, with ``kind`` and ``sentences``.

    Raises:
        pydantic.ValidationError: a statement does not fit its form.
    """
    forms = _statement_forms()
    valid = [forms[str(item["kind"])].model_validate(item).model_dump() for item in statements]
    rows = [[item[name] for name in _row_fields(item["kind"])] for item in valid]
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":"))


@cache
def whole_reply() -> type[WholeReply]:
    """Return the form for a whole article.

    A statement that is not valid becomes an `InvalidItem`; the JSON schema allows none.
    """
    return _whole(WrapValidator(partial(_each_by_itself, _statement, MOST_STATEMENTS)))


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
    return {"statements": statements_reply(), "gist": GistReply}


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
    """Return the form of each kind of statement, with the sentences that show it."""
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


def _row_fields(kind: Kind) -> tuple[str, ...]:
    """Return the names of the values in a row, in order."""
    return ("sentences", "kind", *KINDS[kind].written)


def _row_schema(kind: Kind) -> dict[str, Any]:
    """Return the JSON schema of a row."""
    fields = _statement_forms()[kind].model_json_schema()["properties"]
    values = [fields[name] for name in _row_fields(kind)]
    return {
        "type": "array",
        "prefixItems": values,
        "minItems": len(values),
        "maxItems": len(values),
    }


def _each_by_itself(
    read: Callable[[object], object], most: int, value: Any, strictly: Callable[[Any], Any]
) -> list[Any]:
    """Validate each statement of a list; those that are not valid become `InvalidItem`.

    Of more than twice as many as there may be, the rest becomes one item.
    """
    if not isinstance(value, list):
        return strictly(value)  # raises the error that says why
    items = cast("list[Any]", value)
    surplus = f"it is one of more than {most} statements"
    too_many = [_invalid(item, surplus) for item in items[most : 2 * most]]
    if (left := len(items) - 2 * most) > 0:
        too_many.append(_invalid(f"[{left} more]", surplus))
    return [*map(read, items[:most]), *too_many]


def _row(item: object) -> object:
    if not isinstance(item, list):
        return _invalid(item, f"statement: {shown(item)} is not a list")
    values = cast("list[object]", item)
    raw = {"statement": values, "sentences": values[0] if values else None}
    kind = values[1] if len(values) > 1 else None
    if not isinstance(kind, str) or kind not in KINDS:
        return _invalid(raw, f"kind: {shown(kind)} is not one of {', '.join(KINDS)}")
    names = _row_fields(kind)
    if len(values) != len(names):
        return _invalid(raw, f"it has {len(values)} values, not {len(names)}")
    return _statement(dict(zip(names, values, strict=True)))


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
