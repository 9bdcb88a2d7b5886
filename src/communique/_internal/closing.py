"""Closing of asynchronous generators inside others."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Generic, TypeVar

__all__ = ["closing"]

ItemT = TypeVar("ItemT")


class closing(Generic[ItemT]):  # noqa: N801 as contextlib.aclosing, which it replaces
    """`contextlib.aclosing` for a generator that the garbage collector may be closing already.

    It closes all the generators of a reference cycle, each in a task of its own and in any order.
    """

    def __init__(self, generator: AsyncGenerator[ItemT]) -> None:
        self._generator = generator

    async def __aenter__(self) -> AsyncGenerator[ItemT]:
        return self._generator

    async def __aexit__(self, *error: object) -> None:
        try:
            await self._generator.aclose()
        except RuntimeError:
            if not getattr(self._generator, "ag_running", False):
                raise
