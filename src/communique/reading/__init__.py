"""How an article is put to a model: which questions, in which order, with which prefix."""

from __future__ import annotations

from communique.reading.common import Claim, Reading, Strategy
from communique.reading.conversation import conversation
from communique.reading.whole import whole

__all__ = [
    "STRATEGIES",
    "Claim",
    "Reading",
    "Strategy",
    "conversation",
    "whole",
]

STRATEGIES: dict[str, Strategy] = {
    "whole": whole,
    "conversation": conversation,
}
"""Every strategy by the name that a prompt version gives."""
