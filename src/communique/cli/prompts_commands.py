"""`communique prompts`: look at prompt versions, and release new ones."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from communique.errors import PromptError

__all__ = ["app"]

Folder = Annotated[
    Path | None,
    typer.Option(help="Where versions are. Default: prompts/ in the current directory."),
]

app = typer.Typer(no_args_is_help=True, help="Look at prompt versions, and release new ones.")


@app.command("list")
def list_() -> None:
    """List the versions that come with the library."""
    from communique.prompts import default_version, list_versions, load_prompt

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
def show(version: str) -> None:
    """Print the files of VERSION, or of the folder that it is the path of."""
    from communique.prompts import prompt_files

    for name, text in prompt_files(version).items():
        typer.echo(f"--- {name}\n{text}")


@app.command()
def diff(old: str, new: str) -> None:
    """Print what NEW changes in OLD; each is a version, or the path of a folder."""
    from difflib import unified_diff

    from communique.prompts import prompt_files

    before, after = prompt_files(old), prompt_files(new)
    for name, text in before.items():
        labels = (f"{version.rstrip('/')}/{name}" for version in (old, new))
        lines = unified_diff(text.splitlines(), after[name].splitlines(), *labels, n=2)
        for line in lines:
            typer.echo(line.rstrip("\n"))


@app.command()
def new(
    version: str,
    source: Annotated[str, typer.Option("--from", help="The version, or folder, to start from.")],
    folder: Folder = None,
) -> None:
    """Copy a version to VERSION, to be changed, tried and locked."""
    from communique.prompts import new_version

    typer.echo(new_version(version, source, folder or _here()))


@app.command()
def check(
    folder: Annotated[
        Path | None, typer.Option(help="Where versions are. Default: those of the library.")
    ] = None,
) -> None:
    """Check that released versions ask what they asked at release, and new ones are released."""
    from communique.prompts import check_prompts, list_versions

    problems = check_prompts(folder)
    if problems:
        raise PromptError("\n".join(problems))
    count = len(list_versions(folder))
    typer.echo(f"{count} prompt version{'s'[: count != 1]}, all as released", err=True)


@app.command()
def lock(version: str, folder: Folder = None) -> None:
    """Release VERSION: fix all that a model is asked by its hash in lock.toml."""
    from communique.prompts import lock_version

    typer.echo(f"{version}\t{lock_version(version, folder or _here())}")


def _here() -> Path:
    """Return the versions' folder of a checkout in which the command runs.

    Raises:
        PromptError: there is none, and a folder must be named.
    """
    folder = Path("prompts")
    if not (folder / "lock.toml").is_file():
        raise PromptError(
            f"{folder.absolute()} holds no prompt versions (no lock.toml); name the folder that is "
            "to hold yours with --folder, or run this in a clone of communique's repository"
        )
    return folder
