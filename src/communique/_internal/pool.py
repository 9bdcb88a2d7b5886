"""A pool that runs a limited number of coroutines concurrently."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator
from typing import Any, Generic, TypeVar

__all__ = ["Pool"]

ResultT = TypeVar("ResultT")

Work = Callable[[], Coroutine[Any, Any, ResultT]]
Step = Coroutine[Any, Any, ResultT] | None


class Pool(Generic[ResultT]):
    """A pool that runs up to ``size`` coroutines at once, and returns their results as they finish.

    Work is taken as room permits. If taking it fails, running coroutines are cancelled, and the
    results that are there already are returned before the error is raised.

    Args:
        size: maximum number of coroutines that are running or have an undelivered result.
        loop: the loop in which they run.

    Attributes:
        left: the results that no one has taken, once the pool has been cancelled.
    """

    def __init__(self, size: int, loop: asyncio.AbstractEventLoop) -> None:
        self._size = size
        self._loop = loop
        self._tasks: dict[asyncio.Task[ResultT], None] = {}  # in the order of their start
        self._done: asyncio.Queue[asyncio.Task[ResultT] | None] = asyncio.Queue()
        self._error: BaseException | None = None
        self.left: list[ResultT] = []

    def steps(self, works: Iterator[Work[ResultT]]) -> Iterator[Step[ResultT]]:
        """Yield an awaitable for the next result, or None if there is room for more work.

        For callers in another thread than the loop's, which await each step there. The caller's
        thread iterates over ``works``, so that a thread-bound iterable, such as a database cursor,
        works, and a slow one does not block the loop.
        """
        running = 0
        while True:
            try:
                work = next(works, None)
            except Exception:
                for _ in range(self._done.qsize()):
                    yield self._next()
                raise
            if work is None:
                break
            self._loop.call_soon_threadsafe(self._start, work)
            running += 1
            if running < self._size and self._done.empty():
                yield None
            else:
                yield self._next()
                running -= 1
        for _ in range(running):
            yield self._next()

    async def results(self, works: AsyncGenerator[Work[ResultT]]) -> AsyncGenerator[ResultT]:
        """Yield each result, for callers in the loop. A slow source holds up no result."""
        room = asyncio.Semaphore(self._size)
        feeding = self._loop.create_task(self._feed(works, room))
        try:
            is_fed = False
            while self._tasks or not is_fed:
                if (task := await self._done.get()) is None:
                    is_fed = True
                    if self._error is not None:
                        break
                    continue
                del self._tasks[task]
                yield task.result()
                room.release()
            while self._error is not None and not self._done.empty():
                yield await self._next()
        finally:
            feeding.cancel()
            await asyncio.gather(feeding, return_exceptions=True)
            await works.aclose()
            await self.cancel()
        if self._error is not None:
            raise self._error

    async def cancel(self) -> None:
        """Cancel running coroutines and wait until they have ended."""
        tasks, self._tasks = self._tasks, {}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        whole = (task for task in tasks if not task.cancelled() and task.exception() is None)
        self.left += [task.result() for task in whole]

    async def _feed(self, works: AsyncGenerator[Work[ResultT]], room: asyncio.Semaphore) -> None:
        """Start work whenever there is room, all in one task, which generators may rely on."""
        try:
            await room.acquire()
            async for work in works:
                self._start(work)
                await room.acquire()
        except BaseException as error:  # noqa: BLE001 raised by `results`, in the caller's task
            self._error = error
        self._done.put_nowait(None)

    def _start(self, work: Work[ResultT]) -> None:
        task = self._loop.create_task(work())
        task.add_done_callback(self._done.put_nowait)
        self._tasks[task] = None

    async def _next(self) -> ResultT:
        task = await self._done.get()
        assert task is not None, "the end of work has been read before"  # noqa: S101
        del self._tasks[task]
        return task.result()
