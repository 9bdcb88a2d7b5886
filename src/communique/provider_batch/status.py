"""What people are told of a run: how far the batches are, and what was saved."""

from __future__ import annotations

from dataclasses import dataclass

from communique.models.batch_objects import Collected

__all__ = ["Status", "Totals"]


@dataclass(frozen=True, slots=True)
class Status:
    """How far the batches are.

    Attributes:
        batches: ids of the batches at the server.
        waiting: number of request files for which there was no room there yet.
        done: number of requests that the server has dealt with.
        total: number of all requests in these batches.
    """

    batches: tuple[str, ...]
    waiting: int
    done: int
    total: int

    def __str__(self) -> str:
        """Return the status in words."""
        count = len(self.batches)
        more = f", {self.waiting:,} more to be submitted" if self.waiting else ""
        return (
            f"{count} batch{'es' if count != 1 else ''} at the server: {self.done:,} of "
            f"{self.total:,} requests done{more}"
        )


@dataclass(slots=True)
class Totals:
    """What has been yielded in a run, and what it cost.

    Attributes:
        from_batches: number of articles whose answers came from batches.
        asked: number of articles that were asked about in the ordinary way, at the full price:
            the first one, those that take several questions, and those that a batch did not answer.
        asked_again: number of articles whose answers from batches could not be used.
        batch_usd: what the batches' answers cost in US dollars, or None if prices are not known.
    """

    from_batches: int = 0
    asked: int = 0
    asked_again: int = 0
    batch_usd: float | None = 0.0

    @property
    def saved_usd(self) -> float | None:
        """What the batches' answers would have cost more in the ordinary way."""
        return self.batch_usd

    def count(self, collected: Collected) -> None:
        """Count an article about which a batch had an answer, once that has been read."""
        self.from_batches += 1
        self.asked_again += collected.is_asked_again
        cost = collected.usage.cost_usd
        if collected.usage.calls:
            before = self.batch_usd
            self.batch_usd = None if before is None or cost is None else before + cost

    def __str__(self) -> str:
        """Return the totals in words."""
        again = f" ({self.asked_again:,} of them asked again)" if self.asked_again else ""
        cost = (
            f"; the batches' answers cost ${self.batch_usd:,.4f}, and saved ${self.saved_usd:,.4f}"
            if self.batch_usd
            else ""
        )
        return (
            f"{self.from_batches:,} articles answered by batches{again}, {self.asked:,} asked in "
            f"the ordinary way{cost}"
        )
