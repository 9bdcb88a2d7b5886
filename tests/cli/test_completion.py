"""Shell completion, by a real bash where there is one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

BASH = shutil.which("bash")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the program on the path, and an article in it."""
    program = tmp_path / "bin" / "communique"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m communique "$@"\n')
    program.chmod(0o755)
    (tmp_path / "article.txt").write_text("Talks ended.", encoding="utf-8")
    return tmp_path


def script(shell: str, folder: Path) -> str:
    """Return the completion script that the documentation names."""
    return subprocess.run(
        [str(folder / "bin" / "communique")],
        env={**os.environ, "_COMMUNIQUE_COMPLETE": f"source_{shell}"},
        capture_output=True, text=True, check=True, timeout=60,
    ).stdout  # fmt: skip


@pytest.mark.skipif(BASH is None, reason="there is no bash")
@pytest.mark.skipif(os.name == "nt", reason="a script in POSIX shell")
def test_bash_completes_commands_options_and_values(folder: Path) -> None:
    """Also versions of prompts; where nothing is offered, bash offers files."""
    lines = [
        "communique ba",
        "communique summarize article.txt --format ma",
        "communique summarize article.txt --prompt v",
        "communique summarize art",
    ]
    asked = "\n".join(
        f'COMP_LINE="{line}"; COMP_WORDS=($COMP_LINE); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); '
        'COMPREPLY=(); _communique_completion communique; echo "${COMPREPLY[*]}"'
        for line in lines
    )
    (folder / "completion.sh").write_text(script("bash", folder), encoding="utf-8")
    done = subprocess.run(
        [str(BASH), "--norc", "-c", f"source completion.sh\ncomplete -p communique\n{asked}"],
        env={**os.environ, "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"},
        cwd=folder, capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    how, *offered = done.stdout.splitlines()
    assert "-o default" in how  # files, where nothing is offered
    assert offered == ["batch", "markdown", "v1 v2", ""]


@pytest.mark.parametrize(("shell", "begins"), [("zsh", "#compdef communique"), ("fish", "complete --command communique")])  # fmt: skip
def test_other_shells_have_their_script(shell: str, begins: str, folder: Path) -> None:
    """As the documentation names it."""
    assert script(shell, folder).strip().startswith(begins)


def test_the_options_that_install_it_are_in_the_help(capfd: pytest.CaptureFixture[str]) -> None:
    """Under the names that other programs have for them."""
    from communique.cli import main

    with pytest.raises(SystemExit):
        main(["--help"])
    told = capfd.readouterr().out
    assert "--install-completion" in told
    assert "--show-completion" in told
