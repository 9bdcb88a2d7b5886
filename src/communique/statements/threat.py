"""Threats: who warns whom of which harm."""

from __future__ import annotations

from typing import Literal

from pydantic import computed_field

from communique.statements.base import Name, SpokenStatement
from communique.statements.kind import Colors, StatementKind
from communique.statements.wire import Reply

__all__ = ["THREAT", "Means", "Threat", "ThreatReply"]

Means = Literal["military", "nuclear", "economic", "diplomatic", "legal", "cyber", "other"]


class Threat(SpokenStatement):
    """Who warns of harm to whom. ``trigger`` is None if none is stated.

    Examples:
        ``summary`` is that of `communique.summarize`'s example.

        >>> threat = summary.threats[1]
        >>> threat.actor, threat.target
        ('Vladimir Putin', 'foreign soldiers')
        >>> threat.attribution
        'direct_quote'
    """

    kind: Literal["threat"] = "threat"
    target: Name
    action: Name
    trigger: Name | None
    means: Means

    @property
    def said(self) -> str:
        """The target, the harm, its trigger and its means."""
        trigger = f" — if: {self.trigger}" if self.trigger else ""
        return f"against {self.target}: {self.action}{trigger} [{self.means}]"

    @computed_field
    @property
    def summary(self) -> str:
        """The threat in one sentence."""
        trigger = f" if {self.trigger}" if self.trigger else ""
        return f"{self.who} threatens {self.target}: {self.action}{trigger}."


class ThreatReply(Reply):
    """A threat, as the model words it."""

    kind: Literal["threat"]
    actor: str
    on_behalf_of: str | None
    target: str
    action: str
    trigger: str | None
    means: Means


THREAT = StatementKind(
    statement=Threat,
    reply=ThreatReply,
    plural="threats",
    enumerated="means",
    written=("action", "target", "trigger", "means", "actor", "on_behalf_of"),
    colors=Colors("#b71c1c", "#ff9189", "red"),
    symbol="▲",
    about="target",
    left_open=frozenset({"trigger"}),
)
