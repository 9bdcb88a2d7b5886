"""A script that keeps a server alive exactly as long as the process that started it.

It is run as ``python -I -S supervisor.py COMMAND…``, with only the standard library so
that it starts within a moment. Standard input is a pipe from the starting process: however that
process ends, even by ``kill -9``, the system closes the pipe, and the end of input makes the
supervisor stop the server. Standard output receives the server's process id, standard error
everything the server prints. The exit code is the server's, or 128 plus the number of the signal
that killed it.

If the supervisor itself is killed, Linux kills the server. Other systems offer no such call:
there, a second process waits in the same way for the supervisor's end (``supervisor.py --watch
PID``), and kills the server then.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress

__all__ = ["main", "watch"]

# The server has no state to save, and ignores SIGTERM while it reads a long prompt.
_GRACE_SECONDS = 0.5
_PR_SET_PDEATHSIG = 1


def main(command: list[str]) -> int:
    """Run ``command`` until it or standard input ends; return its exit code."""
    server = subprocess.Popen(  # noqa: S603 the command is communique's own
        command,
        stdin=subprocess.DEVNULL,
        stdout=2,
        stderr=2,
        preexec_fn=_die_with_supervisor(),  # noqa: PLW1509 there are no threads yet
    )
    watchdog = None if _is_linux() else _start_watchdog(server.pid)
    os.write(1, b"%d\n" % server.pid)
    os.close(1)

    def stop() -> None:
        server.terminate()
        time.sleep(_GRACE_SECONDS)
        server.kill()

    def stop_at_end_of_input() -> None:
        _wait_for_end_of_input()
        stop()

    def stop_in_background(*_: object) -> None:
        threading.Thread(target=stop, daemon=True).start()

    for name in ("SIGTERM", "SIGINT", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), stop_in_background)
    threading.Thread(target=stop_at_end_of_input, daemon=True).start()
    code = server.wait()
    if watchdog is not None:
        watchdog.kill()  # before it could kill another process that gets the same id
    return code if code >= 0 else 128 - code


def watch(pid: int) -> None:
    """Kill the server when standard input ends, which is when the supervisor does."""
    _wait_for_end_of_input()
    with suppress(OSError):  # it has ended, too
        os.kill(pid, getattr(signal, "SIGKILL", signal.SIGTERM))


def _wait_for_end_of_input() -> None:
    while os.read(0, 64):
        pass


def _is_linux() -> bool:
    return sys.platform == "linux"


def _start_watchdog(pid: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 a fixed command
        [sys.executable, "-I", "-S", __file__, "--watch", str(pid)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=2,
    )


def _die_with_supervisor() -> Callable[[], None] | None:
    """Return a hook for the server's start by which Linux kills it when this process dies."""
    if not _is_linux():
        return None
    import ctypes

    prctl = ctypes.CDLL(None).prctl
    supervisor = os.getpid()

    def before_exec() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != supervisor:  # the supervisor died before the line above took effect
            os._exit(1)

    return before_exec


if __name__ == "__main__":
    if sys.argv[1] == "--watch":
        watch(int(sys.argv[2]))
        os._exit(0)
    # Not sys.exit, which would wait for the thread that reads standard input.
    os._exit(main(sys.argv[1:]))
