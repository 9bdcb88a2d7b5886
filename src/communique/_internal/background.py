"""Run asynchronous work for synchronous callers, in an event loop of its own."""

from __future__ import annotations

import asyncio
import atexit
import concurrent.futures
import os
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

__all__ = ["background_loop", "clean_up", "in_thread", "run"]

ResultT = TypeVar("ResultT")

# Windows delivers Ctrl-C only between waits, so no wait may be endless.
_WAIT_SECONDS = 0.5

_LEAVE_SECONDS = 1.0
"""Time that the end of the program gives to work that is being cancelled."""


class _Background:
    """An event loop in a thread of its own, shared by all synchronous calls of the process.

    Connections belong to a loop. One lasting loop lets them be used again, and lets
    synchronous code run where the caller's thread already has a loop (notebooks).
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self.has_ended = False

    def loop(self) -> asyncio.AbstractEventLoop:
        """Return the loop; the first call starts it."""
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(
                    target=self._keep_running, args=[self._loop], name="communique", daemon=True
                )
                self._thread.start()
            return self._loop

    def is_here(self) -> bool:
        """Return whether the caller is in the loop's own thread."""
        return threading.current_thread() is self._thread

    def forget(self) -> None:
        """Start over in a forked child: the thread and whoever held the lock are the parent's."""
        self._lock = threading.Lock()
        self._loop = self._thread = None

    def end(self) -> None:
        """Cancel all work and stop the loop: a thread that is frozen at exit finishes nothing."""
        self.has_ended = True
        if self._loop is None or self._thread is None:
            return
        leaving = asyncio.run_coroutine_threadsafe(_leave(self._loop), self._loop)
        concurrent.futures.wait([leaving], timeout=_LEAVE_SECONDS)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_LEAVE_SECONDS)

    def _keep_running(self, loop: asyncio.AbstractEventLoop) -> None:
        # asyncio hands SystemExit to whoever waits for the task, and raises it here, too.
        while not self.has_ended:
            with suppress(KeyboardInterrupt, SystemExit):
                loop.run_forever()


async def _leave(loop: asyncio.AbstractEventLoop) -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await loop.shutdown_asyncgens()


_BACKGROUND = _Background()
atexit.register(_BACKGROUND.end)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_BACKGROUND.forget)


def background_loop() -> asyncio.AbstractEventLoop:
    """Return the event loop in which `run` and `clean_up` run their work."""
    return _BACKGROUND.loop()


def run(work: Coroutine[Any, Any, ResultT]) -> ResultT:
    """Return the result of asynchronous work; any thread may wait, with or without a loop.

    Raises:
        RuntimeError: called from such work itself, for example from ``on_progress``, which
            would wait for itself; or while Python shuts down.
    """
    if _BACKGROUND.is_here():
        work.close()
        raise RuntimeError(
            "a synchronous function of communique was called from one of its callbacks, such as "
            "on_progress; hand the work to another thread, or use the asynchronous functions"
        )
    if _BACKGROUND.has_ended:
        work.close()
        raise RuntimeError("communique can't be used any more: Python is shutting down")
    future = asyncio.run_coroutine_threadsafe(work, _BACKGROUND.loop())
    try:
        while not concurrent.futures.wait([future], timeout=_WAIT_SECONDS).done:
            pass
        return future.result()
    except BaseException:
        # Ctrl-C, above all: the request must not continue behind the caller's back.
        future.cancel()
        raise


def clean_up(work: Coroutine[Any, Any, None]) -> None:
    """Run asynchronous work that closes something, wherever Python calls for it.

    What is left unfinished may be closed by the garbage collector, in any thread, and at the
    end of the program, when nothing is left to close.
    """
    if _BACKGROUND.has_ended:
        work.close()
    elif _BACKGROUND.is_here():
        asyncio.run_coroutine_threadsafe(work, _BACKGROUND.loop())
    else:
        run(work)


async def in_thread(work: Callable[[threading.Event], ResultT]) -> ResultT:
    """Return the result of blocking work in a thread that can be left behind.

    Unlike those of `asyncio.to_thread`, the thread does not keep the process from ending.

    Args:
        work: called with an event that is set when nobody waits for the result any more.
    """
    loop = asyncio.get_running_loop()
    result: asyncio.Future[ResultT] = loop.create_future()
    abandoned = threading.Event()

    def settle(give: Callable[[], None]) -> None:
        if not result.done():
            give()

    def target() -> None:
        try:
            give = partial(result.set_result, work(abandoned))
        except BaseException as exc:  # noqa: BLE001 it is raised where it is waited for
            give = partial(result.set_exception, exc)
        if not abandoned.is_set():
            loop.call_soon_threadsafe(settle, give)

    threading.Thread(target=target, name="communique-work", daemon=True).start()
    try:
        return await result
    finally:
        abandoned.set()
