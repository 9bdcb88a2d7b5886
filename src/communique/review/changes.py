"""What the page asks for: one change of an article, with the revision that the reader saw."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Field, NonNegativeInt, TypeAdapter

from communique.statements import FrozenModel, Kind, Name

__all__ = [
    "CHANGE",
    "Accept",
    "AcceptAll",
    "Add",
    "Change",
    "Edit",
    "Gist",
    "Gold",
    "Reject",
    "Step",
]


class _Change(FrozenModel):
    """Base of all changes.

    Attributes:
        revision: the article's revision that the reader had in view.
    """

    revision: NonNegativeInt


class _OfStatement(_Change):
    statement: Name


class Accept(_OfStatement):
    """The statement is right as it is."""

    action: Literal["accept"]


class Reject(_OfStatement):
    """There is no such statement in the article."""

    action: Literal["reject"]


class Edit(_OfStatement):
    """The statement has other fields, or other evidence.

    Attributes:
        fields: the fields that a reader can change.
        spans: start and end of all its evidence, in the text as the page has it.
    """

    action: Literal["edit"]
    fields: dict[str, Any]
    spans: tuple[tuple[NonNegativeInt, NonNegativeInt], ...]


class Add(_Change):
    """The article has one more statement; see `Edit`."""

    action: Literal["add"]
    kind: Kind
    fields: dict[str, Any]
    spans: tuple[tuple[NonNegativeInt, NonNegativeInt], ...]


class AcceptAll(_Change):
    """All statements that are not decided yet are right."""

    action: Literal["accept-all"]


class Gist(_Change):
    """The gist is this."""

    action: Literal["gist"]
    gist: str


class Step(_Change):
    """The last change is undone, or what was undone is done again."""

    action: Literal["undo", "redo"]


class Gold(_Change):
    """The article is finished: its gold is written."""

    action: Literal["gold"]


Change: TypeAlias = Accept | Reject | Edit | Add | AcceptAll | Gist | Step | Gold

CHANGE: TypeAdapter[Change] = TypeAdapter(Annotated[Change, Field(discriminator="action")])
