"""`communique report`: an index of many articles with pictures, and a page for each."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from communique.cli.outcome_file import opened_outcomes

__all__ = ["report"]

_STEP = 500  # outcomes between two lines of progress


def report(
    outcomes: Annotated[
        Path,
        typer.Argument(
            help="JSON Lines, one summary or failure per line, as batch and summarize --format "
            "jsonl write them; or - for standard input."
        ),
    ],
    *,
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            help="A folder, with a page for each article; or a file whose name ends in .html, for "
            "a few articles.",
        ),
    ],
    title: Annotated[
        str | None, typer.Option(help="Heading of the report. Default: the name of OUTCOMES.")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Do not show progress.")] = False,
) -> None:
    """Make pages for people from OUTCOMES: an index with a search and pictures, and each article.

    The pages work without a network. An earlier report in the same place is replaced once the new
    one is complete; anything else there is left alone.
    """
    from communique.report import write_report

    def tell(count: int) -> None:
        if count % _STEP == 0 and not quiet:
            typer.echo(f"{count:,} outcomes", err=True)

    heading = title or ("Report" if str(outcomes) == "-" else outcomes.stem)
    with opened_outcomes(outcomes) as read:
        page = write_report(read, output, title=heading, on_progress=tell)
    typer.echo(str(page))
