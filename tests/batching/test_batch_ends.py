"""The ends that a batch may come to: `kill -9`, Ctrl-C, a full disk, a folder without permission.

In processes of their own, which ask a slow scripted model and note each question in a file.
``tests/stress/kills.py`` does the same with thousands of articles and a server.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from communique.batching.interrupts import first_interrupt

pytestmark = pytest.mark.skipif(os.name == "nt", reason="forks, and sends signals")

COUNT = 60
CONCURRENCY = 4

# Imports once, and then forks a process for each batch: `start` prints its id, `wait` its end.
PROGRAM = """
import asyncio, json, os, resource, sys
import communique
import communique.batching.archive as archive
from communique import asummarize, batch
from functools import partial
from communique.errors import CommuniqueError
from communique.testing import ScriptedModel

class Slow(ScriptedModel):
    def __init__(self, first):
        super().__init__(lambda _: {"gist": "Talks failed.", "statements": []})
        self.left = first
        self.file = os.open("asked", os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    async def ask(self, messages, form, sampling):
        os.write(self.file, b"x")
        self.left -= 1
        while self.left < 0 and not os.path.exists("release"):
            await asyncio.sleep(0.01)
        return await super().ask(messages, form, sampling)

# so that nothing ends only because its time is over
archive.first_interrupt = partial(archive.first_interrupt, 600)

def run(folder, first, room=None):
    os.chdir(folder)
    for number, name in ((1, "said"), (2, "complaints")):
        os.dup2(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    model = Slow(first)
    if room is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
    try:
        report = batch("in.jsonl", output="out.jsonl", model=model, prompt="v1", concurrency=4)
        os.write(1, f"{report.new} {report.done}".encode())
    except (CommuniqueError, KeyboardInterrupt) as error:
        os.write(2, f"{type(error).__name__}: {error}".encode())
        os._exit(1)
    os._exit(0)

# loads what the first article needs, without a thread, which a fork would lose
asyncio.run(asummarize("Hm.", model=ScriptedModel([{"gist": "", "statements": []}]), prompt="v1"))
for line in sys.stdin:
    command, *arguments = json.loads(line)
    if command == "start":
        answer = os.fork()
        if not answer:
            run(*arguments)
    else:
        answer = os.waitstatus_to_exitcode(os.waitpid(*arguments, 0)[1])
    print(answer, flush=True)
"""


class Process:
    """A batch in a process of its own."""

    def __init__(self, mother: subprocess.Popen[str], folder: Path, arguments: Any) -> None:
        self._mother = mother
        self._folder = folder
        self.pid = self._tell("start", str(folder), *arguments)

    def kill(self, number: int) -> None:
        os.kill(self.pid, number)

    def wait(self) -> tuple[int, str, str]:
        """Its exit code, and what it said on standard output and standard error."""
        code = self._tell("wait", self.pid)
        said, complaints = ((self._folder / name).read_text() for name in ("said", "complaints"))
        return code, said, complaints

    def _tell(self, *words: object) -> int:
        assert self._mother.stdin is not None
        assert self._mother.stdout is not None
        self._mother.stdin.write(json.dumps(words) + "\n")
        self._mother.stdin.flush()
        return int(self._mother.stdout.readline())


@pytest.fixture(scope="module")
def mother() -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", PROGRAM]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rows = ({"id": f"n{n}", "text": f"Talks failed in town {n}."} for n in range(COUNT))
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    (tmp_path / "in.jsonl").write_text(lines, encoding="utf-8")
    return tmp_path


@pytest.fixture
def start(mother: subprocess.Popen[str], folder: Path) -> Start:
    return lambda *arguments: Process(mother, folder, arguments)


Start = Callable[..., Process]
"""Starts a batch.

Takes the number of questions that are answered at once; the others are answered when there is a
file `release`. And, if the disk is to have little room, the most bytes of a file.
"""


def written(folder: Path) -> bytes:
    path = folder / "out.jsonl"
    return path.read_bytes() if path.exists() else b""


def asked(folder: Path) -> int:
    """Number of questions."""
    path = folder / "asked"
    return path.stat().st_size if path.exists() else 0


def wait_until(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.002)


def check(folder: Path, interruptions: int) -> None:
    """Each row has one outcome, and no more was asked than had to be."""
    found: list[dict[str, Any]] = [json.loads(line) for line in written(folder).splitlines()]
    assert sorted(outcome["index"] for outcome in found) == [*range(COUNT)]
    assert all(outcome["article"]["id"] == f"n{outcome['index']}" for outcome in found)
    assert COUNT <= asked(folder) <= COUNT + interruptions * CONCURRENCY


def test_a_killed_batch_is_gone_on_with(folder: Path, start: Start) -> None:
    """`kill -9`, twice: what was written stays, and only what was in flight is asked again."""
    kept = 0
    for more in (7, 24):
        process = start(more)
        kept += more
        wait_until(lambda kept=kept: written(folder).count(b"\n") == kept)
        process.kill(signal.SIGKILL)
        assert process.wait()[0] == -signal.SIGKILL
        assert written(folder).count(b"\n") == kept
    assert start(COUNT).wait() == (0, f"{COUNT - kept} {COUNT}", "")
    check(folder, interruptions=2)


def test_ctrl_c_lets_articles_in_progress_end(folder: Path, start: Start) -> None:
    """They are written, nothing new is asked, and the same call goes on."""
    process = start(5)
    wait_until(lambda: written(folder).count(b"\n") == 5 and asked(folder) == 5 + CONCURRENCY)
    process.kill(signal.SIGINT)
    time.sleep(0.1)
    (folder / "release").touch()
    assert process.wait() == (1, "", "KeyboardInterrupt: ")
    assert written(folder).count(b"\n") == asked(folder) == 5 + CONCURRENCY
    assert start(COUNT).wait()[1].endswith(f" {COUNT}")
    check(folder, interruptions=0)


def test_a_second_ctrl_c_gives_up_articles_in_progress(folder: Path, start: Start) -> None:
    """Those that take long are not waited for."""
    process = start(0)
    wait_until(lambda: asked(folder) == CONCURRENCY)
    process.kill(signal.SIGINT)
    time.sleep(0.1)
    os.kill(process.pid, 0)  # it waits for them
    process.kill(signal.SIGINT)
    assert process.wait() == (1, "", "KeyboardInterrupt: ")
    assert written(folder) == b""


def test_ctrl_c_gives_up_after_some_seconds() -> None:
    """What does not end in time is interrupted, even while it waits for something else."""

    def wait() -> None:
        with first_interrupt(0.05) as stop:
            signal.raise_signal(signal.SIGINT)
            assert stop.is_set()
            time.sleep(60)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            wait()
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_full_disk_stops_the_batch(folder: Path, start: Start) -> None:
    """The error says so, no line is half, and with room again the same call goes on."""
    code, _, complaints = start(COUNT, 20_000).wait()
    assert code == 1
    assert complaints.startswith("SettingsError: ")
    assert complaints.endswith("out.jsonl can't be written: File too large")
    assert written(folder).endswith(b"\n")
    kept = written(folder).count(b"\n")
    assert 0 < kept < COUNT
    assert start(COUNT).wait() == (0, f"{COUNT - kept} {COUNT}", "")
    check(folder, interruptions=2)


def test_a_disk_without_room_is_told_before_anything_is_asked(folder: Path, start: Start) -> None:
    """Not even the name of the model can be written."""
    code, _, complaints = start(COUNT, 100).wait()
    assert code == 1
    assert complaints.startswith("SettingsError: ")  # the rest is cut off, too
    assert asked(folder) == 0
