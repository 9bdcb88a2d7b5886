"""Progress on standard error: a live display on a terminal, plain lines elsewhere, or nothing."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.progress import Progress as Bars
from rich.text import Text

from communique.render.safe_text import plain
from communique.statements import KINDS

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Sequence

    from rich.console import RenderableType

    from communique._internal.progress import Progress
    from communique.statements import Statement

__all__ = ["Display", "progress_display"]

_MOST_FOUND = 8  # statements that are shown while more are looked for
_PLAIN_STEP_PERCENT = 10


class Display(Protocol):
    """A display of progress, and of what has been found so far; usable from any thread."""

    def __call__(self, progress: Progress) -> None:
        """Show a report of progress."""
        ...

    def show_found(self, gist: str, statements: Iterable[Statement]) -> None:
        """Show what has been found so far, if the display is live."""
        ...


@contextmanager
def progress_display(*, enabled: bool = True, console: Console | None = None) -> Generator[Display]:
    """Show progress during the ``with`` block.

    ::

        with progress_display() as on_progress:
            summarize(article, on_progress=on_progress)

    Args:
        enabled: whether to show anything.
        console: the console to write to; None means standard error.

    Yields:
        The display, which can be passed as ``on_progress``.
    """
    console = console or Console(stderr=True)
    if not enabled:
        yield _Nothing()
    elif console.is_terminal and not console.is_dumb_terminal:
        display = _Live(console)
        try:
            yield display
        finally:
            display.close()
    else:
        yield _Plain(console)


class _Nothing:
    def __call__(self, progress: Progress) -> None:
        pass

    def show_found(self, gist: str, statements: Iterable[Statement]) -> None:
        pass


class _Live:
    """A live bar for the current stage, which disappears when the stage ends.

    Above the bar of reading are the gist and the latest statements.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._lock = threading.Lock()
        self._closed = False
        self._stage: str | None = None
        self._bars: Bars | None = None
        self._found: list[Text] = []

    def __call__(self, progress: Progress) -> None:
        with self._lock:
            if self._closed:
                return
            if self._bars is None or progress.stage != self._stage:
                self._leave_stage()
                self._stage = progress.stage
                self._bars = _bars(progress.stage, self._console, self._found)
                self._bars.add_task(plain(progress.message), total=progress.total)
                self._bars.start()
            self._bars.update(
                self._bars.task_ids[0],
                description=plain(progress.message),
                completed=progress.done,
                total=progress.total,
            )

    def show_found(self, gist: str, statements: Iterable[Statement]) -> None:
        lines = [_line(statement) for statement in statements]
        earlier = len(lines) - _MOST_FOUND
        found = lines[-_MOST_FOUND:]
        if earlier > 0:
            found.insert(0, Text(f"… and {earlier} before", style="dim"))
        if gist:
            found.insert(0, Text(plain(gist)))
        with self._lock:
            if self._closed:
                return
            self._found[:] = found
            if self._bars is not None:
                self._bars.refresh()

    def close(self) -> None:
        with self._lock:
            self._closed = True
            self._leave_stage()

    def _leave_stage(self) -> None:
        if self._bars is not None:
            self._bars.stop()
            self._bars = None


class _DownloadBars(Bars):
    """Bars with the message above them, since both are too long for one line."""

    def get_renderables(self) -> Iterable[RenderableType]:
        for task in self.tasks:
            yield Text(task.description, no_wrap=True, overflow="ellipsis")
        yield from super().get_renderables()


class _ReadingBars(Bars):
    """Bars below the statements found so far."""

    found: Sequence[Text] = ()

    def get_renderables(self) -> Iterable[RenderableType]:
        yield from self.found
        yield from super().get_renderables()


def _line(statement: Statement) -> Text:
    kind = KINDS[statement.kind]
    return Text.assemble(
        (f"{kind.symbol} ", kind.colors.terminal),
        (f"{plain(statement.who)}  ", "bold"),
        plain(statement.said),
        no_wrap=True,
        overflow="ellipsis",
    )


def _bars(stage: str, console: Console, found: list[Text]) -> Bars:
    text = TextColumn("{task.description}", markup=False)
    if stage == "download":
        columns = (DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn(compact=True))
        return _DownloadBars(BarColumn(), *columns, console=console, transient=True)
    if stage == "load":
        columns = (SpinnerColumn("line"), text, TimeElapsedColumn())
    else:
        bars = _ReadingBars(text, BarColumn(), TimeElapsedColumn(), console=console, transient=True)
        bars.found = found
        return bars
    return Bars(*columns, console=console, transient=True)


class _Plain:
    """A plain display that prints a line for each new message and each tenth of the work."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._lock = threading.Lock()
        self._last: tuple[str, int | None] | None = None

    def show_found(self, gist: str, statements: Iterable[Statement]) -> None:
        pass

    def __call__(self, progress: Progress) -> None:
        percent = 100 * progress.done // progress.total if progress.total else None
        step = None if percent is None else percent // _PLAIN_STEP_PERCENT
        with self._lock:
            if self._last == (progress.message, step):
                return
            self._last = (progress.message, step)
            # For sentences, the message contains the numbers.
            counted = progress.stage == "download" and percent is not None
            message = plain(progress.message)
            self._console.print(
                f"{message} ({percent} %)" if counted else message,
                markup=False,
                highlight=False,
                soft_wrap=True,
            )
