"""`communique prompts`: commands for inspecting and releasing prompt versions."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from communique.cli.options import complete_version
from communique.errors import PromptError

__all__ = ["app"]

Folder = Annotated[
    Path | None,
    typer.Option(help="Folder of the versions. Default: prompts/ in the current directory."),
]

Version = Annotated[str, typer.Argument(autocompletion=complete_version)]

app = typer.Typer(no_args_is_help=True, help="Inspect prompt versions, and release new ones.")


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
        _print(f"{version}\t{prompt.strategy}\t{prompt.sha256[:12]}\t{prompt.description}{note}")


@app.command()
def show(version: Version) -> None:
    """Print the files of VERSION, a version or the path of a folder."""
    from communique.prompts import prompt_files

    for name, text in prompt_files(version).items():
        _print(f"--- {name}\n{text}")


@app.command()
def diff(old: Version, new: Version) -> None:
    """Print how NEW differs from OLD; each is a version or the path of a folder."""
    from difflib import unified_diff

    from communique.prompts import prompt_files

    before, after = prompt_files(old), prompt_files(new)
    for name, text in before.items():
        labels = (f"{version.rstrip('/')}/{name}" for version in (old, new))
        lines = unified_diff(text.splitlines(), after[name].splitlines(), *labels, n=2)
        for line in lines:
            _print(line.rstrip("\n"))


@app.command()
def new(
    version: str,
    source: Annotated[str, typer.Option("--from", help="The version or folder to copy.")],
    folder: Folder = None,
) -> None:
    """Copy a version to VERSION, which can then be edited, tried and locked."""
    from communique.prompts import new_version

    typer.echo(new_version(version, source, folder or _here()))


@app.command()
def check(
    folder: Annotated[
        Path | None, typer.Option(help="Folder of the versions. Default: the library's own.")
    ] = None,
) -> None:
    """Check that released versions are unchanged and that no version is unreleased."""
    from communique.prompts import check_prompts, list_versions

    problems = check_prompts(folder)
    if problems:
        raise PromptError("\n".join(problems))
    count = len(list_versions(folder))
    versions = f"{count} prompt version{'s'[: count != 1]}"
    typer.echo(f"{versions}, all unchanged since release", err=True)


@app.command()
def lock(version: str, folder: Folder = None) -> None:
    """Release VERSION: record the hash of all that a model is asked in lock.toml."""
    from communique.prompts import lock_version

    typer.echo(f"{version}\t{lock_version(version, folder or _here())}")


def _print(text: str) -> None:
    """Print what a file of a stranger says, without what would control the terminal."""
    from communique.render.safe_text import harmless

    typer.echo(harmless(text))


def _here() -> Path:
    """Return the folder of versions in the checkout that is the current directory.

    Raises:
        PromptError: there is none; the message says to name a folder.
    """
    folder = Path("prompts")
    if not (folder / "lock.toml").is_file():
        raise PromptError(
            f"{folder.absolute()} contains no prompt versions (no lock.toml); name a folder for "
            "yours with --folder, or run this in a clone of communique's repository"
        )
    return folder
