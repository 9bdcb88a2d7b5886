"""How an article is put to a model: which questions, in which order, with which prefix."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from communique.models import Message
from communique.reading.common import Claim, Reading, Strategy
from communique.reading.conversation import conversation, conversation_prefix
from communique.reading.whole import whole, whole_prefix

if TYPE_CHECKING:
    from communique.prompts import Prompt

__all__ = [
    "PREFIXES",
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

PREFIXES: dict[str, Callable[[Prompt], tuple[Message, ...]]] = {
    "whole": whole_prefix,
    "conversation": conversation_prefix,
}
"""What a strategy says before an article, made from a prompt: instructions and examples."""
