"""Display of a batch's progress: a live line on a terminal, a plain line a minute elsewhere."""

from __future__ import annotations

import datetime
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, TextColumn
from rich.progress import Progress as Bars

if TYPE_CHECKING:
    from communique.batching import BatchReport
    from communique.batching.report import OnReport

__all__ = ["batch_display", "in_words", "time_in_words"]

_PLAIN_SECONDS = 60.0


@contextmanager
def batch_display(
    *, enabled: bool = True, console: Console | None = None, every: float = _PLAIN_SECONDS
) -> Generator[OnReport]:
    """Show progress on standard error during the ``with`` block.

    Args:
        enabled: whether to show anything.
        console: the console to write to; None means standard error.
        every: seconds between plain lines.

    Yields:
        A function that takes reports.
    """
    console = console or Console(stderr=True)
    if not enabled:
        yield _ignore
    elif console.is_terminal and not console.is_dumb_terminal:
        with _bars(console) as bars:
            yield _Live(bars).show
    else:
        plain = _Plain(console, every)
        try:
            yield plain.show
        finally:
            plain.close()


def in_words(report: BatchReport) -> str:
    """Return a report as one line."""
    usage = report.usage
    parts = [
        f"{report.done:,} done" + (f" ({report.failures:,} failed)" if report.failures else ""),
        f"{report.left:,} left" if report.left is not None else "",
        f"{report.per_minute:,.0f} a minute" if report.new else "",
        f"{usage.input_tokens + usage.output_tokens:,} tokens" if usage.input_tokens else "",
        f"${report.total_usage.cost_usd:,.2f}" if report.total_usage.cost_usd is not None else "",
        f"{time_in_words(report.seconds_left)} left" if report.seconds_left else "",
    ]
    return ", ".join(part for part in parts if part)


def time_in_words(seconds: float) -> str:
    """Return a duration as ``0:00:07`` or ``2 days, 3:04:05``."""
    return str(datetime.timedelta(seconds=round(seconds)))


def _ignore(report: BatchReport) -> None:
    del report


def _bars(console: Console) -> Bars:
    text = TextColumn("{task.description}", markup=False)
    return Bars(BarColumn(20), text, console=console, transient=True)


class _Live:
    """A live bar with the report beside it."""

    def __init__(self, bars: Bars) -> None:
        self._bars = bars
        self._task = bars.add_task("reading", total=None)

    def show(self, report: BatchReport) -> None:
        self._bars.update(
            self._task, description=in_words(report), completed=report.done, total=report.total
        )


class _Plain:
    """A plain line at intervals, also while no outcome arrives."""

    def __init__(self, console: Console, every: float) -> None:
        self._console = console
        self._every = every
        self._last: tuple[float, BatchReport] | None = None
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="communique-progress", daemon=True)
        self._thread.start()

    def show(self, report: BatchReport) -> None:
        self._last = monotonic(), report

    def close(self) -> None:
        self._closed.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._closed.wait(self._every):
            if self._last is not None:
                at, report = self._last
                now = replace(report, seconds=report.seconds + monotonic() - at)
                self._console.print(in_words(now), markup=False, highlight=False, soft_wrap=True)
