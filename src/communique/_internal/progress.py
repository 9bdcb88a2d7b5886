"""Progress reports of long-running work."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

__all__ = ["Abandoned", "OnProgress", "Progress", "unless"]


@dataclass(frozen=True, slots=True)
class Progress:
    """A report of progress.

    Attributes:
        stage: ``download`` (weights, in bytes), ``load`` (the model, no measure) or
            ``read`` (questions asked about the article).
        done: amount of work done, in the stage's unit.
        total: total amount of work, or None if unknown.
        message: a short description for people.
    """

    stage: Literal["download", "load", "read"]
    done: int
    total: int | None
    message: str


OnProgress = Callable[[Progress], None]
"""Called from the thread that does the work; must return quickly and never raise."""


class Abandoned(Exception):
    """Raised in a thread to end work that nobody is waiting for."""


def unless(abandoned: threading.Event | None, on_progress: OnProgress | None) -> OnProgress:
    """Return an ``on_progress`` that raises `Abandoned` once the event is set.

    Work that reports often can thus be stopped without another channel.
    """

    def report(progress: Progress) -> None:
        if abandoned is not None and abandoned.is_set():
            raise Abandoned
        if on_progress is not None:
            on_progress(progress)

    return report
