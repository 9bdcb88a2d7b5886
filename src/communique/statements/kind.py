"""The declaration of a kind of statement, from which everything else about it derives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from types import NoneType
from typing import get_args, get_origin

from communique.statements.base import Attribution, Evidence, StatementBase
from communique.statements.wire import Reply

__all__ = ["Colors", "StatementKind"]


@dataclass(frozen=True)
class Colors:
    """Colors of a kind: on a light and on a dark page (CSS), and in a terminal (rich)."""

    light: str
    dark: str
    terminal: str


@dataclass(frozen=True)
class StatementKind:
    """A kind of statement, from which reading, grounding, output and evaluation derive.

    Attributes:
        statement: the class of its statements.
        reply: the class of its statements in the model's words, with fields in the order in
            which the model writes them.
        plural: name of its list in a summary.
        enumerated: the field with a few given values.
        written: the fields in the order in which a model writes them in a row; those that lead
            to the answer come first.
        colors: the kind's colors in outputs.
        symbol: a character that tells the kind without its color, in outputs.
        names: the fields that name actors; the first one says who states it.
        left_open: text fields that a repeat may leave out or word differently; all other text
            fields must agree for two claims to be the same.
        about: the text field that may name others, such as the target of a threat, or None.
        must_differ: two fields that can't have the same content, or None.
        attribution: attribution of a statement whose evidence has no quotation.
    """

    statement: type[StatementBase]
    reply: type[Reply]
    plural: str
    enumerated: str
    written: tuple[str, ...]
    colors: Colors
    symbol: str
    names: tuple[str, ...] = ("actor", "on_behalf_of")
    left_open: frozenset[str] = frozenset()
    about: str | None = None
    must_differ: tuple[str, str] | None = None
    attribution: Attribution = "reported"

    @cached_property
    def name(self) -> str:
        """The value of ``kind`` in its statements."""
        return self.statement.model_fields["kind"].default

    @cached_property
    def heading(self) -> str:
        """The heading above its statements in outputs."""
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
        """The fields that a repeat may leave open, completed from a fuller wording."""
        others = self.names if self.is_joint else self.names[1:]
        return self.left_open.union(others)

    @cached_property
    def nullable(self) -> frozenset[str]:
        """The fields that may be null."""
        fields = self.reply.model_fields.items()
        return frozenset(name for name, field in fields if NoneType in get_args(field.annotation))

    @cached_property
    def is_joint(self) -> bool:
        """Whether several parties state it together, instead of one actor."""
        return get_origin(self.statement.model_fields[self.names[0]].annotation) is tuple

    @cached_property
    def values(self) -> tuple[str, ...]:
        """The values that the enumerated field can have."""
        return get_args(self.statement.model_fields[self.enumerated].annotation)

    def actors_in(self, item: StatementBase | Reply) -> list[str]:
        """Return the actor, or the parties, of a statement or a reply."""
        return _listed(getattr(item, self.names[0]))

    def names_in(self, item: StatementBase | Reply) -> list[str]:
        """Return all names in a statement or a reply, including whom an actor speaks for."""
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
        """Return the statement that a reply describes, with its evidence.

        Raises:
            pydantic.ValidationError: a required field is empty, or the fields contradict each
                other.
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
