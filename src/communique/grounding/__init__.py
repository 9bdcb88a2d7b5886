"""Grounding: from the model's claims to statements with evidence, merged or rejected."""

from __future__ import annotations

from communique.grounding.gist import ground_gist
from communique.grounding.grounder import Grounded, Grounder, ground
from communique.grounding.orders import orders_in, without_orders

__all__ = [
    "Grounded",
    "Grounder",
    "ground",
    "ground_gist",
    "orders_in",
    "without_orders",
]
