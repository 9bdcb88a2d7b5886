"""`communique prompts new | lock`, and commands that need a clone, run outside one."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from communique.cli import main
from communique.errors import PromptError
from communique.prompts import check_prompts, loading, lock_version, new_version, releasing

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> object:
    def command(*words: str) -> tuple[object, str, str]:
        try:
            main(words)
        except SystemExit as left:
            return left.code, *capsys.readouterr()
        raise AssertionError

    return command


@pytest.fixture
def installed(tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The versions of a library that is installed from a wheel; the current directory is empty."""
    ours = tmp_path / "site-packages" / "communique" / "_prompts"
    ours.parent.mkdir(parents=True)
    folder.rename(ours)
    for module in (loading, releasing):
        monkeypatch.setattr(module, "prompts_folder", lambda: ours)
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    return ours


def content(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("words", [("new", "v9", "--from", "v2"), ("lock", "v2")])
def test_an_installed_library_is_not_written_to(installed: Path, run, words) -> None:
    """Without a folder the command says what it needs; the library's own is refused."""
    before = content(installed)
    code, _, said = run("prompts", *words)
    assert code == 2
    assert "work/prompts contains no prompt versions (no lock.toml)" in said
    assert "--folder" in said
    for path in (str(installed), f"{installed.parent}/../communique/_prompts"):
        code, _, said = run("prompts", *words, "--folder", path)
        assert code == 2
        assert "belongs to the installed library; name a folder of your own" in said
    assert content(installed) == before


def test_a_folder_of_ones_own(installed: Path, run) -> None:
    """`--folder` is made, filled from the library's versions, locked and checked."""
    assert run("prompts", "new", "mine", "--from", "v2", "--folder", "own")[0] == 0
    assert run("prompts", "check", "--folder", "own")[0] == 2  # there is no lock yet
    assert run("prompts", "lock", "mine", "--folder", "own")[0] == 0
    assert run("prompts", "new", "yours", "--from", "mine", "--folder", "own")[0] == 0
    code, _, said = run("prompts", "check", "--folder", "own")
    assert code == 2
    assert "prompt yours has no lock entry" in said
    assert run("prompts", "lock", "yours", "--folder", "own")[0] == 0
    assert run("prompts", "check", "--folder", "own")[0] == 0


def test_a_clone_is_written_to_where_the_command_runs(
    folder: Path, monkeypatch: pytest.MonkeyPatch, run
) -> None:
    """In a clone, prompts/ is the folder, as the README says."""
    monkeypatch.chdir(folder.parent)
    assert run("prompts", "new", "v3", "--from", "v2") == (0, "prompts/v3\n", "")
    assert run("prompts", "lock", "v3")[0] == 0
    assert check_prompts(folder) == []


def test_the_functions_need_a_folder(installed: Path) -> None:
    """The functions refuse what the commands refuse."""
    with pytest.raises(PromptError, match="belongs to the installed library"):
        new_version("v9", "v2", installed)
    with pytest.raises(PromptError, match="belongs to the installed library"):
        lock_version("v2", installed)


@pytest.mark.parametrize("words", [("gold", "check"), ("eval", "--quiet")])
def test_commands_that_need_a_clone_say_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run, words
) -> None:
    """Elsewhere they name what they read, where they looked, and what to do."""
    monkeypatch.chdir(tmp_path)
    code, _, said = run(*words)
    assert code == 2
    assert (
        f"communique {' '.join(words[:2] if words[0] == 'gold' else words[:1])} reads seeds/"
        in said
    )
    assert str(tmp_path) in said
    assert "--root" in said


def test_python_m_communique() -> None:
    """The package runs as a program, under its own name."""
    done = subprocess.run(
        [sys.executable, "-m", "communique", "prompts", "list"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("v1\twhole\t")
    usage = subprocess.run(
        [sys.executable, "-m", "communique", "--help"], capture_output=True, text=True, check=True
    )
    assert "Usage: communique [OPTIONS]" in usage.stdout
