"""Asynchronous work for synchronous callers, in an event loop of its own."""

from __future__ import annotations

import asyncio
import concurrent.futures
import os
import threading
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from typing import Any, TypeVar

__all__ = ["in_thread", "iterate", "run"]

ResultT = TypeVar("ResultT")

# Windows delivers Ctrl-C only between waits, so none may be endless.
_WAIT_SECONDS = 0.5


class _Background:
    """An event loop in a thread of its own, shared by all synchronous calls of the process.

    Connections belong to a loop; one lasting loop lets them be used again, and lets
    synchronous code run where the caller's thread already has a loop (notebooks).
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def loop(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(
                    target=self._loop.run_forever, name="communique", daemon=True
                )
                self._thread.start()
            return self._loop

    def is_here(self) -> bool:
        """Whether this is the loop's own thread."""
        return threading.current_thread() is self._thread

    def forget(self) -> None:
        """In a forked child: the thread is the parent's, and so is whoever held the lock."""
        self._lock = threading.Lock()
        self._loop = self._thread = None


_BACKGROUND = _Background()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_BACKGROUND.forget)


def run(work: Coroutine[Any, Any, ResultT]) -> ResultT:
    """The result of asynchronous work, waited for in any thread, with or without a loop.

    Raises:
        RuntimeError: called from such work itself, for example from ``on_progress``, which
            would wait for itself.
    """
    if _BACKGROUND.is_here():
        work.close()
        raise RuntimeError(
            "a synchronous function of communique was called from one of its callbacks, such as "
            "on_progress; hand the work to another thread, or use the asynchronous functions"
        )
    future = asyncio.run_coroutine_threadsafe(work, _BACKGROUND.loop())
    try:
        while not concurrent.futures.wait([future], timeout=_WAIT_SECONDS).done:
            pass
        return future.result()
    except BaseException:
        # Ctrl-C, above all: the request must not go on behind the caller's back.
        future.cancel()
        raise


def iterate(items: AsyncGenerator[ResultT]) -> Generator[ResultT]:
    """The items of an asynchronous generator, which runs in the background loop."""

    async def following() -> list[ResultT]:
        async for item in items:
            return [item]
        return []

    try:
        while found := run(following()):
            yield found[0]
    finally:
        run(items.aclose())


async def in_thread(work: Callable[[threading.Event], ResultT]) -> ResultT:
    """The result of blocking work in a thread that can be left behind.

    Unlike those of `asyncio.to_thread`, the thread does not keep the process from ending.

    Args:
        work: called with an event that is set when nobody waits for the result any more.
    """
    loop = asyncio.get_running_loop()
    result: asyncio.Future[ResultT] = loop.create_future()
    abandoned = threading.Event()

    def deliver(outcome: ResultT | None, error: BaseException | None) -> None:
        if result.done():
            return
        if error is not None:
            result.set_exception(error)
        else:
            result.set_result(outcome)  # pyright: ignore[reportArgumentType]

    def target() -> None:
        outcome, error = None, None
        try:
            outcome = work(abandoned)
        except BaseException as exc:  # noqa: BLE001 it is raised where it is waited for
            error = exc
        if not abandoned.is_set():
            loop.call_soon_threadsafe(deliver, outcome, error)

    threading.Thread(target=target, name="communique-work", daemon=True).start()
    try:
        return await result
    finally:
        abandoned.set()
