"""Ctrl-C and SIGTERM as an event, for commands that run until they are stopped."""

from __future__ import annotations

import signal
import threading
from collections.abc import Generator
from contextlib import contextmanager

__all__ = ["stop_signals"]


@contextmanager
def stop_signals() -> Generator[threading.Event]:
    """Yield an event that Ctrl-C and SIGTERM set during the ``with`` block instead of raising."""
    stop = threading.Event()

    def on_signal(*_: object) -> None:
        stop.set()

    signals = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, on_signal) for number in signals]
    try:
        yield stop
    finally:
        for number, handler in zip(signals, before, strict=True):
            signal.signal(number, handler)
