"""`communique prompts`: look at prompt versions, and release new ones."""

from __future__ import annotations

import typer

from communique.errors import PromptError

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="Look at prompt versions, and release new ones.")


@app.command("list")
def list_() -> None:
    """List the versions that come with the library."""
    from communique.prompts import default_version, list_versions, load_prompt  # noqa: PLC0415

    defaults = {default_version("local"): "local", default_version(""): "hosted"}
    if len(defaults) == 1:
        defaults = dict.fromkeys(defaults, "all")
    for version in list_versions():
        prompt = load_prompt(version)
        note = f" (default for {defaults[version]} models)" if version in defaults else ""
        typer.echo(
            f"{version}\t{prompt.strategy}\t{prompt.sha256[:12]}\t{prompt.description}{note}"
        )


@app.command()
def check() -> None:
    """Check that released versions are unchanged and new ones are released."""
    from communique.prompts import check_prompts, list_versions  # noqa: PLC0415

    problems = check_prompts()
    if problems:
        raise PromptError("\n".join(problems))
    typer.echo(f"{len(list_versions())} prompt versions, all as released", err=True)


@app.command()
def lock(version: str) -> None:
    """Release VERSION: fix its content by its hash in prompts/lock.toml."""
    from communique.prompts import lock_version  # noqa: PLC0415

    typer.echo(f"{version}\t{lock_version(version)}")
