"""Waiting in the main thread, until Ctrl-C."""

from __future__ import annotations

import threading
import time

__all__ = ["wait"]

_SLICE = 0.2
"""Seconds after which an event that has been set is noticed."""


def wait(seconds: float, stop: threading.Event) -> None:
    """Wait for some seconds, or until the event is set.

    The handler of Ctrl-C sets the event, in the main thread, whatever that is doing. If it were
    inside ``stop.wait()``, which holds the event's lock for a moment, both would wait for ever.
    """
    until = time.monotonic() + seconds
    while not stop.is_set() and (left := until - time.monotonic()) > 0:
        time.sleep(min(left, _SLICE))
