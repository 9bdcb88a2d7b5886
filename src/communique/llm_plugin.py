"""The plugin for Simon Willison's `llm`: ``llm communique FILE``.

`llm` finds it by the entry point in the group ``llm``, and loads it when it starts. So nothing
heavy is imported here.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click
import llm

if TYPE_CHECKING:
    from communique import Article, Summarizer, Summary
    from communique.models import LanguageModel

__all__ = ["register_commands"]

_FORMATS = ("table", "json", "jsonl", "csv", "markdown", "md", "html")


@llm.hookimpl
def register_commands(cli: Any) -> None:
    """Add the command ``llm communique``."""
    cli.add_command(_communique)


@click.command("communique")
@click.argument("article", metavar="FILE")
@click.option("-m", "--model", "model_name", help="A model of llm, or one of communique's: local.")
@click.option("--key", help="API key, or the name of one that llm keeps.")
@click.option(
    "options", "-o", "--option", type=(str, str), multiple=True, help="An option of llm's model."
)
@click.option("--prompt", help="A prompt version of communique, or the path of its folder.")
@click.option("--title", help="The article's headline.")
@click.option("--source", help="Who published it: a newspaper or agency.")
@click.option("--url", help="Address at which it was published.")
@click.option("--published", help="Date of publication: 2026-01-31.")
@click.option("--language", help="Language of the article: en, uk, zh …")
@click.option(
    "form", "-f", "--format", type=click.Choice(_FORMATS, case_sensitive=False), default="table",
    help="Output format.",
)  # fmt: skip
@click.option("-q", "--quiet", is_flag=True, help="Do not show progress.")
def _communique(
    article: str,
    *,
    model_name: str | None,
    key: str | None,
    options: tuple[tuple[str, str], ...],
    prompt: str | None,
    title: str | None,
    source: str | None,
    url: str | None,
    published: str | None,
    language: str | None,
    form: str,
    quiet: bool,
) -> None:
    """Find positions, conditions, threats and agreements in FILE, with quotations.

    FILE is text in UTF-8, HTML, a PDF or Word file, the address of a web page, or - for standard
    input. The model is llm's default one, unless --model or COMMUNIQUE_MODEL names another.
    """
    from communique import Summarizer, read_article
    from communique.cli import exit_code
    from communique.documents.document_fields import given_fields
    from communique.errors import CommuniqueError
    from communique.render.safe_text import harmless

    fields = given_fields(
        title=title, source=source, url=url, published=published, language=language
    )
    try:
        text = read_article(article, **fields)
        model = _open_model(model_name, key, dict(options))
        with Summarizer(model=model, prompt=prompt) as summarizer:
            summary = _read(summarizer, text, quiet=quiet)
    except CommuniqueError as exc:
        click.echo(f"error: {harmless(str(exc))}", err=True)
        raise click.exceptions.Exit(exit_code(exc)) from exc
    _show(summary, form)


def _open_model(
    name: str | None, key: str | None, options: dict[str, str]
) -> str | LanguageModel | None:
    """Return llm's model of a name, or the name for communique, or None for communique's choice.

    Raises:
        ModelNotAvailable: llm has no key for it.
        SettingsError: it does not take the options.
    """
    from communique.errors import SettingsError
    from communique.models.by_llm import LlmModel
    from communique.settings import load_settings

    settings = load_settings()
    if name is None and settings.model is not None:
        own = settings.model
    else:
        try:
            return LlmModel(llm.get_model(name), settings, key=key, options=options)
        except llm.UnknownModelError as exc:
            own = str(name)
            if "/" not in own and own != "local":
                raise SettingsError(
                    f"there is no model {own!r}; `llm models` lists those of llm, and those of "
                    "communique are local and provider/name"
                ) from exc
    if key is not None or options:
        raise SettingsError(f"--key and --option are for models of llm, and {own} is not one")
    return own


def _read(summarizer: Summarizer, article: Article, *, quiet: bool) -> Summary:
    from communique.cli.display import progress_display
    from communique.cli.summarize import say_where

    if not quiet:
        say_where(summarizer, "The article is sent to")
    with progress_display(enabled=not quiet) as display:
        return summarizer.summarize(article, on_progress=display)


def _show(summary: Summary, form: str) -> None:
    from communique.cli.terminal import terminal
    from communique.cli.text_files import write_text
    from communique.render import FORMATS
    from communique.render.table import print_table

    if form == "table" and sys.stdout.isatty():
        print_table(summary, terminal())
    else:
        write_text(FORMATS[form](summary), None)
