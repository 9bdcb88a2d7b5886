"""Positions: who supports or opposes what."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import computed_field

from communique.statements.base import Name, SpokenStatement
from communique.statements.kind import Colors, StatementKind
from communique.statements.wire import Reply

__all__ = ["POSITION", "Position", "PositionReply", "Stance"]

Stance = Literal["supports", "opposes", "conditional", "undecided"]

_VERBS: dict[Stance, str] = {
    "supports": "supports",
    "opposes": "opposes",
    "conditional": "supports on conditions",
    "undecided": "is undecided on",
}

# From "He opposes himself in practice", a small model makes the issue "opposes himself".
_REFLEXIVE = re.compile(
    r"(?:(?:oppos|support)\w*\s+)?(?:himself|herself|itself|themselves|oneself|ourselves|myself)\b(?!\s+\w+ing\b)",
    re.IGNORECASE,
)


class Position(SpokenStatement):
    """Who supports or opposes which proposal, policy or state of affairs.

    Examples:
        ``summary`` is that of `communique.summarize`'s example.

        >>> position = summary.positions[0]
        >>> position.actor, position.on_behalf_of, position.stance, position.issue
        ('Vladimir Putin', 'Russia', 'opposes', 'Ukraine joining NATO')
    """

    kind: Literal["position"] = "position"
    stance: Stance
    issue: Name

    @property
    def said(self) -> str:
        """The stance and the issue."""
        return f"{self.stance}: {self.issue}"

    @computed_field
    @property
    def summary(self) -> str:
        """The position in one sentence."""
        return f"{self.who} {_VERBS[self.stance]}: {self.issue}."


class PositionReply(Reply):
    """A position, as the model words it."""

    kind: Literal["position"]
    actor: str
    on_behalf_of: str | None
    issue: str
    stance: Stance

    def fault(self) -> str | None:
        """Return that the issue is the actor, if it is."""
        return "its issue is the actor" if _REFLEXIVE.match(self.issue) else None


POSITION = StatementKind(
    statement=Position,
    reply=PositionReply,
    plural="positions",
    enumerated="stance",
    written=("issue", "stance", "actor", "on_behalf_of"),
    colors=Colors("#0a5ea8", "#7cbcff", "cyan"),
    symbol="●",
    about="issue",
)
