"""Ctrl-C and cancellation: nothing goes on behind the back of whoever gave up."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from typing import TYPE_CHECKING

import pytest

from builders import whole
from communique import Summarizer
from communique._internal.background import in_thread
from communique._internal.progress import Abandoned, Progress, unless
from communique.local.server import SharedServers
from communique.testing import ScriptedModel

if TYPE_CHECKING:
    from pathlib import Path

posix = pytest.mark.skipif(os.name == "nt", reason="sends SIGINT")

# Each program gets into one phase of the first use of the embedded model, and says so.
PHASES = {
    # a source that sends a little now and then
    "download": """
        import communique.local.weights as weights, time
        def slow(source, size, part, report):
            with part.open("ab") as file:
                for n in range(1, 10_000):
                    file.write(b"x"); file.flush()
                    report(n, "downloading")
                    print("begun", flush=True)
                    time.sleep(0.05)
        weights.fetch_from = slow
    """,
    # a source that is silent
    "silence": """
        import communique.local.weights as weights, time
        def silent(source, size, part, report):
            print("begun", flush=True)
            time.sleep(60)
        weights.fetch_from = silent
    """,
    # another process holds the lock of the download
    "lock": """
        import communique.local.weights as weights
        from filelock import FileLock
        folder = weights._folder(); folder.mkdir(parents=True)
        other = FileLock(folder / (weights.find_model(weights.DEFAULT).file + ".lock"))
        other.acquire()
        class Held(FileLock):
            def acquire(self, timeout=None, **rest):
                import filelock, time
                print("begun", flush=True)
                time.sleep(timeout or 0)
                raise filelock.Timeout("")
        import filelock
        filelock.FileLock = Held
    """,
    # a server that never gets ready
    "load": """
        import sys, communique.local.server as server, communique.local.process as process
        from pathlib import Path
        server.pull = lambda name, report: Path("weights.gguf")
        launch = server.start
        def start(executable, *rest, **options):
            program = "import time; print('begun', flush=True); time.sleep(60)"
            command = [sys.executable, "-c", program]
            print("begun", flush=True)
            return launch(command, *rest, **options)
        server.start = start
    """,
}
MAIN = """
from communique.cli import main
main(["summarize", "article.txt", "--model", "local", "--quiet"])
"""


@posix
@pytest.mark.parametrize("phase", PHASES)
def test_ctrl_c_ends_the_program(phase: str, tmp_path: Path) -> None:
    """Within seconds, with exit code 130 and one word, whatever it was waiting for."""
    (tmp_path / "article.txt").write_text("Talks go on. Nothing was agreed.")
    environment = {**os.environ, "COMMUNIQUE_CACHE_DIR": str(tmp_path / "cache")}
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(PHASES[phase]) + MAIN],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    time.sleep(0.3)
    started = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, complaints = process.communicate(timeout=20)
    assert process.returncode == 130
    assert complaints == "interrupted\n"
    assert time.monotonic() - started < 30
    if phase == "download":
        (part,) = (tmp_path / "cache" / "models").glob("*.part")
        size = part.stat().st_size
        assert size > 0, "what was received can be continued"


def test_a_cancelled_article_stops_the_work_for_it() -> None:
    """The thread learns that nobody waits for it any more."""
    ended = threading.Event()

    def work(abandoned: threading.Event) -> None:
        report = unless(abandoned, None)
        try:
            for n in range(1000):
                report(Progress("download", n, 1000, "downloading"))
                time.sleep(0.01)
        except Abandoned:
            ended.set()

    async def give_up() -> None:
        async with asyncio.timeout(0.05):
            await in_thread(work)

    with pytest.raises(TimeoutError):
        asyncio.run(give_up())
    assert ended.wait(5)


def test_another_article_restarts_the_server() -> None:
    """Of two that wait for one server, the one that gives up takes nothing from the other."""
    first_runs = threading.Event()
    launched: list[str] = []

    class Process:
        server = "the server"

        def is_alive(self) -> bool:
            return True

    def launch(name: str, _: object, abandoned: threading.Event | None) -> Process:
        launched.append(name)
        if len(launched) == 1:
            first_runs.set()
            assert abandoned is not None
            assert abandoned.wait(5)
            raise Abandoned
        return Process()

    servers = SharedServers(launch)  # type: ignore[arg-type]

    async def two() -> object:
        first = asyncio.create_task(in_thread(lambda event: servers.get("m", None, event)))
        await asyncio.to_thread(first_runs.wait, 5)
        second = asyncio.create_task(in_thread(lambda event: servers.get("m", None, event)))
        await asyncio.sleep(0.05)
        first.cancel()
        return await second

    assert asyncio.run(two()) == "the server"
    assert launched == ["m", "m"]


def test_a_callback_that_waits_for_itself_is_told() -> None:
    """Calling back synchronously from `on_progress` would never return."""
    model = ScriptedModel([whole()] * 2)
    with Summarizer(model=model, prompt="v1") as summarizer:

        def again(_: Progress) -> None:
            summarizer.summarize("Talks ended.")

        with pytest.raises(RuntimeError, match="on_progress"):
            summarizer.summarize("Talks began.", on_progress=again)


def test_an_error_of_the_work_is_raised() -> None:
    """As if it had been called directly."""

    def fail(_: threading.Event) -> None:
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        asyncio.run(in_thread(fail))
