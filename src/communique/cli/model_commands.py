"""``communique model``: the embedded model's weights, and a server for other programs."""

from __future__ import annotations

import shlex
import sys
from contextlib import ExitStack
from typing import Annotated

import typer

from communique.cli.listing import ListingFormat, ListingOption, print_json, print_rows
from communique.cli.options import complete_embedded
from communique.cli.signals import stop_signals

__all__ = ["app"]

_LOOK_SECONDS = 0.5

app = typer.Typer(
    name="model",
    help="Download, locate, list, remove and serve the embedded model.",
    no_args_is_help=True,
)

Name = Annotated[
    str | None,
    typer.Argument(
        help="A name in `communique model list`, or local/NAME. Default: the first.",
        autocompletion=complete_embedded,
    ),
]


@app.command()
def pull(
    name: Name = None,
    *,
    verify: Annotated[
        bool,
        typer.Option("--verify", help="Check the sha256 of existing weights, too."),
    ] = False,
) -> None:
    """Download the weights unless they are there, and print their path."""
    from communique import local
    from communique.cli.display import progress_display

    with progress_display() as on_progress:
        file = local.pull(_catalog_name(name), on_progress, verify=verify)
    typer.echo(file)


@app.command()
def path(name: Name = None) -> None:
    """Print the path of the weights."""
    from communique import local

    typer.echo(local.path(_catalog_name(name)))


@app.command("list")
def list_(form: ListingOption = ListingFormat.TABLE) -> None:
    """List the embedded models, the default first."""
    from communique import local

    records = local.list_models()
    if form is ListingFormat.JSON:
        rows = [
            {
                "name": record.name,
                "licence": record.licence,
                "size": record.size,
                "present": record.present,
                "path": str(record.path),
            }
            for record in records
        ]
        print_json(rows)
        return
    print_rows(
        ("name", "licence", "size", "in the cache"),
        [
            (each.name, each.licence, f"{each.size / 1e9:.2f} GB", "yes" if each.present else "no")
            for each in records
        ],
    )


@app.command()
def remove(name: Name = None) -> None:
    """Delete the weights from the cache, including unfinished downloads."""
    from communique import local

    name = _catalog_name(name)
    found = local.remove(name)
    typer.echo(f"removed {name}" if found else f"{name} is not there", err=True)


@app.command()
def serve(
    name: Name = None,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="TCP port on 127.0.0.1; 0 means any free one.")
    ] = 0,
) -> None:
    """Serve the model until Ctrl-C, and print the settings that other programs need.

    Standard output receives shell commands. Redirect them to a file for others to source:

    communique model serve > server.sh &
    """
    from communique.cli.display import progress_display
    from communique.errors import ModelNotAvailable
    from communique.local.server import open_server
    from communique.prompts import default_version

    with ExitStack() as until_stopped:
        with progress_display() as on_progress:
            process = until_stopped.enter_context(
                open_server(_catalog_name(name), port, on_progress=on_progress)
            )
        stop = until_stopped.enter_context(stop_signals())
        server = process.server
        for variable, value in (
            ("COMMUNIQUE_MODEL", f"openai/{server.model}"),
            ("COMMUNIQUE_BASE_URL", server.base_url),
            ("COMMUNIQUE_API_KEY", server.api_key),
            # communique can't tell this server from others, so the best prompt has to be named.
            ("COMMUNIQUE_PROMPT", default_version("local")),
        ):
            typer.echo(f"export {variable}={shlex.quote(value)}")
        sys.stdout.flush()
        typer.echo("serving; press Ctrl-C to stop", err=True)
        while not stop.wait(_LOOK_SECONDS):
            if process.has_ended():
                raise ModelNotAvailable(f"llama-server ended unexpectedly; log: {server.log_path}")


def _catalog_name(given: str | None) -> str:
    """Return a name in the catalog; what other commands call ``local/NAME`` is ``NAME`` there."""
    from communique.local import DEFAULT

    return DEFAULT if given in {None, "local"} else str(given).removeprefix("local/")
