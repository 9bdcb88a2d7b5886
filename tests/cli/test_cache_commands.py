"""`communique cache`: what is kept, and how to get rid of it."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from communique.cache import AnswerCache
from communique.cli import main
from communique.cli.cache_commands import app

if TYPE_CHECKING:
    from click.testing import Result

DAY = 86_400


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache with answers of two models, some of them ten days old, that the variable names."""
    path = tmp_path / "answers.sqlite"
    now = time.time()
    cache = AnswerCache(path)
    for number, (model, age) in enumerate(
        [("openai/a", 0), ("openai/a", 10), ("local/[b]", 10), ("local/[b]", 0), ("local/[b]", 0)]
    ):
        monkeypatch.setattr("communique.cache.time.time", lambda age=age: now - age * DAY)
        cache.put(bytes([number]), model, b"answer" * 100_000)
    cache.close()
    monkeypatch.undo()
    monkeypatch.setenv("COMMUNIQUE_CACHE", str(path))
    return path


def left(file: Path) -> dict[str, int]:
    cache = AnswerCache(file)
    counts = {content.model: content.answers for content in cache.contents()}
    cache.close()
    return counts


def run(*words: str, said: str | None = None) -> Result:
    return CliRunner().invoke(app, words, input=said)


def test_info_for_people(file: Path) -> None:
    """A line for each model; the size on the disk."""
    output = run("info").stdout
    assert f"{file}, 3." in output.replace("\n", "")
    lines = [line.split() for line in output.splitlines()]
    assert ["openai/a", "2", "1.2"] in [line[:3] for line in lines]
    assert ["local/[b]", "3", "1.8"] in [line[:3] for line in lines]


def test_info_for_programs(file: Path) -> None:
    """With times, and the path that was meant."""
    about = json.loads(run("info", "-f", "JSON").stdout)
    assert (about["path"], about["answers"]) == (str(file), 5)
    assert about["bytes"] == file.stat().st_size
    first, _ = about["models"]
    assert (first["model"], first["answers"], first["bytes"]) == ("local/[b]", 3, 1_800_000)
    assert first["oldest"] < first["newest"]


@pytest.mark.parametrize(
    ("options", "count", "after"),
    [
        ([], 5, {}),
        (["--model", "openai/a"], 2, {"local/[b]": 3}),
        (["--older-than", "5"], 2, {"openai/a": 1, "local/[b]": 2}),
        (["--older-than", "5", "--model", "openai/a"], 1, {"openai/a": 1, "local/[b]": 3}),
    ],
)
def test_clear_deletes_what_is_named(
    file: Path, options: list[str], count: int, after: dict[str, int]
) -> None:
    """After it has asked, or with --yes."""
    before = left(file)
    question = f"Delete {count} answer"
    refused = run("clear", *options, said="n\n")
    assert question in refused.stderr
    assert left(file) == before
    assert question not in run("clear", *options, "--yes").stderr
    assert left(file) == after


def test_clear_without_an_answer_deletes_nothing(file: Path) -> None:
    """As in a script that forgot --yes."""
    assert run("clear", said="").exit_code != 0
    assert sum(left(file).values()) == 5


@pytest.mark.parametrize("command", ["info", "clear"])
def test_no_cache_is_none(tmp_path: Path, command: str) -> None:
    """And looking for one makes none."""
    result = run(command, "--file", str(tmp_path / "nothing"))
    assert (result.exit_code, result.stdout) == (0, "")
    assert "there is no cache at" in result.stderr
    assert list(tmp_path.iterdir()) == []
    assert "there are no such answers" in _cleared_of_nothing(tmp_path)


def _cleared_of_nothing(folder: Path) -> str:
    AnswerCache(folder / "empty").close()
    return run("clear", "--file", str(folder / "empty")).stderr


def test_the_default_file_is_in_the_cache_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether or not the cache is on."""
    monkeypatch.setenv("COMMUNIQUE_CACHE_DIR", str(tmp_path))
    AnswerCache(tmp_path / "answers.sqlite").close()
    assert str(tmp_path / "answers.sqlite") in run("info").stdout.replace("\n", "")


def test_another_file_is_an_error(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """With the exit code of bad input."""
    path = tmp_path / "notes.txt"
    path.write_text("no cache", encoding="utf-8")
    with pytest.raises(SystemExit) as ended:
        main(["cache", "clear", "--yes", "--file", str(path)])
    assert ended.value.code == 2
    assert "it is damaged, or no cache at all" in capfd.readouterr().err
    assert path.read_text(encoding="utf-8") == "no cache"
