"""What must hold before something happens."""

from __future__ import annotations

from typing import Literal

from pydantic import computed_field

from communique.statements.base import Name, StatementBase, speaker

__all__ = ["Condition", "Relation"]

Relation = Literal["if", "only_if", "unless", "until", "after", "before"]


class Condition(StatementBase):
    """What must hold before an actor does, accepts or allows something.

    ``outcome`` is None for a bare demand.

    Examples:
        ``summary`` is that of `communique.summarize`'s example.

        >>> demands = [item for item in summary.conditions if item.outcome is None]
        >>> demands[1].summary
        'Vladimir Putin (Russia) demands: peace agreements are reached that bring lasting peace.'
    """

    kind: Literal["condition"] = "condition"
    actor: Name
    condition: Name
    outcome: Name | None
    relation: Relation

    @computed_field
    @property
    def summary(self) -> str:
        """The condition in one sentence."""
        who = speaker(self.actor, self.on_behalf_of)
        if self.outcome is None:
            return f"{who} demands: {self.condition}."
        return f"{who}: {self.outcome} {self.relation.replace('_', ' ')} {self.condition}."
