"""What parties agree on, and in what state it is."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, computed_field

from communique.statements.base import Name, StatementBase

__all__ = ["Agreement", "Status"]

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
        >>> agreement.parties, agreement.subject, agreement.status
        (('Ukraine', 'European Union'), 'security guarantees', 'agreed')
    """

    kind: Literal["agreement"] = "agreement"
    parties: tuple[Name, ...] = Field(min_length=1)
    subject: Name
    status: Status

    @computed_field
    @property
    def summary(self) -> str:
        """The agreement in one sentence."""
        return f"{', '.join(self.parties)}: {self.subject} ({self.status.replace('_', ' ')})."
