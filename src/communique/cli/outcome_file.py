"""Opening of the outcomes that a command reads, from a file or from standard input."""

from __future__ import annotations

import sys
from collections.abc import Generator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from communique._internal.disk import disk_errors

if TYPE_CHECKING:
    from communique.outcome_lines import Outcomes

__all__ = ["name_of_input", "opened_outcomes", "say_torn"]


def name_of_input(path: Path) -> str:
    """Return what messages call a file of outcomes."""
    return "standard input" if str(path) == "-" else str(path)


@contextmanager
def opened_outcomes(path: Path) -> Generator[Outcomes]:
    """Yield the outcomes of a file, or of standard input for ``-``.

    At the end, say so if the last line was incomplete.

    Raises:
        SettingsError: the file can't be read.
    """
    from communique.outcome_lines import Outcomes

    name = name_of_input(path)
    with (
        disk_errors(name, "read"),
        nullcontext(sys.stdin.buffer) if str(path) == "-" else path.open("rb") as file,
    ):
        outcomes = Outcomes(file, name)
        yield outcomes
    if outcomes.is_torn:
        say_torn(name)


def say_torn(name: str) -> None:
    """Say that the last line of a file was incomplete."""
    typer.echo(
        f"{name}: the last line is incomplete and left out; the batch is still running, or was "
        "ended and can go on",
        err=True,
    )
