"""The most that a batch may cost."""

from __future__ import annotations

__all__ = ["Budget"]


class Budget:
    """Decides whether another article may be asked about without passing a limit.

    An article is expected to cost what the dearest one so far did, and more in proportion if it
    is longer than that. Until one is known, a single article is asked about at a time.

    Args:
        limit: US dollars, or None for no limit.
        spent: what has been spent before.
    """

    def __init__(self, limit: float | None, spent: float = 0.0) -> None:
        self._limit = limit
        self._spent = spent
        self._dearest = 0.0
        self._longest = 1
        self._in_flight: dict[int, int] = {}

    def learn(self, cost: float, length: int) -> None:
        """Take in what an article of some characters cost."""
        if cost > self._dearest:
            self._dearest, self._longest = cost, max(length, 1)

    def allows(self, length: int) -> bool:
        """Return whether an article of some characters may be asked about now."""
        if self._limit is None:
            return True
        if not self._dearest:
            return not self._in_flight and self._spent < self._limit
        reserved = sum(map(self._expected, self._in_flight.values()))
        return self._spent + reserved + self._expected(length) <= self._limit

    def start(self, position: int, length: int) -> None:
        """Reserve what an article is expected to cost."""
        if self._limit is not None:
            self._in_flight[position] = length

    def end(self, position: int, cost: float) -> None:
        """Replace what was reserved for an article by what it did cost."""
        length = self._in_flight.pop(position, 1)
        self._spent += cost
        self.learn(cost, length)

    def _expected(self, length: int) -> float:
        return self._dearest * max(1.0, length / self._longest)
