"""`communique summarize`: the summary of one article."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from communique.cli.options import BaseUrlOption, ModelOption, PromptOption, server_settings
from communique.cli.terminal import terminal
from communique.cli.text_files import check_output, read_text, write_text

if TYPE_CHECKING:
    from communique import Article, Statement, Summarizer
    from communique.cli.display import Display
    from communique.summary import Summary

__all__ = ["say_where", "summarize"]


class Format(StrEnum):
    """Output formats: the names in `communique.render.FORMATS`, whose import is slower."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"
    MARKDOWN = "markdown"
    MD = "md"
    HTML = "html"


def summarize(
    article: Annotated[str, typer.Argument(help="Text file in UTF-8, or - for standard input.")],
    *,
    model: ModelOption = None,
    prompt: PromptOption = None,
    base_url: BaseUrlOption = None,
    timeout: Annotated[float | None, typer.Option(help="Seconds to wait for a reply.")] = None,
    title: Annotated[str | None, typer.Option(help="The article's headline.")] = None,
    url: Annotated[str | None, typer.Option(help="Address at which it was published.")] = None,
    published: Annotated[
        str | None, typer.Option(help="Date of publication: 2026-01-31 or 2026-01-31T12:00:00Z.")
    ] = None,
    language: Annotated[
        str | None, typer.Option(help="Language of the article: en, uk, zh …")
    ] = None,
    form: Annotated[
        Format, typer.Option("--format", "-f", case_sensitive=False, help="Output format.")
    ] = Format.TABLE,
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
    is_watched = form is Format.TABLE and output is None and sys.stdout.isatty()
    settings = server_settings(base_url)
    if timeout is not None:
        settings["timeout"] = timeout
    with (
        Summarizer(model=model, prompt=prompt, **settings) as summarizer,
        progress_display(enabled=not quiet) as display,
    ):
        if not quiet:
            say_where(summarizer, "The article is sent to")
        if is_watched and not quiet:
            summary = _read_live(summarizer, text, display)
        else:
            summary = summarizer.summarize(text, on_progress=display)
    if is_watched:
        _show(summary)
    else:
        write_text(_written(summary, form), output)


def say_where(summarizer: Summarizer, what: str) -> None:
    """Say which server a text goes to, before it does."""
    from communique.models import destination

    typer.echo(f"{what}: {destination(summarizer.model)}", err=True)


def _read_live(summarizer: Summarizer, article: Article, display: Display) -> Summary:
    """Return an article's summary, and show its statements as they are found."""
    found: dict[str, Statement] = {}
    with summarizer.stream(article, on_progress=display) as statements:
        for statement in statements:
            found[statement.id] = statement
            for retracted in statements.retracted:
                found.pop(retracted, None)
            display.show_found(statements.gist, found.values())
        return statements.summary


def _show(summary: Summary) -> None:
    from communique.render.table import print_table

    print_table(summary, terminal())


def _written(summary: Summary, form: Format) -> str:
    from communique.render import FORMATS

    return FORMATS[form](summary)
