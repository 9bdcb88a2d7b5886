"""Files of strangers: they are read without harm, or refused with a message of a bounded length."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from typer.testing import CliRunner

from communique import Progress
from communique._internal import files
from communique._internal.strict_yaml import YamlError, load_yaml
from communique.cli import app
from communique.cli.display import progress_display
from communique.errors import ModelNotAvailable, PromptError
from communique.local import sources, weights
from communique.prompts import load_prompt

if TYPE_CHECKING:
    from collections.abc import Callable

posix = pytest.mark.skipif(os.name == "nt", reason="links, pipes and permissions of POSIX")
_MESSAGE = 1_000


@pytest.fixture
def version(tmp_path: Path, repository: Path) -> Path:
    """A folder with a prompt version, as somebody else may have written it."""
    folder = tmp_path / "theirs"
    shutil.copytree(repository / "prompts" / "v1", folder)
    return folder


@posix
@pytest.mark.parametrize(
    "name", ["instructions.md", "prompt.toml", "questions.toml", "examples.yaml"]
)
@pytest.mark.parametrize("kind", ["link", "pipe", "device", "folder", "long"])
def test_a_prompt_is_read_from_regular_files_in_its_folder(
    version: Path, tmp_path: Path, name: str, kind: str
) -> None:
    """A link would send a secret to the model; a pipe or device would hang."""
    file = version / name
    content = file.read_bytes()
    file.unlink()
    if kind == "link":
        (tmp_path / "secret").write_bytes(content)
        file.symlink_to(tmp_path / "secret")
    elif kind == "pipe":
        os.mkfifo(file)
    elif kind == "device":
        file.symlink_to("/dev/zero")
    elif kind == "folder":
        file.mkdir()
    else:
        file.write_bytes(content + b"\n" * 1_000_001)
    started = time.monotonic()
    with pytest.raises(PromptError, match=name) as caught:
        load_prompt(str(version))
    assert time.monotonic() - started < 10
    assert len(str(caught.value)) < _MESSAGE


BOMBS = {
    "aliases": "a: &a [x, x, x, x, x, x, x, x, x]\n"
    + "".join(
        f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]\n"
        for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    ),
    "a loop": "&a [*a]",
    "a merge": "a: &a {x: y}\nb: {<<: *a}",
    "a number": "a: 1" + "0" * 200_000,
    "a date": "a: 2020-01-01" + " " * 100_000 + "\nb: 0x" + "f" * 200_000,
    "a key": f"{'k' * 200_000}: a\n{'k' * 200_000}: b",
    "a tag": f"!{'t' * 200_000} x",
    "an anchor": f"*{'a' * 200_000}",
    "depth": "[" * 20_000,
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_yaml_can_not_explode(bomb: str) -> None:
    """Neither in the time it takes, nor in the message."""
    started = time.process_time()
    with pytest.raises(YamlError) as caught:
        load_yaml(BOMBS[bomb])
    assert len(str(caught.value)) < _MESSAGE
    assert time.process_time() - started < 5


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_prompt_with_such_a_file_is_refused(version: Path, bomb: str) -> None:
    """With a message that fits on a screen."""
    (version / "examples.yaml").write_text(BOMBS[bomb], encoding="utf-8")
    with pytest.raises(PromptError) as caught:
        load_prompt(str(version))
    assert len(str(caught.value)) < _MESSAGE


@pytest.mark.parametrize(
    "header",
    ['strategy = "' + "x" * 200_000 + '"', "k" * 200_000 + " = 1", "a = [" + "[" * 5_000],
)
def test_a_toml_file_of_any_size_has_a_short_message(version: Path, header: str) -> None:
    """Whatever is wrong with it."""
    (version / "prompt.toml").write_text(header, encoding="utf-8")
    with pytest.raises(PromptError) as caught:
        load_prompt(str(version))
    assert len(str(caught.value)) < 10 * _MESSAGE


ESCAPES = "\x1b]0;owned\x07\x1b[2J\x9b31m\x08\u202e"


def test_prompts_reach_the_terminal_without_controls(version: Path, tmp_path: Path) -> None:
    """In show and diff."""
    other = tmp_path / "other"
    shutil.copytree(version, other)
    text = (other / "instructions.md").read_text(encoding="utf-8")
    (other / "instructions.md").write_text(text + ESCAPES, encoding="utf-8")
    for command in (["show", str(other)], ["diff", str(version), str(other)]):
        result = CliRunner().invoke(app, ["prompts", *command])
        assert result.exit_code == 0
        assert "owned" in result.output
        assert not set(ESCAPES) & {"\x1b", "\x07", "\x9b", "\x08", "\u202e"} & set(result.output)


@pytest.mark.parametrize("terminal", [True, False])
def test_progress_reaches_the_terminal_without_controls(terminal: bool) -> None:
    """A server's words may be in its messages."""
    page = io.StringIO()
    console = Console(file=page, force_terminal=terminal, color_system=None, width=100)
    with progress_display(console=console) as show:
        show(Progress("download", 1, 2, f"from{ESCAPES}there"))
    assert "]0;owned\x07" not in page.getvalue()
    assert "\x9b31m" not in page.getvalue()


@posix
def test_weights_are_not_kept_where_others_can_replace_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the folder, or by replacing the folder; a shared folder for temporary files is fine."""
    cache = tmp_path / "cache"
    (cache / "models").mkdir(parents=True)
    monkeypatch.setenv("COMMUNIQUE_CACHE_DIR", str(cache))
    for folder, mode in ((cache / "models", 0o777), (cache, 0o777), (cache / "models", 0o1777)):
        folder.chmod(mode)
        for use in (weights.pull, weights.path):
            with pytest.raises(ModelNotAvailable, match="writable by others"):
                use()
        folder.chmod(0o755)
    cache.chmod(0o1777)
    with pytest.raises(ModelNotAvailable, match="are not at"):
        weights.path()


@posix
def test_no_link_is_followed_on_write(tmp_path: Path) -> None:
    """It may lead to any file of the user."""
    precious = tmp_path / "precious"
    precious.write_bytes(b"old")
    link = tmp_path / "link"
    link.symlink_to(precious)
    with pytest.raises(OSError, match="link"), open(link, "ab", opener=files.create):
        pass
    files.replace(link, b"new")
    assert precious.read_bytes() == b"old"
    assert link.read_bytes() == b"new"


def test_a_file_is_on_the_disk_before_it_has_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that a power cut leaves the old file or the new one."""
    steps: list[str] = []
    sync, rename = os.fsync, Path.replace
    monkeypatch.setattr(os, "fsync", lambda number: (steps.append("sync"), sync(number)))
    monkeypatch.setattr(
        Path, "replace", lambda self, target: (steps.append("rename"), rename(self, target))[1]
    )
    files.replace(tmp_path / "file", b"text")
    assert steps == (["sync", "rename", "sync"] if os.name == "posix" else ["sync", "rename"])


def test_pip_runs_nothing_of_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor of PYTHONPATH: both may be a stranger's."""
    trap = tmp_path / "trap"
    trap.mkdir()
    for name in ("pip.py", "sitecustomize.py", "zipfile.py", "signal.py", "subprocess.py"):
        (trap / name).write_text(f"open({str(tmp_path / 'sprung')!r}, 'w')", encoding="utf-8")
    monkeypatch.chdir(trap)
    monkeypatch.setenv("PYTHONPATH", str(trap))
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/")
    monkeypatch.setenv("PIP_RETRIES", "0")
    folder = tmp_path / "wheels"
    folder.mkdir()
    with pytest.raises(sources.SourceFailed, match="pip could not download"):
        sources._download_wheel("no-such-wheel==1", folder, lambda _: None)
    assert not (tmp_path / "sprung").exists()


@posix
def test_pip_ends_with_its_parent(tmp_path: Path) -> None:
    """Even if that is killed."""
    program = f"""
import sys
from pathlib import Path
from communique.local import sources
command = [sys.executable, "-I", "-S", sources.supervisor.__file__, sys.executable, "-c",
           "import os, time; open({str(tmp_path / "pid")!r}, 'w').write(str(os.getpid())); time.sleep(60)"]
import os
lifeline, ours = os.pipe()
sources._run_pip(command, Path({str(tmp_path)!r}), lifeline, lambda count: None)
"""
    parent = subprocess.Popen([sys.executable, "-c", program])
    try:
        pid = int(_awaited((tmp_path / "pid").read_text))
    finally:
        parent.kill()
        parent.wait()
    assert _awaited(lambda: not _is_running(pid))


def _awaited(look: Callable[[], Any]) -> Any:
    for _ in range(300):
        try:
            if found := look():
                return found
        except OSError:
            pass
        time.sleep(0.1)
    raise AssertionError("it did not happen within 30 s")


def _is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


@given(st.text(max_size=400), st.integers(0, 3))
def test_any_yaml_is_read_or_refused(text: str, copies: int) -> None:
    """With a bounded message."""
    message = ""
    try:
        load_yaml(text * (copies + 1))
    except YamlError as exc:
        message = str(exc)
    assert len(message) < _MESSAGE
