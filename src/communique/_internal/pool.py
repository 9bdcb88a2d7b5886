"""A pool that runs a limited number of coroutines concurrently."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Iterator
from typing import Any, Generic, TypeVar

__all__ = ["Pool"]

ResultT = TypeVar("ResultT")

Work = Callable[[], Coroutine[Any, Any, ResultT]]
Step = Coroutine[Any, Any, ResultT] | None


class Pool(Generic[ResultT]):
    """A pool that runs up to ``size`` coroutines at once, for a caller in any thread.

    ::

        for step in pool.steps(works):
            if step is not None:
                result = await step

    The caller's thread iterates over ``works``, so that a thread-bound iterable, such as a database
    cursor, works, and a slow one does not block a loop in another thread.

    Args:
        size: maximum number of coroutines that are running or have an undelivered result.
        loop: the loop in which they run, and in which each step must be awaited.
    """

    def __init__(self, size: int, loop: asyncio.AbstractEventLoop) -> None:
        self._size = size
        self._loop = loop
        self._tasks: set[asyncio.Task[ResultT]] = set()
        self._done: asyncio.Queue[asyncio.Task[ResultT]] = asyncio.Queue()

    def steps(self, works: Iterable[Work[ResultT]]) -> Iterator[Step[ResultT]]:
        """Yield an awaitable for the next result, or None if there is room for more work.

        Work is taken as room permits, one item before each delivered result. If ``works`` raises,
        the results that are there are delivered before its error.
        """
        running = 0
        try:
            for work in works:
                self._loop.call_soon_threadsafe(self._start, work)
                running += 1
                if running < self._size and self._done.empty():
                    yield None
                else:
                    yield self._next()
                    running -= 1
        except Exception:
            while not self._done.empty():
                yield self._next()
            raise
        for _ in range(running):
            yield self._next()

    async def cancel(self) -> None:
        """Cancel running coroutines and wait until they have ended."""
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
