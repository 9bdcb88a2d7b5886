"""How an article is put to a model: which questions, in which order, with which prefix."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from pydantic import BaseModel

from communique.models import Message
from communique.reading.common import Claim, Reading, Strategy
from communique.reading.conversation import (
    conversation,
    conversation_example,
    conversation_forms,
)
from communique.reading.whole import whole, whole_example, whole_forms

if TYPE_CHECKING:
    from communique.prompts import Example, Questions

__all__ = [
    "EXAMPLE_TURNS",
    "FORMS",
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

EXAMPLE_TURNS: dict[str, Callable[[Example, Questions], list[Message]]] = {
    "whole": whole_example,
    "conversation": conversation_example,
}
"""How each strategy puts an example to the model."""

FORMS: dict[str, Callable[[], dict[str, type[BaseModel]]]] = {
    "whole": whole_forms,
    "conversation": conversation_forms,
}
"""All forms of answers that each strategy may ask for."""
