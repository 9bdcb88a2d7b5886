"""The kinds of statement, and the evidence that proves them.

Each kind is declared in a module of its own and registered here; everything else derives from
that. A new kind needs a module, lines in this one, and data: prompts, gold, training sentences.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import Field

from communique.statements.agreement import AGREEMENT, Agreement, AgreementReply, Status
from communique.statements.base import (
    Attribution,
    Evidence,
    FrozenModel,
    Name,
    SpokenStatement,
    StatementBase,
)
from communique.statements.condition import CONDITION, Condition, ConditionReply, Relation
from communique.statements.kind import Colors, StatementKind
from communique.statements.position import POSITION, Position, PositionReply, Stance
from communique.statements.threat import THREAT, Means, Threat, ThreatReply
from communique.statements.wire import Form, Reply

__all__ = [
    "KINDS",
    "Agreement",
    "AgreementReply",
    "Attribution",
    "Colors",
    "Condition",
    "ConditionReply",
    "Evidence",
    "Form",
    "FrozenModel",
    "Kind",
    "Means",
    "Name",
    "Position",
    "PositionReply",
    "Relation",
    "Reply",
    "SpokenStatement",
    "Stance",
    "Statement",
    "StatementBase",
    "StatementKind",
    "StatementReply",
    "StatementsByKind",
    "Status",
    "Threat",
    "ThreatReply",
    "by_kind",
]

Kind = Literal["position", "condition", "threat", "agreement"]

KINDS: dict[Kind, StatementKind] = {
    "position": POSITION,
    "condition": CONDITION,
    "threat": THREAT,
    "agreement": AGREEMENT,
}
"""Every kind by name, in the order of outputs."""

Statement = Annotated[Position | Condition | Threat | Agreement, Field(discriminator="kind")]
"""A statement of any kind, distinguished by ``kind``."""

StatementReply = PositionReply | ConditionReply | ThreatReply | AgreementReply
"""A statement of any kind in the model's words."""


class StatementsByKind(FrozenModel):
    """Statements in one list per kind, each in article order."""

    positions: tuple[Position, ...] = ()
    conditions: tuple[Condition, ...] = ()
    threats: tuple[Threat, ...] = ()
    agreements: tuple[Agreement, ...] = ()

    @property
    def statements(self) -> tuple[Statement, ...]:
        """All statements in article order: by where their evidence begins."""
        return self._in_order

    @cached_property
    def _in_order(self) -> tuple[Statement, ...]:
        lists: list[tuple[Statement, ...]] = [getattr(self, k.plural) for k in KINDS.values()]
        everything = (statement for of_kind in lists for statement in of_kind)
        return tuple(sorted(everything, key=lambda item: (item.evidence[0].start, item.id)))


def by_kind(statements: Iterable[Statement]) -> dict[str, Any]:
    """Return statements as the fields of `StatementsByKind`, in the order given."""
    given = list(statements)
    return {
        kind.plural: tuple(item for item in given if item.kind == name)
        for name, kind in KINDS.items()
    }
