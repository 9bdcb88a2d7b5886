"""The command line: results go to standard output, everything else to standard error."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from communique.cli import (
    annotation_commands,
    cache_commands,
    gold_commands,
    model_commands,
    prompts_commands,
)
from communique.cli.batch import batch
from communique.cli.doctor_command import doctor
from communique.cli.dossier import dossier
from communique.cli.evaluate import evaluate
from communique.cli.evaluation_steps import REGRESSION, RegressionFound
from communique.cli.mcp_command import mcp
from communique.cli.output import whole_output
from communique.cli.report import report
from communique.cli.review import review
from communique.cli.summarize import summarize
from communique.errors import CommuniqueError, ModelNotAvailable, ProviderError, ReplyError

__all__ = ["exit_code", "main"]

INTERRUPTED = 130


class _Interrupted(Exception):
    """Ctrl-C, as an exception that typer does not turn into its own exit code."""


class _Commands(TyperGroup):
    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as exc:
            raise _Interrupted from exc


app = typer.Typer(
    cls=_Commands,
    help="Find positions, conditions, threats and agreements in news articles, with evidence.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # help appears a quarter faster without rich
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command(short_help="Summarize one or a few articles, with evidence.")(summarize)
app.command(short_help="Summarize an archive; an interrupted run can be resumed.")(batch)
app.command(short_help="Make pages for people from many summaries.")(report)
app.command(short_help="Show what each actor says in many summaries, over time.")(dossier)
app.command(short_help="Correct summaries in the browser, and make gold.")(review)
app.command(short_help="Serve tools to an assistant that speaks MCP.")(mcp)
app.command(short_help="Show which model would be used, and what is missing.")(doctor)
app.command("eval")(evaluate)
app.add_typer(model_commands.app, name="model")
app.add_typer(prompts_commands.app, name="prompts")
app.add_typer(cache_commands.app, name="cache")
app.add_typer(gold_commands.app, name="gold")
app.add_typer(annotation_commands.app, name="annotations")


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"communique {version('communique')}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
    debug: Annotated[
        bool,
        typer.Option("--debug", help="Show the traceback of an error, anywhere in the command."),
    ] = False,
) -> None:
    """Find positions, conditions, threats and agreements in news articles."""
    # `main` handles both options; they are declared here for the help text.
    del version, debug


def exit_code(error: CommuniqueError) -> int:
    """Return 2 for bad input, 3 for provider or model, 4 for a reply, 5 for a regression."""
    match error:
        case ReplyError():
            return 4
        case ProviderError() | ModelNotAvailable():
            return 3
        case RegressionFound():
            return REGRESSION
        case _:
            return 2


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command line and exit with its exit code.

    Args:
        arguments: the words after the program's name; None means those of ``sys.argv``.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in words
    words = [word for word in words if word != "--debug"]
    try:
        with whole_output():
            app(words, prog_name="communique")
    except CommuniqueError as exc:
        _tell(f"error: {exc}", debug=debug)
        _leave(exit_code(exc))
    except _Interrupted:
        _tell("interrupted", debug=debug)
        _leave(INTERRUPTED)


def _tell(message: str, *, debug: bool) -> None:
    """Print a message on standard error without terminal controls that a quotation may contain."""
    from communique.render.safe_text import harmless

    if debug:
        typer.echo(harmless(traceback.format_exc()), err=True, nl=False)
    typer.echo(harmless(message), err=True)


def _leave(code: int) -> None:
    """Exit with ``code`` even if standard output is closed or its disk is full."""
    if sys.stdout is not None:
        try:
            sys.stdout.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(code)
