"""How long work tells its caller how far it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

__all__ = ["OnProgress", "Progress"]


@dataclass(frozen=True, slots=True)
class Progress:
    """One step of progress.

    Attributes:
        stage: ``download`` (weights, in bytes), ``load`` (the model, no measure) or
            ``read`` (questions asked about the article; sentences for ``sentencewise``).
        done: how much is done, in the stage's unit.
        total: how much there is, or None if that is not known.
        message: a short sentence for a person.
    """

    stage: Literal["download", "load", "read"]
    done: int
    total: int | None
    message: str


OnProgress = Callable[[Progress], None]
"""Called from the thread that does the work; it must be quick and must not raise."""
