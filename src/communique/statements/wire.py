"""The base of the forms that a language model fills in: strict JSON schemas.

The forms are also the JSON schemas that constrain the answers, so they keep to the subset that
OpenAI's strict structured outputs accept: every field required, ``anyOf`` and not ``oneOf``,
no defaults, no extra keys.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable
from functools import lru_cache, reduce
from typing import Any, Self

from pydantic import BaseModel, ConfigDict

__all__ = ["Form", "Reply", "drop_titles", "union"]


def drop_titles(schema: dict[str, Any]) -> None:
    """Drop titles and descriptions, which a model does not need and which cost tokens."""
    for name in ("title", "description"):
        schema.pop(name, None)
    for field in schema.get("properties", {}).values():
        field.pop("title", None)


class Form(BaseModel):
    """Base of all that a model fills in. The JSON schema of a form is computed once."""

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra=drop_titles)

    @classmethod
    def model_json_schema(cls, *args: Any, **options: Any) -> dict[str, Any]:
        """Return a copy of the JSON schema, cached for calls without arguments."""
        if args or options:
            return super().model_json_schema(*args, **options)
        return copy.deepcopy(_schema(cls))


class Reply(Form):
    """A statement in the model's words. Each kind has its own, whose first field is ``kind``."""

    def fault(self) -> str | None:
        """Return why the fields can't be a statement, whatever the article says, or None."""
        return None

    def normalized(self) -> Self:
        """Return the statement with the values set that follow from its other fields."""
        return self


def union(types: Iterable[Any]) -> Any:
    """Return the union of types that are known only at run time."""
    return reduce(lambda left, right: left | right, types)


@lru_cache(maxsize=64)
def _schema(form: type[Form]) -> dict[str, Any]:
    return super(Form, form).model_json_schema()
