"""`communique gold`: checks of the annotated articles."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from communique.cli.checkout import check_checkout
from communique.errors import GoldError

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="Check the annotated articles.")


@app.callback()
def gold() -> None:
    """Check the annotated articles."""


@app.command()
def check(
    root: Annotated[Path, typer.Option(help="The repository, whose seeds/ is checked.")] = Path(),
) -> None:
    """Check the form, evidence and wording of every gold file."""
    from communique.evaluation.gold import check_gold, load_all

    check_checkout(root, "gold check", "seeds")
    problems = check_gold(root / "seeds")
    if problems:
        raise GoldError("\n".join(problems))
    articles = load_all(root / "seeds")
    count = sum(len(article.statements) for article in articles)
    typer.echo(f"{len(articles)} articles, {count} statements, no problems", err=True)
