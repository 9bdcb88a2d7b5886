"""The code of an actor: its state or international organisation, and its sector."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ActorCode"]

# PLOVER's own codes, where they are not those of ISO 3166-1.
_PLOVER = {"XKX": "KOS"}


@dataclass(frozen=True, slots=True)
class ActorCode:
    """What a name says about the actor that bears it.

    Attributes:
        iso3: the state's code by ISO 3166-1 alpha-3, such as ``RUS``; ``XKX`` for Kosovo, which
            has none there. None for an organisation.
        cow: the state's number in the state system of the Correlates of War project, or None if
            it is no member.
        organization: ``UNO`` for the United Nations and their bodies, ``EUR`` for the European
            Union and its bodies, ``IGO`` for other organisations of governments, else None.
        sector: PLOVER's code of the sector, such as ``GOV`` or ``MIL``, or None if the name does
            not say it.
    """

    iso3: str | None = None
    cow: int | None = None
    organization: str | None = None
    sector: str | None = None

    @property
    def code(self) -> str | None:
        """The state's code in PLOVER, which has ``KOS`` for Kosovo, or that of the organisation."""
        return self.organization or (_PLOVER.get(self.iso3, self.iso3) if self.iso3 else None)
