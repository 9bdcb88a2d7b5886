"""Limits per minute, which hold for all event loops and threads of the process together."""

from __future__ import annotations

import threading
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

__all__ = ["Limit", "give_back", "reserve"]

_lock = threading.Lock()
_free_at: dict[Limit, float] = {}  # when each limit next allows something


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit per minute.

    Attributes:
        whose: what shares it: the same model of the same server, asked with the same key.
        what: ``requests`` or ``tokens``.
        per_minute: how many.
    """

    whose: Hashable
    what: str
    per_minute: int

    def seconds(self, amount: int) -> float:
        """Return how long nothing more is allowed after an amount; a minute at most."""
        return min(amount / self.per_minute, 1) * 60


def reserve(amounts: Sequence[tuple[Limit, int]], now: float, until: float) -> float:
    """Return the time at which amounts are allowed; reserve them unless that is after ``until``.

    Turns are spaced evenly, so that neither the first minute nor any other begins with a burst,
    which servers that count by the second refuse.

    Args:
        amounts: each limit with what is asked of it.
        now: the time of an event loop; asyncio's loops all use the system's monotonic clock.
        until: the latest time that is of use.
    """
    with _lock:
        for limit in [limit for limit, free in _free_at.items() if free <= now]:
            del _free_at[limit]  # a limit that allows something now has nothing to remember
        start = max((_free_at.get(limit, now) for limit, _ in amounts), default=now)
        if start <= until:
            for limit, amount in amounts:
                _free_at[limit] = start + limit.seconds(amount)
    return start


def give_back(amounts: Sequence[tuple[Limit, int]]) -> None:
    """Return what was reserved but not used."""
    with _lock:
        for limit, amount in amounts:
            if limit in _free_at:
                _free_at[limit] -= limit.seconds(amount)
