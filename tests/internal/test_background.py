"""The loop behind the synchronous functions: what a user's code raises there ends nothing else."""

from __future__ import annotations

import asyncio
import ctypes
import gc
import os
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest

from builders import position, stated, whole
from communique import Summarizer, stream, summarize, summarize_many
from communique._internal import background
from communique._internal.background import in_thread
from communique.testing import ScriptedModel

if TYPE_CHECKING:
    from collections.abc import Callable

TEXT = "Talks ended."


def read() -> str:
    return summarize(TEXT, model=ScriptedModel([whole()]), prompt="v1").gist


def in_time(call: Callable[[], Any], seconds: float = 20) -> Any:
    """Return a call's result, or the exception that it raised; fail if it hangs."""
    outcome: list[Any] = []

    def target() -> None:
        try:
            outcome.append(call())
        except BaseException as error:  # noqa: BLE001 any is looked at
            outcome.append(error)

    thread = threading.Thread(target=target, daemon=True)
    thread.start()
    thread.join(seconds)
    assert outcome, "the call hangs"
    return outcome[0]


class Stop(BaseException):
    """Not an Exception, as some programs' own signals."""


def stop_the_loop() -> None:
    asyncio.get_running_loop().stop()


def raising(error: type[BaseException]) -> Callable[[], None]:
    def act() -> None:
        raise error

    return act


ACTS: dict[str, Callable[[], None]] = {
    error.__name__: raising(error)
    for error in (SystemExit, KeyboardInterrupt, GeneratorExit, StopIteration, StopAsyncIteration,
                  MemoryError, Stop, asyncio.CancelledError)
} | {"loop.stop": stop_the_loop}  # fmt: skip


class Loading(ScriptedModel):
    """Is loaded by a thread, which reports its progress."""

    async def prepare(self, on_progress: Any = None) -> None:
        await in_thread(lambda _: on_progress and on_progress(None))


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("way", ["summarize", "load", "stream"])
def test_what_on_progress_raises_reaches_its_caller_and_nobody_else(act: str, way: str) -> None:
    """Neither this call nor a later or concurrent one hangs or fails, whatever it is."""
    if (act, way) == ("loop.stop", "load"):
        pytest.skip("a thread has no loop to stop")

    def on_progress(_: object) -> None:
        ACTS[act]()

    def raise_it() -> Any:
        model = (Loading if way == "load" else ScriptedModel)([whole()])
        if way == "stream":
            return list(stream(TEXT, model=model, prompt="v1", on_progress=on_progress))
        return summarize(TEXT, model=model, prompt="v1", on_progress=on_progress)

    class Slow(ScriptedModel):
        async def ask(self, *given: Any) -> Any:
            begun.set()
            await asyncio.sleep(0.05)
            return await super().ask(*given)

    begun = threading.Event()
    others: list[Any] = []

    def meanwhile() -> None:
        others.append(summarize(TEXT, model=Slow([whole()]), prompt="v1"))

    other = threading.Thread(target=meanwhile, daemon=True)
    other.start()
    begun.wait(20)
    outcome = in_time(raise_it)
    assert act == "loop.stop" or isinstance(outcome, BaseException)
    assert in_time(read) == "A dam divides two states."
    other.join(20)
    assert len(others) == 1


def test_a_thread_that_dies_takes_its_callers_with_it_and_nobody_else() -> None:
    """Something outside has raised in the loop's thread: whoever waits learns it, and a new loop starts."""

    class Waiting(ScriptedModel):
        async def ask(self, *_: Any) -> Any:
            begun.set()
            await asyncio.sleep(60)

    begun = threading.Event()
    read()
    thread = background._BACKGROUND._thread
    assert thread is not None
    assert thread.ident is not None

    def kill() -> None:
        begun.wait(20)
        ident = ctypes.c_ulong(thread.ident or 0)
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ident, ctypes.py_object(MemoryError))
        background._BACKGROUND.loop().call_soon_threadsafe(lambda: None)  # it must run to notice

    threading.Thread(target=kill, daemon=True).start()
    outcome = in_time(lambda: summarize(TEXT, model=Waiting([]), prompt="v1"))
    assert isinstance(outcome, BaseException)
    assert in_time(read) == "A dam divides two states."


@pytest.mark.parametrize("prompt", ["v1", "v2"])
def test_a_dropped_stream_in_a_cycle_is_closed(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, prompt: str
) -> None:
    """As an exception's frame makes one: the garbage collector finds it, and closes it silently."""
    closed = threading.Event()

    async def close(_: Summarizer) -> None:
        closed.set()

    monkeypatch.setattr(Summarizer, "aclose", close)

    class Holder:
        def __init__(self) -> None:
            self.me = self
            text = "Ruritania firmly rejects the dam. Ulmia firmly rejects the dam."
            reply = whole(position()) if prompt == "v1" else stated()
            self.statements = stream(text, model=ScriptedModel([reply]), prompt=prompt)

    holder = Holder()
    next(holder.statements)
    del holder
    gc.collect()
    assert closed.wait(20)
    asyncio.run_coroutine_threadsafe(asyncio.sleep(0.1), background.background_loop()).result(20)
    gc.collect()
    assert [record for record in caplog.records if record.name == "asyncio"] == []


class Unspeakable(Exception):
    """Fails to say what it is."""

    def __str__(self) -> str:
        raise ValueError("no words")


def test_an_error_that_fails_to_tell_its_message_is_a_failure() -> None:
    """The other articles are read, too."""
    model = ScriptedModel([Unspeakable(), whole()])
    failure, summary = summarize_many([TEXT, TEXT], concurrency=1, model=model, prompt="v1")
    assert (failure.error, failure.message) == (
        "Unspeakable",
        "its message can't be shown: ValueError",
    )  # type: ignore[union-attr]
    assert summary.gist  # type: ignore[union-attr]


SUBINTERPRETER = """
try:
    import _interpreters as interpreters
except ImportError:
    import _xxsubinterpreters as interpreters
inside = interpreters.create()
interpreters.run_string(inside, '''
try:
    from communique import summarize
except ImportError as error:
    print(error, flush=True)
''')
"""


def test_a_subinterpreter_is_refused() -> None:
    """With a message that says why and what to do instead."""
    done = subprocess.run(
        [sys.executable, "-c", SUBINTERPRETER], capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}, timeout=60,
    )  # fmt: skip
    assert "communique" in done.stdout, done.stderr
    assert "subinterpreter" in done.stdout
