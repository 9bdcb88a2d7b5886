"""``communique cache``: what the cache of answers has, and how to get rid of it."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from communique.cli.listing import ListingFormat, ListingOption, print_json, print_rows

if TYPE_CHECKING:
    from communique.cache import AnswerCache, Content

__all__ = ["app"]

_DAY_SECONDS = 86_400

app = typer.Typer(
    name="cache",
    help="Show or clear the cache of answers.",
    no_args_is_help=True,
)

File = Annotated[
    Path | None,
    typer.Option(help="The cache. Default: COMMUNIQUE_CACHE, or the file in the cache folder."),
]


@app.command()
def info(file: File = None, form: ListingOption = ListingFormat.TABLE) -> None:
    """Show the size of the cache, and its answers by model."""
    cache = _existing(file)
    if cache is None:
        return
    contents, size = cache.contents(), cache.size()
    cache.close()
    if form is ListingFormat.JSON:
        rows = [
            {
                "model": content.model,
                "answers": content.answers,
                "bytes": content.size,
                "oldest": _time(content.oldest).isoformat(),
                "newest": _time(content.newest).isoformat(),
            }
            for content in contents
        ]
        answers = sum(content.answers for content in contents)
        print_json({"path": str(cache.path), "answers": answers, "bytes": size, "models": rows})
        return
    typer.echo(f"{cache.path}, {size / 1e6:,.1f} MB")
    numbers = ("answers", "MB", "oldest", "newest")
    print_rows(("model", *numbers), map(_cells, contents), numbers=numbers)


@app.command()
def clear(
    file: File = None,
    *,
    older_than: Annotated[
        float | None, typer.Option(metavar="DAYS", min=0, help="Only answers older than this.")
    ] = None,
    model: Annotated[
        str | None, typer.Option(help="Only answers of this model, as `cache info` names it.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Delete answers from the cache, for good."""
    cache = _existing(file)
    if cache is None:
        return
    now = datetime.datetime.now(datetime.UTC).timestamp()
    before = None if older_than is None else now - older_than * _DAY_SECONDS
    count = cache.count(model=model, before=before)
    if count == 0:
        typer.echo("there are no such answers", err=True)
    elif yes or typer.confirm(f"Delete {_answers(count)} from {cache.path}?", err=True):
        count = cache.clear(model=model, before=before)
        typer.echo(f"deleted {_answers(count)}", err=True)
    cache.close()


def _existing(file: Path | None) -> AnswerCache | None:
    """Return the cache, or say that there is none; looking for one makes none.

    Raises:
        SettingsError: it can't be used.
    """
    from communique.cache import AnswerCache, default_file
    from communique.settings import load_settings

    setting = load_settings().cache if file is None else file
    path = setting if isinstance(setting, Path) else default_file()
    if not path.exists() and not path.is_symlink():
        typer.echo(f"there is no cache at {path}", err=True)
        return None
    return AnswerCache(path)


def _cells(content: Content) -> tuple[str, ...]:
    return (
        content.model,
        f"{content.answers:,}",
        f"{content.size / 1e6:,.1f}",
        f"{_time(content.oldest):%Y-%m-%d}",
        f"{_time(content.newest):%Y-%m-%d}",
    )


def _answers(count: int) -> str:
    return f"{count:,} answer{'' if count == 1 else 's'}"


def _time(seconds: int) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC)
