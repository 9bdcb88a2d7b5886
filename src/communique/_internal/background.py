"""An event loop in a background thread, which runs asynchronous work for synchronous callers."""

from __future__ import annotations

import asyncio
import atexit
import concurrent.futures
import logging
import os
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

__all__ = ["background_loop", "clean_up", "in_thread", "run"]

_LOG = logging.getLogger(__name__)

ResultT = TypeVar("ResultT")

# Windows delivers Ctrl-C only between waits, so every wait needs a timeout.
_WAIT_SECONDS = 0.5

_LEAVE_SECONDS = 1.0
"""Seconds that cancelled work may take at the end of the program."""

_STOP_SECONDS = 2.0
"""The same after Ctrl-C."""


class _Background:
    """An event loop in its own thread, shared by all synchronous calls of the process.

    Connections belong to a loop, so one permanent loop can reuse them. It also serves callers
    whose thread already runs a loop, such as notebooks. A loop whose thread has died is replaced.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self.has_ended = False

    def loop(self) -> asyncio.AbstractEventLoop:
        """Return the loop; the first call starts it."""
        with self._lock:
            if self._loop is None or not self.is_alive(self._loop):
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(
                    target=self._keep_running, args=[self._loop], name="communique", daemon=True
                )
                self._thread.start()
            return self._loop

    def is_alive(self, loop: asyncio.AbstractEventLoop) -> bool:
        """Return whether a loop is this one, and its thread runs."""
        return loop is self._loop and self._thread is not None and self._thread.is_alive()

    def is_here(self) -> bool:
        """Return whether the caller is in the loop's own thread."""
        return threading.current_thread() is self._thread

    def forget(self) -> None:
        """Start over in a forked child: thread and lock belong to the parent."""
        self._lock = threading.Lock()
        self._loop = self._thread = None

    def end(self) -> None:
        """Cancel all work and stop the loop, since Python freezes its thread at exit."""
        self.has_ended = True
        if self._loop is None or self._thread is None or not self._thread.is_alive():
            return
        leaving = asyncio.run_coroutine_threadsafe(_leave(self._loop), self._loop)
        concurrent.futures.wait([leaving], timeout=_LEAVE_SECONDS)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_LEAVE_SECONDS)

    def _keep_running(self, loop: asyncio.AbstractEventLoop) -> None:
        try:
            # asyncio passes SystemExit to whoever awaits the task, and raises it here as well.
            while not self.has_ended:
                with suppress(KeyboardInterrupt, SystemExit):
                    loop.run_forever()
        except BaseException:  # noqa: BLE001 whatever it is, the thread ends
            # Not from a task: from a debugger, or a library that ends threads by exceptions.
            _LOG.exception("the event loop of the synchronous functions has died")
            with self._lock:
                self._loop = None  # so that the next call starts another
            loop.run_until_complete(_leave(loop))
            loop.close()


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
    """Run asynchronous work and return its result; callable from any thread.

    Raises:
        RuntimeError: called from within such work, for example from ``on_progress``, which
            would wait for itself; while Python is shutting down; or the loop has died.
    """
    if _BACKGROUND.is_here():
        work.close()
        raise RuntimeError(
            "a synchronous function of communique was called from one of its callbacks, such as "
            "on_progress; call it from another thread, or use the asynchronous functions"
        )
    if _BACKGROUND.has_ended:
        work.close()
        raise RuntimeError("communique can't be used any more: Python is shutting down")
    loop = _BACKGROUND.loop()
    future: concurrent.futures.Future[ResultT] | None = None
    try:
        future = asyncio.run_coroutine_threadsafe(work, loop)
        return _wait_for(future, loop)
    except BaseException as error:
        # Mainly Ctrl-C: the request must not continue in the background.
        if (future is None or not future.done()) and _BACKGROUND.is_alive(loop):
            error.__cause__ = error.__cause__ or _stop(work, loop)
        if future is not None:
            future.cancel()
        raise


def _wait_for(
    future: concurrent.futures.Future[ResultT], loop: asyncio.AbstractEventLoop
) -> ResultT:
    """Return the result of work in a loop, unless the loop dies first."""
    while not concurrent.futures.wait([future], timeout=_WAIT_SECONDS).done:
        if not _BACKGROUND.is_alive(loop):
            break
    if not _BACKGROUND.is_alive(loop) and (future.cancelled() or not future.done()):
        raise RuntimeError(
            "communique's event loop has died, and this call with it; the log has the reason, and "
            "the next call starts another loop"
        )
    return future.result()


def _stop(
    work: Coroutine[Any, Any, object], loop: asyncio.AbstractEventLoop
) -> BaseException | None:
    """Cancel work in a loop, and return the cause of its end, if it ends soon and names one."""
    stopping = asyncio.run_coroutine_threadsafe(_cancelled(work), loop)
    with suppress(Exception):  # what the work raises now is nobody's concern any more
        return stopping.result(_STOP_SECONDS)
    return None


async def _cancelled(work: Coroutine[Any, Any, object]) -> BaseException | None:
    for task in asyncio.all_tasks():
        if task.get_coro() is work:
            task.cancel()
            try:
                await task
            except asyncio.CancelledError as cancelled:
                return cancelled.__cause__
    work.close()  # it has ended, or was never begun
    return None


def clean_up(work: Coroutine[Any, Any, None]) -> None:
    """Run asynchronous work that closes something, whichever thread calls.

    The garbage collector may close an unfinished object in any thread, and even at the end of
    the program, when there is nothing left to close.
    """
    if _BACKGROUND.has_ended:
        work.close()
    elif _BACKGROUND.is_here():
        asyncio.run_coroutine_threadsafe(work, _BACKGROUND.loop())
    else:
        run(work)


async def in_thread(work: Callable[[threading.Event], ResultT]) -> ResultT:
    """Run blocking work in a thread that can be abandoned, and return its result.

    Unlike a thread of `asyncio.to_thread`, it does not keep the process from ending.

    Args:
        work: called with an event that is set once nobody waits for the result.
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
        except StopIteration as exc:  # which no future may hold
            give = partial(result.set_exception, RuntimeError(f"the work raised {exc!r}"))
        except BaseException as exc:  # noqa: BLE001 re-raised where it is awaited
            give = partial(result.set_exception, exc)
        if not abandoned.is_set():
            loop.call_soon_threadsafe(settle, give)

    threading.Thread(target=target, name="communique-work", daemon=True).start()
    try:
        return await result
    finally:
        abandoned.set()
