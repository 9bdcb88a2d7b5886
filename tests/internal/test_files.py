"""Files are written all or nothing, and nobody else may write to them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
import vcr.serialize  # noqa: F401 a test of the command line may have hidden it from `recording`

from communique import recording
from communique._internal import files
from communique.cli.text_files import write_text
from communique.prompts import lock_version, new_version

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

posix = pytest.mark.skipif(os.name == "nt", reason="permissions of POSIX")

CASSETTE = SimpleNamespace(serialize=recording._serialize)
CONTENT: dict[str, Any] = {"requests": [], "responses": []}


@pytest.fixture
def umask() -> Iterator[None]:
    """Files get all the permissions that they are made with."""
    before = os.umask(0)
    yield
    os.umask(before)


def everything(folder: Path) -> dict[str, str]:
    return {str(p.relative_to(folder)): oct(p.stat().st_mode & 0o777) for p in folder.rglob("*")}


@posix
@pytest.mark.usefixtures("umask")
def test_only_the_owner_can_write_to_what_is_made(tmp_path: Path, repository: Path) -> None:
    """Whatever the umask: results, cassettes, prompts, folders."""
    write_text("text", tmp_path / "result.json")
    recording._save_cassette(tmp_path / "tapes" / "new" / "tape.json", CONTENT, CASSETTE)
    prompts = tmp_path / "prompts"
    files.make_folder(prompts)
    shutil.copytree(repository / "prompts" / "v1", prompts / "v1", copy_function=shutil.copyfile)
    (prompts / "v1").chmod(0o755)
    shutil.copyfile(repository / "prompts" / "lock.toml", prompts / "lock.toml")
    for path in (prompts / "lock.toml", *(prompts / "v1").iterdir()):
        path.chmod(0o644)
    new_version("v9", "v1", prompts)
    lock_version("v9", prompts)
    assert {path: mode for path, mode in everything(tmp_path).items() if int(mode, 8) & 0o022} == {}


@posix
def test_a_umask_that_hides_is_kept_to(tmp_path: Path) -> None:
    """What the user wants nobody to read, nobody can."""
    before = os.umask(0o077)
    try:
        files.replace(tmp_path / "new", b"text")
        files.make_folder(tmp_path / "a" / "b")
    finally:
        os.umask(before)
    assert everything(tmp_path) == {"new": "0o600", "a": "0o700", "a/b": "0o700"}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is full")
@pytest.mark.parametrize(
    "write",
    [
        lambda path: files.replace(path, "new"),
        lambda path: recording._save_cassette(path, CONTENT, CASSETTE),
    ],
    ids=["result", "cassette"],
)
def test_a_full_disk_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: Callable[[Path], None]
) -> None:
    """The old file is whole, and nothing else is left behind."""
    path = tmp_path / "file.json"
    path.write_bytes(b"old")
    create = files.create

    def full(name: str, flags: int) -> int:
        os.close(create(name, flags))
        return os.open("/dev/full", os.O_WRONLY)

    monkeypatch.setattr(files, "create", full)
    with pytest.raises(OSError, match="No space left"):
        write(path)
    assert everything(tmp_path).keys() == {"file.json"}
    assert path.read_bytes() == b"old"
