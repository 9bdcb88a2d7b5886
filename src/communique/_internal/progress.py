"""Reports by which long work tells its caller how far it is."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

__all__ = ["Abandoned", "OnProgress", "Progress", "unless"]


@dataclass(frozen=True, slots=True)
class Progress:
    """One step of progress.

    Attributes:
        stage: ``download`` (weights, in bytes), ``load`` (the model, no measure) or
            ``read`` (questions asked about the article).
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


class Abandoned(Exception):
    """Raised in the thread of work that nobody waits for any more, to end it."""


def unless(abandoned: threading.Event | None, on_progress: OnProgress | None) -> OnProgress:
    """Return an ``on_progress`` that ends the work once the event is set.

    Work that reports often enough can be stopped by its reports; it needs no other channel.
    """

    def report(progress: Progress) -> None:
        if abandoned is not None and abandoned.is_set():
            raise Abandoned
        if on_progress is not None:
            on_progress(progress)

    return report
