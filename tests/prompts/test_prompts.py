"""Prompt versions: what ships is released and unchanged; what is broken says where."""

from __future__ import annotations

import os
import shutil
import tomllib
from pathlib import Path

import pytest

from communique._internal import files
from communique.cli import main
from communique.errors import PromptError
from communique.prompts import (
    check_prompts,
    default_version,
    list_versions,
    load_prompt,
    lock_version,
    new_version,
    prompt_files,
)


def test_shipped_prompts_are_released_and_unchanged() -> None:
    """Nothing that was released has changed; a change is a new version."""
    assert check_prompts() == []
    assert list_versions()[:2] == ["v1", "v2"]


def test_defaults_exist() -> None:
    """Each provider's default is a version that loads; local models get short questions."""
    assert load_prompt(default_version("local")).strategy == "conversation"
    assert load_prompt(default_version("openai")).strategy == "whole"
    assert default_version("some-other") == default_version("openai")


def test_one_changed_word_is_noticed(folder: Path) -> None:
    """The lock catches a released prompt that was edited, and says what to do."""
    path = folder / "v1" / "instructions.md"
    path.write_text(path.read_text(encoding="utf-8").replace("one", "two", 1), encoding="utf-8")
    (problem,) = check_prompts(folder)
    assert "v1 was changed after its release" in problem
    with pytest.raises(PromptError, match="changed after its release"):
        lock_version("v1", folder)


def test_line_endings_of_a_checkout_do_not_change_a_prompt(folder: Path) -> None:
    """A prompt checked out with CRLF is the same prompt."""
    for path in (folder / "v1").iterdir():
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert check_prompts(folder) == []


def test_a_new_version_is_locked_once(folder: Path) -> None:
    """A copied version is reported until it is locked, and fixed from then on."""
    shutil.copytree(folder / "v2", folder / "v9")
    (problem,) = check_prompts(folder)
    assert "communique prompts lock v9" in problem
    digest = lock_version("v9", folder)
    assert lock_version("v9", folder) == digest
    assert check_prompts(folder) == []


def test_a_new_version_is_a_copy(folder: Path) -> None:
    """A new version starts as a copy, under a name that is free and can be a folder's."""
    assert new_version("v9", "v2", folder) == folder / "v9"
    assert prompt_files("v9", folder) == prompt_files("v2", folder)
    for name, source in (("v9", "v2"), ("../v4", "v2"), ("", "v2"), ("v10", "v99")):
        with pytest.raises(PromptError):
            new_version(name, source, folder)


NO_NAMES = ["v9/", "./v9", "v9.1", "vé", "v 9", "v9\n", "..", "", '"', "ｖ３"]


@pytest.mark.parametrize("name", NO_NAMES)
def test_only_plain_names_are_released(folder: Path, name: str) -> None:
    """A name that could not stand in lock.toml is refused, and the lock stays as it was."""
    before = (folder / "lock.toml").read_bytes()
    shutil.copytree(folder / "v2", folder / "v9")
    with pytest.raises(PromptError, match="can't name a version"):
        lock_version(name, folder)
    with pytest.raises(PromptError, match="can't name a version"):
        new_version(name, "v2", folder)
    assert (folder / "lock.toml").read_bytes() == before
    with pytest.raises(PromptError, match=r"no prompt version 'v8'; versions are: v1, v2, .*v9"):
        lock_version("v8", folder)


@pytest.mark.parametrize("name", ["v9.1", "vé", "v 9"])
def test_a_folder_with_another_name_is_no_version(folder: Path, name: str) -> None:
    """A folder that no version can be named after is reported, not taken or passed over."""
    shutil.copytree(folder / "v2", folder / name)
    assert list_versions(folder) == list_versions()
    (problem,) = check_prompts(folder)
    assert name in problem
    assert "rename it" in problem


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is full")
@pytest.mark.parametrize("full_at", ["schema.json", "lock.toml"])
def test_lock_is_written_all_or_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch, full_at: str
) -> None:
    """A disk that is full leaves the old lock, no remains, and an error that names the file."""
    new_version("v9", "v2", folder)
    before = (folder / "lock.toml").read_bytes()
    names = sorted(path.name for path in folder.iterdir())
    create = files.create

    def full(path: str, flags: int) -> int:
        is_lock = Path(path).parent == folder
        if full_at == "lock.toml" and not is_lock:
            return create(path, flags)
        os.close(create(path, flags))
        return os.open("/dev/full", os.O_WRONLY)

    with monkeypatch.context() as patch:
        patch.setattr(files, "create", full)
        with pytest.raises(PromptError, match=f"{full_at} can't be written: No space left"):
            lock_version("v9", folder)
    assert (folder / "lock.toml").read_bytes() == before
    assert sorted(path.name for path in folder.iterdir()) == names
    digest = lock_version("v9", folder)
    lock = tomllib.loads((folder / "lock.toml").read_text(encoding="utf-8"))
    assert lock["released"]["v9"] == digest
    assert lock["default"] == tomllib.loads(before.decode())["default"]


def test_a_lost_version_is_noticed(folder: Path) -> None:
    """A released version may not vanish: old summaries name it."""
    shutil.rmtree(folder / "v1")
    assert any("v1" in problem and "missing" in problem for problem in check_prompts(folder))


def test_a_released_version_without_its_settings(folder: Path) -> None:
    """A folder that holds no prompt any more is noticed, as one that is gone is."""
    (folder / "v1" / "prompt.toml").unlink()
    (problem,) = check_prompts(folder)
    assert problem.startswith("prompt v1 is in lock.toml, but ")
    assert problem.endswith("prompt.toml is missing; restore it")


def test_a_folder_of_ones_own_works(folder: Path) -> None:
    """Any folder can be a version; it is named by its path and not locked."""
    own = folder / "mine"
    shutil.copytree(folder / "v2", own)
    (own / "instructions.md").write_text("Read closely.\n", encoding="utf-8")
    prompt = load_prompt(str(own))
    assert prompt.version == "mine"
    assert prompt.instructions == "Read closely."
    assert prompt.sha256 != load_prompt("v2").sha256


def test_an_edited_folder_is_the_edited_prompt(folder: Path) -> None:
    """A change to a prompt's files takes effect at the next call."""
    own = folder / "mine"
    shutil.copytree(folder / "v2", own)
    before = load_prompt(str(own))
    assert load_prompt(str(own)) is before
    (own / "instructions.md").write_text("Read closely.\n", encoding="utf-8")
    assert load_prompt(str(own)).instructions == "Read closely."
    assert load_prompt(str(own)).sha256 != before.sha256
    (own / "prompt.toml").write_text("strategy = 1\n", encoding="utf-8")
    with pytest.raises(PromptError):
        load_prompt(str(own))


def test_show_and_diff_take_folders(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The commands name prompts as `load_prompt` does: by version, or by a folder's path."""
    monkeypatch.chdir(folder.parent)
    (folder / "v2" / "instructions.md").write_text("Read closely.\n", encoding="utf-8")

    def run(*words: str) -> tuple[object, str, str]:
        with pytest.raises(SystemExit) as left:
            main(["prompts", *words])
        return left.value.code, *capsys.readouterr()

    assert "--- instructions.md\nRead closely.\n" in run("show", "./prompts/v2")[1]
    shown = run("diff", "v2", "./prompts/v2/")[1]
    assert "--- v2/instructions.md\n+++ ./prompts/v2/instructions.md" in shown
    assert "+Read closely." in shown
    code, _, said = run("show", "./prompts/v9")
    assert code == 2
    assert "no prompt folder prompts/v9" in said


def test_a_home_that_nobody_has_is_a_prompt_error() -> None:
    """A path that can't be resolved is an error of this library."""
    with pytest.raises(PromptError, match="no-such-user"):
        load_prompt("~no-such-user/v1")


def test_unknown_version_names_the_known_ones() -> None:
    """A wrong name lists the right ones."""
    with pytest.raises(PromptError, match="no prompt version 'v99'; versions are: v1, v2"):
        load_prompt("v99")


STATEMENT = (
    "{kind: position, actor: A, on_behalf_of: null, issue: x, stance: supports, sentences: [1]}"
)


@pytest.mark.parametrize(
    ("file", "content", "says"),
    [
        ("prompt.toml", None, "missing"),
        ("instructions.md", None, "missing"),
        ("examples.yaml", None, "missing"),
        ("questions.toml", None, "missing"),
        ("prompt.toml", b"strategy = ", "prompt.toml"),
        ("prompt.toml", b'strategy = "guess"\ndescription = "x"\n[sampling]\nmax_tokens=1', "strategy"),
        ("prompt.toml", b'strategy = "whole"\ndescription = "x"\n', "sampling"),
        ("prompt.toml", b'strategy = "whole"\ndescription = "x"\nextra=1\n[sampling]\nmax_tokens=1', "extra"),
        ("prompt.toml", b'strategy = "whole"\ndescription = "x"\n[sampling]\nmax_tokens=0', "max_tokens"),
        ("instructions.md", b" \n", "empty"),
        ("instructions.md", b"\xff\xfe", "can't be read"),
        ("examples.yaml", b"- [", "examples.yaml"),
        ("examples.yaml", b"text: x", "a list of examples"),
        ("examples.yaml", b"- {text: A b., statements: []}", "example 1: .*gist"),
        ("examples.yaml", b"- {text: '', gist: g, statements: []}", "example 1: .*empty"),
        ("examples.yaml", f"- {{text: A b., gist: g, statements: [{STATEMENT.replace('[1]', '[2]')}]}}".encode(),
         "statement 1: sentences must be from 1 to 1"),
        ("examples.yaml", f"- {{text: A b., gist: g, statements: [{STATEMENT.replace('[1]', '[]')}]}}".encode(),
         "statement 1: sentences must be a list of numbers"),
        ("examples.yaml", f"- {{text: A b., gist: g, statements: [{STATEMENT.replace('supports', 'likes')}]}}".encode(),
         "statement 1: .*stance"),
        ("examples.yaml", f"- {{text: A b., gist: g, statements: [{STATEMENT.replace('position', 'wish')}]}}".encode(),
         "statement 1: "),
    ],
)  # fmt: skip
def test_a_broken_prompt_says_where(
    folder: Path, file: str, content: bytes | None, says: str
) -> None:
    """Each way to break a prompt is found when it is loaded, before any request is sent."""
    path = folder / "v1" / file
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(PromptError, match=f"(?s){says}"):
        load_prompt(str(folder / "v1"))


def test_no_such_folder(tmp_path: Path) -> None:
    """A path that leads nowhere is named."""
    with pytest.raises(PromptError, match="no prompt folder"):
        load_prompt(str(tmp_path / "nothing"))
