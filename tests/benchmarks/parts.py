"""What every part of the benchmark has: options, figures with targets, and how time is taken."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

__all__ = ["Figure", "Options", "Part", "Row", "cpu_seconds", "timed"]


@dataclass(frozen=True, slots=True)
class Options:
    """How to measure.

    Attributes:
        brief: whether to measure less, to try a change: the figures vary more.
        peers: the interpreter of the environment that has langextract, or None.
    """

    brief: bool = False
    peers: Path | None = None

    def of(self, usual: int, brief: int) -> int:
        """Return how often or how much to measure."""
        return brief if self.brief else usual


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure with its target.

    Attributes:
        what: what was measured.
        value: the figure.
        target: what it should be, or None.
        sense: whether it should be at most or at least that.
        unit: such as ``ms``; a ratio has none.
    """

    what: str
    value: float
    target: float | None = None
    sense: Literal["<=", ">="] = "<="
    unit: str = ""

    @property
    def is_met(self) -> bool | None:
        """Whether the target is met; None without one."""
        if self.target is None:
            return None
        return self.value <= self.target if self.sense == "<=" else self.value >= self.target


Row = dict[str, str | float]
"""One line of a part's own table."""


@dataclass(frozen=True, slots=True)
class Part:
    """The figures of one part, those with targets first, and a table that explains them."""

    figures: list[Figure]
    rows: list[Row] = field(default_factory=list[Row])

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        figures = [{**asdict(figure), "is_met": figure.is_met} for figure in self.figures]
        return {"figures": figures, "rows": self.rows}


async def timed(work: Awaitable[object]) -> tuple[float, float]:
    """Return the seconds and the CPU seconds of this process that some work took."""
    started, cpu = time.perf_counter(), time.process_time()
    await work
    return time.perf_counter() - started, time.process_time() - cpu


def cpu_seconds(work: Callable[[], object], times: int) -> float:
    """Return the CPU seconds that some work took, the best of several times."""
    best = float("inf")
    for _ in range(times):
        started = time.process_time()
        work()
        best = min(best, time.process_time() - started)
    return best
