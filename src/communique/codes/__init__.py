"""Codes of states, organisations and sectors for the names of actors, and PLOVER's event types."""

from __future__ import annotations

from communique.codes.actor_code import ActorCode
from communique.codes.coder import find_code
from communique.codes.plover import PloverEvent, event_of

__all__ = ["ActorCode", "PloverEvent", "event_of", "find_code"]
