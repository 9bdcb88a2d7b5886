"""Who warns of harm to whom."""

from __future__ import annotations

from typing import Literal

from pydantic import computed_field

from communique.statements.base import Name, StatementBase, speaker

__all__ = ["Means", "Threat"]

Means = Literal["military", "nuclear", "economic", "diplomatic", "legal", "cyber", "other"]


class Threat(StatementBase):
    """Who warns of harm to whom. ``trigger`` is None if none is stated.

    Examples:
        ``summary`` is that of `communique.summarize`'s example.

        >>> threat = summary.threats[0]
        >>> threat.target, threat.action, threat.means
        ('foreign troops in Ukraine', 'consider them valid targets for attack', 'military')
        >>> threat.attribution
        'direct_quote'
    """

    kind: Literal["threat"] = "threat"
    actor: Name
    target: Name
    action: Name
    trigger: Name | None
    means: Means

    @computed_field
    @property
    def summary(self) -> str:
        """The threat in one sentence."""
        trigger = f" if {self.trigger}" if self.trigger else ""
        who = speaker(self.actor, self.on_behalf_of)
        return f"{who} threatens {self.target}: {self.action}{trigger}."
