"""Agreements: what parties agree on, and its status."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, computed_field

from communique.statements.base import Name, StatementBase
from communique.statements.kind import Colors, StatementKind
from communique.statements.wire import Reply

__all__ = ["AGREEMENT", "Agreement", "AgreementReply", "Status"]

Status = Literal[
    "proposed",
    "negotiating",
    "agreed",
    "in_force",
    "rejected",
    "suspended",
    "violated",
    "ended",
]


class Agreement(StatementBase):
    """A deal, treaty, truce, guarantee or joint commitment, and its state.

    Examples:
        ``summary`` is that of `communique.summarize`'s example.

        >>> agreement = summary.agreements[0]
        >>> agreement.parties, agreement.status
        (('26 European countries', 'Ukraine'), 'proposed')
    """

    kind: Literal["agreement"] = "agreement"
    parties: tuple[Name, ...] = Field(min_length=1)
    subject: Name
    status: Status

    @property
    def who(self) -> str:
        """The parties."""
        return ", ".join(self.parties)

    @property
    def said(self) -> str:
        """The subject and its status."""
        return f"{self.subject} [{self.status.replace('_', ' ')}]"

    @computed_field
    @property
    def summary(self) -> str:
        """The agreement in one sentence."""
        return f"{self.who}: {self.subject} ({self.status.replace('_', ' ')})."


class AgreementReply(Reply):
    """An agreement, as the model words it."""

    kind: Literal["agreement"]
    parties: list[str]
    subject: str
    status: Status


AGREEMENT = StatementKind(
    statement=Agreement,
    reply=AgreementReply,
    plural="agreements",
    enumerated="status",
    written=("subject", "status", "parties"),
    colors=Colors("#1f6b2a", "#7ee787", "green"),
    symbol="■",
    names=("parties",),
    attribution="narrated",
)
