"""The file of the cache: private, shared by processes, and never believed if it is another's."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from communique._internal import cache_file
from communique.cache import AnswerCache
from communique.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

posix = pytest.mark.skipif(os.name == "nt", reason="permissions of POSIX")

WRITER = """
import sys
from pathlib import Path
from communique.cache import AnswerCache

path, first, count = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
sys.stdin.readline()
cache = AnswerCache(path)
for number in range(first, first + count):
    cache.put(f"{number}".encode(), "m", b"answer %d " % number * 300)
    print(number, flush=True)
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "answers.sqlite"


@pytest.fixture
def start(file: Path) -> Iterator[Callable[[int, int], subprocess.Popen[str]]]:
    """Return a function that starts a process which writes answers, once it is given a line."""
    processes: list[subprocess.Popen[str]] = []

    def started(first: int, count: int) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", WRITER, str(file), str(first), str(count)]
        pipe = subprocess.PIPE
        processes.append(subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True))
        return processes[-1]

    yield started
    for process in processes:
        process.kill()
        process.communicate()


def has(file: Path, numbers: list[int]) -> bool:
    cache = AnswerCache(file)
    found = [cache.get(f"{number}".encode()) for number in numbers]
    cache.close()
    return found == [b"answer %d " % number * 300 for number in numbers]


def is_whole(file: Path) -> bool:
    connection = sqlite3.connect(file)
    (report,) = connection.execute("PRAGMA integrity_check").fetchone()
    connection.close()
    return report == "ok"


def test_processes_that_write_at_once_lose_nothing(
    file: Path, start: Callable[[int, int], subprocess.Popen[str]]
) -> None:
    """They begin together, with a file that is not there yet."""
    processes = [start(first, 40) for first in (0, 1_000, 2_000)]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        process.communicate(timeout=60)
        assert process.returncode == 0
    assert has(file, [first + number for first in (0, 1_000, 2_000) for number in range(40)])
    assert is_whole(file)


@posix
def test_a_killed_process_loses_nothing_that_was_written(
    file: Path, start: Callable[[int, int], subprocess.Popen[str]]
) -> None:
    """Wherever it was killed, half an answer is none."""
    written: list[int] = []
    for first in (0, 10_000):
        process = start(first, 10_000)
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("go\n")
        process.stdin.flush()
        for line in process.stdout:
            written.append(int(line))
            if len(written) % 20 == 0:
                break
        process.send_signal(signal.SIGKILL)
        process.wait(10)
        assert has(file, written)
        assert is_whole(file)


@posix
def test_only_its_owner_can_read_it(file: Path) -> None:
    """Nor its companions, whatever the umask."""
    before = os.umask(0)
    try:
        cache = AnswerCache(file)
        cache.put(b"key", "m", b"answer")
        made = {path.name: stat.S_IMODE(path.stat().st_mode) for path in file.parent.iterdir()}
        cache.close()
    finally:
        os.umask(before)
    assert made == dict.fromkeys([file.name, f"{file.name}-wal", f"{file.name}-shm"], 0o600)


def test_an_answer_that_is_given_again_replaces_the_first(file: Path) -> None:
    """As after a damage."""
    cache = AnswerCache(file)
    for answer in (b"first", b"second"):
        cache.put(b"key", "m", answer)
    assert cache.get(b"key") == b"second"
    assert cache.count() == 1
    assert cache.get(b"other") is None
    cache.close()


def sql(file: Path, *statements: str) -> None:
    connection = sqlite3.connect(file)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def text(file: Path) -> None:
    file.write_bytes(b"Talks go on. " * 99)


def folder(file: Path) -> None:
    file.mkdir()


def pipe(file: Path) -> None:
    os.mkfifo(file)


def foreign(file: Path) -> None:
    sql(file, "CREATE TABLE notes (text)")


def foreign_by_id(file: Path) -> None:
    sql(file, "PRAGMA application_id = 5")


def other_format(file: Path) -> None:
    AnswerCache(file).close()
    sql(file, "PRAGMA user_version = 2")


def cut_off(file: Path) -> None:
    AnswerCache(file).close()
    file.write_bytes(file.read_bytes()[:5_000])


def overwritten(file: Path) -> None:
    AnswerCache(file).close()
    content = file.read_bytes()
    file.write_bytes(content[:200] + b"x" * 4_000 + content[4_200:])


def link(file: Path) -> None:
    AnswerCache(file.with_name("target")).close()
    file.symlink_to("target")


def link_to_nothing(file: Path) -> None:
    file.symlink_to("nothing")


def writable_by_others(file: Path) -> None:
    AnswerCache(file).close()
    file.chmod(0o666)


def in_an_open_folder(file: Path) -> None:
    file.parent.chmod(0o777)


REFUSED: dict[Callable[[Path], None], str] = {
    text: "file is not a database; it is damaged, or no cache at all: delete it, or name another",
    folder: "is a folder; name a file in it, such as .*answers.sqlite",
    pipe: "is not a regular file",
    foreign: "is another program's SQLite file; name another file",
    foreign_by_id: "is another program's SQLite file",
    other_format: r"was made by another version of communique \(format 2, not 1\); delete it",
    cut_off: "malformed; it is damaged",
    overwritten: "malformed; it is damaged",
    link: "is a link",
    link_to_nothing: "is a link",
    writable_by_others: r"any user of this machine can change .*chmod o-w",
    in_an_open_folder: r"any user of this machine can change .*chmod o-w",
}


@posix
@pytest.mark.parametrize("make", REFUSED, ids=lambda make: make.__name__)
def test_a_file_that_is_not_ones_own_cache_is_refused(
    file: Path, make: Callable[[Path], None]
) -> None:
    """The error says why, and what to do; the file stays as it was."""
    make(file)
    before = file.read_bytes() if file.is_file() else b""
    with pytest.raises(SettingsError, match=REFUSED[make]):
        AnswerCache(file)
    assert (file.read_bytes() if file.is_file() else b"") == before
    file.parent.chmod(0o755)


@posix
def test_a_file_of_another_user_is_refused(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its owner could put any answer there."""
    AnswerCache(file).close()
    other = os.geteuid() + 1
    monkeypatch.setattr(cache_file.os, "geteuid", lambda: other)
    with pytest.raises(SettingsError, match="belongs to another user"):
        AnswerCache(file)


@pytest.mark.parametrize("place", ["/proc/answers.sqlite", f"{__file__}/answers.sqlite"])
@pytest.mark.skipif(sys.platform != "linux", reason="a folder of Linux that nobody can write to")
def test_a_folder_that_can_not_be_written_to_is_named(place: str) -> None:
    """As is a file that stands in a folder's place."""
    with pytest.raises(SettingsError, match=f"cache: {place} can't be used: .*; make the file and"):
        AnswerCache(Path(place))


def test_a_file_that_can_not_be_written_to_is_refused(file: Path) -> None:
    """Before the first answer; a read-only copy must not look like an empty cache."""
    AnswerCache(file).close()
    sql(file, "PRAGMA journal_mode = DELETE")
    holder = sqlite3.connect(file, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cache_file, "WAIT_SECONDS", 0.05)
        with pytest.raises(SettingsError, match=r"another program has kept it locked for 0\.05 s"):
            AnswerCache(file)
    holder.close()
    AnswerCache(file).close()


def test_a_file_that_is_read_at_that_moment_is_waited_for(file: Path) -> None:
    """From a copy, say, which is not yet in the mode in which processes share it."""
    AnswerCache(file).close()
    sql(file, "PRAGMA journal_mode = DELETE")
    reader = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    reader.execute("BEGIN")
    reader.execute("SELECT COUNT(*) FROM answers").fetchone()
    end = threading.Timer(0.1, reader.close)
    end.start()
    AnswerCache(file).close()
    end.join()


def test_an_empty_file_becomes_a_cache(file: Path) -> None:
    """As one that a process leaves that was killed before it had written anything."""
    file.touch()
    cache = AnswerCache(file)
    assert cache.contents() == []
    cache.close()


def test_what_is_deleted_is_gone_from_the_file(file: Path) -> None:
    """And its space is free again."""
    cache = AnswerCache(file)
    for number in range(50):
        cache.put(b"%d" % number, "openai/a" if number % 2 else "openai/b", b"secret" * 500)
    before = cache.size()
    assert cache.clear(model="openai/a") == 25
    assert [(each.model, each.answers) for each in cache.contents()] == [("openai/b", 25)]
    assert cache.count(before=0) == cache.clear(before=0) == 0
    assert cache.count(before=2**40) == cache.clear(before=2**40) == 25
    assert cache.size() < before / 5
    cache.close()
    assert b"secret" not in b"".join(path.read_bytes() for path in file.parent.iterdir())


def test_a_closed_cache_opens_again(file: Path) -> None:
    """A `Summarizer` may be used after it was closed."""
    cache = AnswerCache(file)
    cache.put(b"key", "m", b"answer")
    cache.close()
    cache.close()
    assert cache.get(b"key") == b"answer"
    cache.close()
