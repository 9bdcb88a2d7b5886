"""What is to be known about a kind of statement beside the class of its statements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import NoneType
from typing import get_args, get_origin

from communique.statements.base import Attribution, Evidence, StatementBase
from communique.statements.wire import Reply

__all__ = ["Colors", "StatementKind"]


@dataclass(frozen=True)
class Colors:
    """Colors of a kind: on a light page and on a dark one (CSS), and in a terminal (rich)."""

    light: str
    dark: str
    terminal: str


@dataclass(frozen=True)
class StatementKind:
    """A kind of statement: what reading, grounding, output and evaluation derive from.

    Attributes:
        statement: the class of its statements.
        reply: the statement in the model's words; its fields are in the order in which the
            model writes them.
        plural: name of its list in a summary.
        enumerated: the field that has one of a few given values.
        asked: for the question about one sentence, the fields in the order in which the model
            fills them in, each with its key. Keys are half of a short answer's tokens.
        colors: of the kind in outputs.
        names: the fields that name actors; the first one says who states it.
        left_open: text fields that a repeat may leave out or word differently; all other text
            fields must agree for two claims to be the same.
        must_differ: two fields that can't say the same, or None.
        attribution: of a statement whose evidence quotes nobody.
    """

    statement: type[StatementBase]
    reply: type[Reply]
    plural: str
    enumerated: str
    asked: Mapping[str, str]
    colors: Colors
    names: tuple[str, ...] = ("actor", "on_behalf_of")
    left_open: frozenset[str] = frozenset()
    must_differ: tuple[str, str] | None = None
    attribution: Attribution = "reported"

    @cached_property
    def name(self) -> str:
        """The value of ``kind`` in its statements."""
        return self.statement.model_fields["kind"].default

    @cached_property
    def heading(self) -> str:
        """What stands above its statements in outputs."""
        return self.plural.capitalize()

    @cached_property
    def fields(self) -> tuple[str, ...]:
        """The fields that say who states what, in the order of the statement's class."""
        shared = {*StatementBase.model_fields, "kind"}
        return tuple(name for name in self.statement.model_fields if name not in shared)

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """The fields in the model's own words."""
        return tuple(f for f in self.fields if f not in {*self.names, self.enumerated})

    @cached_property
    def content(self) -> tuple[str, ...]:
        """The texts that must agree for two statements to be the same."""
        return tuple(name for name in self.texts if name not in self.left_open)

    @cached_property
    def completed(self) -> frozenset[str]:
        """The fields that a repeat may leave open, to be completed from a fuller wording."""
        others = self.names if self.is_joint else self.names[1:]
        return self.left_open.union(others)

    @cached_property
    def nullable(self) -> frozenset[str]:
        """The fields that may be null."""
        fields = self.reply.model_fields.items()
        return frozenset(name for name, field in fields if NoneType in get_args(field.annotation))

    @cached_property
    def is_joint(self) -> bool:
        """Whether several parties state it together, none of them for another."""
        return get_origin(self.statement.model_fields[self.names[0]].annotation) is tuple

    @cached_property
    def values(self) -> tuple[str, ...]:
        """The values that the enumerated field can have."""
        return get_args(self.statement.model_fields[self.enumerated].annotation)

    def actors_in(self, item: StatementBase | Reply) -> list[str]:
        """Return the actor, or the parties, that state it."""
        return _listed(getattr(item, self.names[0]))

    def names_in(self, item: StatementBase | Reply) -> list[str]:
        """Return all the names in a statement or a reply: those it speaks for, too."""
        return [name for field in self.names for name in _listed(getattr(item, field))]

    def build(
        self,
        reply: Reply,
        *,
        id: str,  # noqa: A002 the field's name
        evidence: Sequence[Evidence],
        attribution: Attribution | None = None,
        confidence: float | None = None,
    ) -> StatementBase:
        """Return the statement that a reply makes, with its evidence.

        Raises:
            pydantic.ValidationError: a field is empty that must not be, or the fields
                contradict each other.
        """
        return self.statement.model_validate(
            {
                **reply.model_dump(include={"kind", *self.fields}),
                "id": id,
                "evidence": tuple(evidence),
                "attribution": attribution or self.attribution,
                "confidence": confidence,
            }
        )


def _listed(names: str | Sequence[str] | None) -> list[str]:
    return [names] if isinstance(names, str) else list(names or ())
