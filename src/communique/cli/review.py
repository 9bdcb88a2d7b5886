"""`communique review`: a page on this machine to correct summaries, and to make gold of them."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from communique.cli.outcome_file import say_torn
from communique.cli.signals import stop_signals
from communique.errors import SettingsError

__all__ = ["review"]


def review(
    outcomes: Annotated[
        Path,
        typer.Argument(
            help="JSON Lines, one summary or failure per line, as batch and summarize --format "
            "jsonl write them. The file stays as it is."
        ),
    ],
    *,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="The corrected file, written after each change; if it exists, the review goes "
            "on with it. Default: NAME.corrected.jsonl beside NAME.jsonl.",
        ),
    ] = None,
    gold: Annotated[
        Path | None,
        typer.Option(
            help="A folder for gold of finished articles, for communique eval --gold FOLDER."
        ),
    ] = None,
    origin: Annotated[
        str | None,
        typer.Option(
            help="What gold says about where the articles come from, such as their licence. "
            "Default: the name of OUTCOMES."
        ),
    ] = None,
    by: Annotated[
        str | None, typer.Option(help="Your name, for the record of corrections.")
    ] = None,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="TCP port on 127.0.0.1; 0 means any free one.")
    ] = 0,
) -> None:
    """Correct the summaries in OUTCOMES on a page in your browser, until Ctrl-C.

    The page comes from this machine, and nothing leaves it. Its address is printed; it has a random
    token, so give it to nobody. Accept, edit, reject and add statements, and mark their evidence
    in the article. Each change is written at once.
    """
    from communique.evaluation.gold_writing import GoldFolders
    from communique.review import CorrectedFile, Desk, ReviewServer

    if by is not None and not by.strip():
        raise SettingsError("--by: a name is needed")
    path = output or outcomes.with_name(f"{outcomes.stem}.corrected.jsonl")
    file = CorrectedFile(outcomes, path)
    folders = gold and GoldFolders(gold, origin or outcomes.stem)
    desk = Desk(file, by=by, gold=folders)
    with ExitStack() as until_stopped:
        until_stopped.callback(desk.close)
        stop = until_stopped.enter_context(stop_signals())
        server = until_stopped.enter_context(ReviewServer(desk, title=outcomes.stem, port=port))
        typer.echo(server.url)
        sys.stdout.flush()
        if file.is_torn:
            say_torn(str(outcomes))
        typer.echo("open this address in a browser; press Ctrl-C to end the review", err=True)
        stop.wait()
    if path.exists():
        typer.echo(f"corrected summaries: {path}", err=True)
    else:
        typer.echo("nothing was changed, and nothing written", err=True)
