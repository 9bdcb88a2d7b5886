"""How an article is put to a model: which questions, in which order, with which prefix."""

from __future__ import annotations

from communique.strategies.common import Claim, Reading, Strategy
from communique.strategies.conversation import conversation
from communique.strategies.sentencewise import sentencewise
from communique.strategies.sifted import sifted
from communique.strategies.whole import whole

__all__ = [
    "STRATEGIES",
    "Claim",
    "Reading",
    "Strategy",
    "conversation",
    "sentencewise",
    "sifted",
    "whole",
]

STRATEGIES: dict[str, Strategy] = {
    "whole": whole,
    "sentencewise": sentencewise,
    "sifted": sifted,
    "conversation": conversation,
}
"""Every strategy by the name that a prompt version gives."""
