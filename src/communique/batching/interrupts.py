"""Ctrl-C that lets running work end first."""

from __future__ import annotations

import _thread
import signal
import threading
from collections.abc import Generator
from contextlib import contextmanager

__all__ = ["GRACE_SECONDS", "first_interrupt"]

GRACE_SECONDS = 5.0
"""Seconds that articles in progress have to end after Ctrl-C."""


@contextmanager
def first_interrupt(grace: float = GRACE_SECONDS) -> Generator[threading.Event]:
    """During the ``with`` block, let the first Ctrl-C only set the event.

    ``KeyboardInterrupt`` is raised at the second one, or after ``grace`` seconds. Outside the
    main thread, or if the program handles Ctrl-C itself, nothing changes, and the event stays
    unset.
    """
    stop = threading.Event()
    timer = threading.Timer(grace, _interrupt)
    timer.daemon = True

    def handle(number: int, frame: object) -> None:
        del number, frame
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()
        timer.start()

    is_main = threading.current_thread() is threading.main_thread()
    if not is_main or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield stop
        return
    signal.signal(signal.SIGINT, handle)
    try:
        yield stop
    finally:
        timer.cancel()
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _interrupt() -> None:
    if hasattr(signal, "pthread_kill"):  # which also ends a read that blocks
        main = threading.main_thread().ident
        assert main is not None  # noqa: S101 it runs
        signal.pthread_kill(main, signal.SIGINT)
    else:
        _thread.interrupt_main()
