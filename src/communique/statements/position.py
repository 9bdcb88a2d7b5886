"""Who supports or opposes what."""

from __future__ import annotations

from typing import Literal

from pydantic import computed_field

from communique.statements.base import Name, StatementBase, speaker

__all__ = ["Position", "Stance"]

Stance = Literal["supports", "opposes", "conditional", "undecided"]


class Position(StatementBase):
    """Who supports or opposes which proposal, policy or state of affairs.

    Examples:
        ``summary`` is that of `communique.summarize`'s example.

        >>> position = summary.positions[0]
        >>> position.actor, position.on_behalf_of, position.stance, position.issue
        ('Vladimir Putin', 'Russia', 'opposes', 'Ukraine joining NATO')
    """

    kind: Literal["position"] = "position"
    actor: Name
    stance: Stance
    issue: Name

    @computed_field
    @property
    def summary(self) -> str:
        """The position in one sentence."""
        verb = {
            "supports": "supports",
            "opposes": "opposes",
            "conditional": "supports on conditions",
            "undecided": "is undecided on",
        }[self.stance]
        return f"{speaker(self.actor, self.on_behalf_of)} {verb}: {self.issue}."
