"""`communique summarize`: the summaries of one or a few articles."""

from __future__ import annotations

import sys
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from communique.cli.options import BaseUrlOption, ModelOption, PromptOption, server_settings
from communique.cli.terminal import terminal
from communique.cli.text_files import check_output, write_text
from communique.errors import SettingsError

if TYPE_CHECKING:
    from communique import Article, Statement, Summarizer
    from communique.cli.display import Display
    from communique.summary import Summary

__all__ = ["say_where", "summarize"]

_SENT = "The article is sent to"


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
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="ARTICLE",
            help="Files of text in UTF-8, HTML, PDF or Word (.docx); addresses of web pages; or - "
            "for standard input.",
        ),
    ],
    *,
    model: ModelOption = None,
    prompt: PromptOption = None,
    base_url: BaseUrlOption = None,
    timeout: Annotated[float | None, typer.Option(help="Seconds to wait for a reply.")] = None,
    private_addresses: Annotated[
        bool,
        typer.Option("--private-addresses", help="Read web pages in your own network, too."),
    ] = False,
    title: Annotated[str | None, typer.Option(help="The article's headline.")] = None,
    source: Annotated[
        str | None, typer.Option(help="Who published it: a newspaper or agency.")
    ] = None,
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
    """Find positions, conditions, threats and agreements in each ARTICLE, with the evidence.

    JSON Lines, CSV, Parquet and folders are for `communique batch`. Web pages need the extra `web`,
    PDF and Word the extra `docs`.

    The article is sent to the model that --model or COMMUNIQUE_MODEL names; without either, to
    OpenAI if OPENAI_API_KEY is set, else to the embedded model, which runs on this machine.

    Keys are read only from the environment (COMMUNIQUE_API_KEY, OPENAI_API_KEY), since other
    users of a machine can see a command's arguments.
    """
    from communique import Summarizer, read_article
    from communique.cli.several import summarize_several
    from communique.documents.document_fields import given_fields
    from communique.render import FORMATS

    fields = given_fields(
        title=title, source=source, url=url, published=published, language=language
    )
    several = len(sources) > 1
    if several and fields:
        raise SettingsError(f"--{next(iter(fields))} is about one article: name one only")
    read = partial(read_article, private_addresses=private_addresses)
    only = None if several else read(sources[0], **fields)
    check_output(output, *sources)
    is_watched = form is Format.TABLE and output is None and sys.stdout.isatty()
    settings = server_settings(base_url)
    if timeout is not None:
        settings["timeout"] = timeout
    with Summarizer(model=model, prompt=prompt, **settings) as summarizer:
        if not quiet:
            say_where(summarizer, "The articles are sent to" if several else _SENT)
        ask = partial(_ask, summarizer, is_live=is_watched and not quiet, quiet=quiet)
        if only is None:
            show = _show if is_watched else None
            summarize_several(sources, read, ask, form=form, output=output, show=show)
            return
        summary = ask(only)
    if is_watched:
        _show(summary)
    else:
        write_text(FORMATS[form](summary), output)


def say_where(summarizer: Summarizer, what: str) -> None:
    """Say which server a text goes to, before it does."""
    from communique.models import destination

    typer.echo(f"{what}: {destination(summarizer.model)}", err=True)


def _ask(summarizer: Summarizer, article: Article, *, is_live: bool, quiet: bool) -> Summary:
    from communique.cli.display import progress_display

    with progress_display(enabled=not quiet) as display:
        if is_live:
            return _read_live(summarizer, article, display)
        return summarizer.summarize(article, on_progress=display)


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
