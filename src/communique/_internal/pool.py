"""Run coroutines side by side, a limited number of them, for either kind of caller."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Iterator
from typing import Any, Generic, TypeVar

__all__ = ["Pool"]

ResultT = TypeVar("ResultT")

Work = Callable[[], Coroutine[Any, Any, ResultT]]
Step = Coroutine[Any, Any, ResultT] | None


class Pool(Generic[ResultT]):
    """Runs up to ``size`` coroutines at once in an event loop, for a caller in any thread.

    ::

        for step in pool.steps(works):
            if step is not None:
                result = await step

    The caller's thread iterates ``works``: an iterable that belongs to a thread, such as a database
    cursor, stays there, and one that is slow does not hold up a loop in another thread.

    Args:
        size: how many coroutines may run, or have ended with a result not yet handed out.
        loop: where they run, and where each step has to be awaited.
    """

    def __init__(self, size: int, loop: asyncio.AbstractEventLoop) -> None:
        self._size = size
        self._loop = loop
        self._tasks: set[asyncio.Task[ResultT]] = set()
        self._done: asyncio.Queue[asyncio.Task[ResultT]] = asyncio.Queue()

    def steps(self, works: Iterable[Work[ResultT]]) -> Iterator[Step[ResultT]]:
        """Yield what to await for the next result, or None: there is room, and no result yet.

        Works are taken as there is room for them, one before each result that is handed out.
        """
        running = 0
        for work in works:
            self._loop.call_soon_threadsafe(self._start, work)
            running += 1
            if running < self._size and self._done.empty():
                yield None
            else:
                yield self._next()
                running -= 1
        for _ in range(running):
            yield self._next()

    async def cancel(self) -> None:
        """Cancel what is running, and wait until it has ended."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _start(self, work: Work[ResultT]) -> None:
        task = self._loop.create_task(work())
        task.add_done_callback(self._done.put_nowait)
        self._tasks.add(task)

    async def _next(self) -> ResultT:
        task = await self._done.get()
        self._tasks.remove(task)
        return task.result()
