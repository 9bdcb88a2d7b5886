"""`communique summarize`: the summary of one article."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from communique.cli.terminal import terminal
from communique.cli.text_files import check_output, read_text, write_text

if TYPE_CHECKING:
    from communique import Summarizer
    from communique.settings import SettingsKwargs
    from communique.summary import Summary

__all__ = ["say_where", "summarize"]


class Format(StrEnum):
    """Output formats: the names in `communique.render.FORMATS`, whose import is slower."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"
    MARKDOWN = "markdown"
    HTML = "html"


def summarize(
    article: Annotated[str, typer.Argument(help="Text file in UTF-8, or - for standard input.")],
    *,
    model: Annotated[
        str | None, typer.Option(help="provider/name, such as openai/gpt-4.1-mini, or local.")
    ] = None,
    prompt: Annotated[
        str | None,
        typer.Option(help="A prompt version, or the path of its folder."),
    ] = None,
    base_url: Annotated[
        str | None, typer.Option(help="Root of an OpenAI-compatible API, …/v1.")
    ] = None,
    timeout: Annotated[float | None, typer.Option(help="Seconds to wait for a reply.")] = None,
    title: Annotated[str | None, typer.Option(help="The article's headline.")] = None,
    url: Annotated[str | None, typer.Option(help="Address at which it was published.")] = None,
    published: Annotated[
        str | None, typer.Option(help="Date of publication: 2026-01-31 or 2026-01-31T12:00:00Z.")
    ] = None,
    language: Annotated[
        str | None, typer.Option(help="Language of the article: en, uk, zh …")
    ] = None,
    form: Annotated[Format, typer.Option("--format", help="Output format.")] = Format.TABLE,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write to, atomically.")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Do not show progress.")] = False,
) -> None:
    """Say who holds, demands, threatens and agrees what in ARTICLE, with the evidence.

    The article is sent to the model that --model or COMMUNIQUE_MODEL names; without either, to
    OpenAI if OPENAI_API_KEY is set, else to the embedded model, which runs on this machine.

    Keys are read only from the environment (COMMUNIQUE_API_KEY, OPENAI_API_KEY), since other
    users of a machine can see a command's arguments.
    """
    from communique import Article, Summarizer
    from communique.cli.display import progress_display

    text = Article.model_validate(
        {
            "text": read_text(article),
            "title": title,
            "url": url,
            "published": published,
            "language": language,
        }
    )
    check_output(output, article)
    # None as an argument would mean the provider's own server, whatever the variables say.
    settings: SettingsKwargs = {} if base_url is None else {"base_url": base_url}
    if timeout is not None:
        settings["timeout"] = timeout
    with (
        Summarizer(model=model, prompt=prompt, **settings) as summarizer,
        progress_display(enabled=not quiet) as on_progress,
    ):
        if not quiet:
            say_where(summarizer, "The article is sent to")
        summary = summarizer.summarize(text, on_progress=on_progress)
    if form is Format.TABLE and output is None and sys.stdout.isatty():
        _show(summary)
    else:
        write_text(_written(summary, form), output)


def say_where(summarizer: Summarizer, what: str) -> None:
    """Say which server a text goes to, before it does."""
    model = summarizer.model
    where = f"{model.provider}, {model.server}" if model.server else model.provider
    typer.echo(f"{what}: {where}", err=True)


def _show(summary: Summary) -> None:
    from communique.render.table import print_table

    print_table(summary, terminal())


def _written(summary: Summary, form: Format) -> str:
    from communique.render import FORMATS

    return FORMATS[form](summary)
