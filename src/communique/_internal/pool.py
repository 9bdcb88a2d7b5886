"""Run coroutines side by side, a limited number of them, for either kind of caller."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Iterator
from typing import Any, Generic, TypeVar

__all__ = ["Pool"]

ResultT = TypeVar("ResultT")

Work = Callable[[], Coroutine[Any, Any, ResultT]]
Step = Coroutine[Any, Any, ResultT | None]


class Pool(Generic[ResultT]):
    """Runs up to ``size`` coroutines at once, in the event loop that awaits its steps.

    ::

        for step in pool.steps(works):
            if (result := await step) is not None:
                ...

    The caller's thread iterates ``works``, whether it awaits a step or runs it in another
    thread: an iterable that belongs to a thread, such as a database cursor, stays there, and one
    that is slow does not hold up what runs in another thread.

    Args:
        size: how many results may be in the making or not yet handed out, at least 1.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._tasks: set[asyncio.Task[ResultT]] = set()
        self._done: asyncio.Queue[asyncio.Task[ResultT]] = asyncio.Queue()

    def steps(
        self, works: Iterable[Work[ResultT]]
    ) -> Iterator[Coroutine[Any, Any, ResultT | None]]:
        """Yield what has to be awaited in turn; each step gives a result, or None for none yet.

        Works are taken as there is room for them, one before each result that is handed out.
        """
        for work in works:
            yield self._start(work)
        while self._tasks:
            yield self._next()

    async def cancel(self) -> None:
        """Cancel what is running, and wait until it has ended."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _start(self, work: Work[ResultT]) -> ResultT | None:
        task = asyncio.create_task(work())
        task.add_done_callback(self._done.put_nowait)
        self._tasks.add(task)
        await asyncio.sleep(0)  # the next work may keep this thread busy
        if len(self._tasks) >= self._size or not self._done.empty():
            return await self._next()
        return None

    async def _next(self) -> ResultT:
        task = await self._done.get()
        self._tasks.remove(task)
        return task.result()
