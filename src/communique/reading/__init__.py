"""Strategies for reading an article: the questions, their order, and the messages before them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from communique.models import Message
from communique.reading.common import Claim, Reading, Shown, Strategy
from communique.reading.conversation import conversation, conversation_prefix
from communique.reading.session import Limits, Session
from communique.reading.whole import whole, whole_prefix

if TYPE_CHECKING:
    from communique.prompts import Prompt

__all__ = [
    "PREFIXES",
    "STRATEGIES",
    "Claim",
    "Limits",
    "Reading",
    "Session",
    "Shown",
    "Strategy",
    "conversation",
    "whole",
]

STRATEGIES: dict[str, Strategy] = {
    "whole": whole,
    "conversation": conversation,
}
"""Every strategy by its name in a prompt version."""

PREFIXES: dict[str, Callable[[Prompt], tuple[Message, ...]]] = {
    "whole": whole_prefix,
    "conversation": conversation_prefix,
}
"""For each strategy, the function that makes the messages before an article from a prompt."""
