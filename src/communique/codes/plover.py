"""Statements as events of PLOVER, the Political Language Ontology for Verifiable Event Records.

The codebook is that of the Open Event Data Alliance (2021, draft 0.8). A statement is an event
only if its kind and its field with a few given values are enough to say which:

=========================================  ==========  ==========================================
statement                                  event       by the codebook
=========================================  ==========  ==========================================
threat                                     THREATEN    a coercive warning; ``means`` is the context
condition without an outcome (a demand)    REQUEST     requests, demands and orders
position, supports                         SUPPORT     support for a policy, an action or an actor
position, opposes                          REJECT      rejections and refusals
agreement, negotiating                     CONSULT     talks; all parties are the source
agreement, agreed                          AGREE       agreement to cooperate; all parties likewise
agreement, rejected                        REJECT      a proposal that failed, whoever refused it
=========================================  ==========  ==========================================

Other statements are no events here. A condition with an outcome may be an offer or a refusal. A
proposal does not say who made it. That an agreement is in force, suspended, violated or ended
does not say who did what to whom. The categories for deeds (COERCE, ASSAULT, PROTEST, AID, …) are
about what happens, and statements about what is said.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast, get_args

from communique.errors import SettingsError
from communique.statements import Agreement, Condition, Means, Position, Statement, Threat

__all__ = ["EVENTS", "PloverContext", "PloverEvent", "PloverType", "check_codebook", "event_of"]

PloverType = Literal["AGREE", "CONSULT", "SUPPORT", "REQUEST", "REJECT", "THREATEN"]
"""The codebook's categories that statements can be."""

PloverContext = Literal["military", "cbrn", "economic", "diplomatic", "legal", "cyber"]
"""The codebook's contexts that a threat's means can be."""

EVENTS: tuple[PloverType, ...] = get_args(PloverType)

_POSITIONS: dict[str, PloverType] = {"supports": "SUPPORT", "opposes": "REJECT"}
_AGREEMENTS: dict[str, PloverType] = {
    "negotiating": "CONSULT",
    "agreed": "AGREE",
    "rejected": "REJECT",
}
_CONTEXTS: dict[Means, PloverContext] = {
    "nuclear": "cbrn",
    **{cast("Means", name): name for name in get_args(PloverContext) if name != "cbrn"},
}


@dataclass(frozen=True, slots=True)
class PloverEvent:
    """An event by the codebook.

    Attributes:
        type: its category.
        context: its context, or None if the statement has no field for it.
        target: to whom it is directed, or None if the statement does not say it.
    """

    type: PloverType
    context: PloverContext | None = None
    target: str | None = None


def check_codebook(name: object) -> None:
    """Check that there is a codebook of this name.

    Raises:
        SettingsError: there is none; the message says which there are.
    """
    if name != "plover":
        raise SettingsError(
            f"codebook: there is no {name!r}; use 'plover' for event data, or None for statements"
        )


def event_of(statement: Statement) -> PloverEvent | None:
    """Return the event that a statement is, or None if it is none; see the module's table.

    Examples:
        ``summary`` is that of `communique.summarize`'s example.

        >>> from communique.codes import event_of
        >>> event_of(summary.threats[1])
        PloverEvent(type='THREATEN', context='military', target='foreign soldiers')
    """
    match statement:
        case Threat():
            return PloverEvent("THREATEN", _CONTEXTS.get(statement.means), statement.target)
        case Condition():
            return PloverEvent("REQUEST") if statement.outcome is None else None
        case Position():
            name = _POSITIONS.get(statement.stance)
        case Agreement():
            name = _AGREEMENTS.get(statement.status)
        case _:  # a kind that the codebook's table does not know
            name = None
    return PloverEvent(name) if name else None
