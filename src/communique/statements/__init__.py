"""The four kinds of statement, and the evidence that proves them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from communique.statements.agreement import Agreement, Status
from communique.statements.base import Attribution, Evidence, Name, speaker
from communique.statements.condition import Condition, Relation
from communique.statements.position import Position, Stance
from communique.statements.threat import Means, Threat

__all__ = [
    "Agreement",
    "Attribution",
    "Condition",
    "Evidence",
    "Kind",
    "Means",
    "Name",
    "Position",
    "Relation",
    "Stance",
    "Statement",
    "Status",
    "Threat",
    "who",
]

Kind = Literal["position", "condition", "threat", "agreement"]

Statement = Annotated[Position | Condition | Threat | Agreement, Field(discriminator="kind")]
"""One of the four kinds, told apart by ``kind``."""


def who(statement: Statement) -> str:
    """Return the actor and whom it speaks for, or the parties, in words."""
    if isinstance(statement, Agreement):
        return ", ".join(statement.parties)
    return speaker(statement.actor, statement.on_behalf_of)
