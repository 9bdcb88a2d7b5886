"""What was looked at, and what was found."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from communique.errors import CommuniqueError
from communique.models.secrets import scrub

__all__ = ["Check", "State"]

State = Literal["ok", "skipped", "warning", "error"]


@dataclass(frozen=True, slots=True)
class Check:
    """Something that was looked at.

    Attributes:
        name: what it is, in a word.
        state: ``skipped`` means that it was not tried.
        says: what was found.
        advice: what to do about it, or None.
        error: the error that an article would end in, or None.
    """

    name: str
    state: State
    says: str
    advice: str | None = None
    error: CommuniqueError | None = field(default=None, repr=False)

    @classmethod
    def failed(cls, name: str, error: CommuniqueError, advice: str | None = None) -> Check:
        """Return a check that found what ends in an error."""
        return cls(name, "error", str(error), advice, error)

    def scrubbed(self) -> Check:
        """Return the check without keys, which words of a server may have in them."""
        advice = None if self.advice is None else scrub(self.advice)
        return Check(self.name, self.state, scrub(self.says), advice, self.error)
