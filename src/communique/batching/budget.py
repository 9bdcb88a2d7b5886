"""The most that a batch may cost."""

from __future__ import annotations

__all__ = ["Budget"]


class Budget:
    """Decides whether another article may be asked about without passing a limit.

    An article is expected to cost what the dearest one so far was worth, and more in proportion
    if it is longer than that. Until one is known, a single article is asked about at a time.

    Args:
        limit: US dollars, or None for no limit.
    """

    def __init__(self, limit: float | None) -> None:
        self._limit = limit
        self._spent = 0.0
        self._dearest: float | None = None
        self._longest = 1
        self._in_flight: dict[int, int] = {}

    def spend(self, cost: float) -> None:
        """Take in what was spent before."""
        self._spent += cost

    def learn(self, worth: float | None, length: int) -> None:
        """Take in what an article costs if none of its answers is in the cache.

        Args:
            worth: US dollars, or None if that is not known.
            length: the article's characters.
        """
        if worth is not None and worth > (-1 if self._dearest is None else self._dearest):
            self._dearest, self._longest = worth, max(length, 1)

    def allows(self, length: int) -> bool:
        """Return whether an article of some characters may be asked about now."""
        if self._limit is None:
            return True
        if self._dearest is None:
            return not self._in_flight and self._spent < self._limit
        reserved = sum(map(self._expected, self._in_flight.values()))
        return self._spent + reserved + self._expected(length) <= self._limit

    def start(self, position: int, length: int) -> None:
        """Reserve what an article is expected to cost."""
        if self._limit is not None:
            self._in_flight[position] = length

    def end(self, position: int, cost: float | None) -> None:
        """Replace what was reserved for an article by what it did cost, if that is known."""
        length = self._in_flight.pop(position, 1)
        self._spent += self._expected(length) if cost is None else cost

    def _expected(self, length: int) -> float:
        return (self._dearest or 0.0) * max(1.0, length / self._longest)
