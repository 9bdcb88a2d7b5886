"""Turns of computing in an event loop: between any two of them, the loop does everything else.

A hundred articles that come at once would otherwise be computed on in one go, and connections
whose servers answered long ago would time out meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar
from weakref import WeakKeyDictionary

__all__ = ["in_turn"]

ResultT = TypeVar("ResultT")

_TURNS: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()


async def in_turn(compute: Callable[[], ResultT]) -> ResultT:
    """Compute something that takes milliseconds, after all that is ready in the running loop."""
    async with _TURNS.setdefault(asyncio.get_running_loop(), asyncio.Lock()):
        await asyncio.sleep(0)
        return compute()
