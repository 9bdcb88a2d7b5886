"""The progress display: bars on a terminal, lines elsewhere, nothing if so wished."""

from __future__ import annotations

import io
import threading

import pytest
from rich.console import Console

from communique import Evidence, Position
from communique._internal.progress import Progress
from communique.cli.display import progress_display


def show(steps, *, terminal=False, enabled=True):
    console = Console(file=io.StringIO(), force_terminal=terminal, width=100, _environ={})
    with progress_display(enabled=enabled, console=console) as on_progress:
        for step in steps:
            on_progress(Progress(*step))
    return console.file.getvalue()


STEPS = [
    *(("download", done, 1000, "fetching [1]") for done in range(0, 1001, 5)),
    ("load", 0, None, "loading"),
    ("read", 1, 2, "sentence 1 of 2"),
    ("read", 2, 2, "sentence 2 of 2"),
]


def test_lines():
    """Without a terminal there is a plain line for what is new, and for each tenth."""
    lines = show(STEPS).splitlines()
    assert lines[:2] == ["fetching [1] (0 %)", "fetching [1] (10 %)"]
    assert lines[10:] == ["fetching [1] (100 %)", "loading", "sentence 1 of 2", "sentence 2 of 2"]


def test_bars():
    """On a terminal every stage has its display, and it is wiped in the end."""
    shown = show(STEPS, terminal=True)
    for words in ("fetching [1]", "1.0/1.0 kB", "loading", "sentence 2 of 2"):
        assert words in shown
    assert shown.endswith("\x1b[2K")


def test_nothing():
    """Switched off, nothing is written."""
    assert show(STEPS, enabled=False, terminal=True) == ""


def test_standard_error_is_the_place(capsys):
    """By default progress goes to standard error."""
    with progress_display() as on_progress:
        on_progress(Progress("load", 0, None, "loading"))
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "loading" in captured.err


def test_threads():
    """Several threads may report at once, and a late one does no harm."""
    console = Console(file=io.StringIO(), force_terminal=True, width=100, _environ={})
    with progress_display(console=console) as on_progress:
        threads = [
            threading.Thread(target=lambda: [on_progress(Progress(*step)) for step in STEPS])
            for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    before = console.file.getvalue()
    on_progress(Progress("load", 0, None, "too late"))
    assert console.file.getvalue() == before


def found(count, gist="Talks failed."):
    span = Evidence(start=0, end=4, text="Text")
    about = {"attribution": "reported", "evidence": (span,), "issue": "the [dam]"}
    return gist, [
        Position(id=f"position-{n}", actor=f"Actor {n}", stance="opposes", **about)
        for n in range(count)
    ]


def test_statements_are_shown_while_more_are_looked_for():
    """The gist and the latest ones, a line each, above the bar; all is wiped in the end."""
    console = Console(file=io.StringIO(), force_terminal=True, width=40, _environ={})
    with progress_display(console=console) as display:
        display(Progress("read", 1, 2, "part 1 of 2"))
        display.show_found(*found(11))
        seen = console.file.getvalue()
    assert seen.count("●") == 8
    for words in ("Talks failed.", "… and 3 before", "Actor 10", "opposes: the [dam]"):
        assert words in seen
    assert "Actor 2 " not in seen
    assert console.file.getvalue().endswith("\x1b[2K")
    before = console.file.getvalue()
    display.show_found(*found(1))
    assert console.file.getvalue() == before


@pytest.mark.parametrize("options", [{"force_terminal": False}, {"enabled": False}])
def test_statements_are_shown_on_a_live_terminal_only(options):
    """Elsewhere they are in the result."""
    enabled = options.pop("enabled", True)
    console = Console(file=io.StringIO(), width=40, _environ={}, **options)
    with progress_display(enabled=enabled, console=console) as display:
        display.show_found(*found(1))
    assert console.file.getvalue() == ""
