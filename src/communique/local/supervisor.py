"""A script that keeps a server alive exactly as long as the processes that use it.

It is run as ``python -I -S supervisor.py COMMAND…``, with only the standard library so
that it starts within a moment. Standard input is a pipe from the starting process: however that
process ends, even by ``kill -9``, the system closes the pipe, and the end of input makes the
supervisor stop the server. Standard output receives the server's process id, standard error
everything the server prints. The exit code is the server's, or 128 plus the number of the signal
that killed it.

The starting process may share the server: it writes a line with a secret and a number of seconds,
and receives the number of a port. Every process that knows the secret can then connect to that
port, and the connection keeps the server alive as the pipe does. The server is stopped when pipe
and connections have all been closed for those seconds.

If the supervisor itself is killed, Linux kills the server. Other systems offer no such call:
there, a second process waits in the same way for the supervisor's end (``supervisor.py --watch
PID``), and kills the server then.
"""

from __future__ import annotations

import hmac
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress

__all__ = ["GRANTED", "HANDSHAKE_SECONDS", "NONCE_BYTES", "PROOF_BYTES", "main", "prove", "watch"]

GRANTED = b"+"
"""What a connection receives once it keeps the server alive."""

NONCE_BYTES = PROOF_BYTES = 32
HANDSHAKE_SECONDS = 10.0

# The server has no state to save, and ignores SIGTERM while it reads a long prompt.
_GRACE_SECONDS = 0.5
_PR_SET_PDEATHSIG = 1


def main(command: list[str]) -> int:
    """Run ``command`` until it ends or nobody uses it any more; return its exit code."""
    server = subprocess.Popen(  # noqa: S603 the command is communique's own
        command,
        stdin=subprocess.DEVNULL,
        stdout=2,
        stderr=2,
        preexec_fn=_die_with_supervisor(),  # noqa: PLW1509 there are no threads yet
    )
    watchdog = None if _is_linux() else _start_watchdog(server.pid)
    os.write(1, b"%d\n" % server.pid)

    def stop() -> None:
        server.terminate()
        time.sleep(_GRACE_SECONDS)
        server.kill()

    def stop_when_unused() -> None:
        try:
            if line := _read_line():
                _share(line)
        finally:
            stop()

    def stop_in_background(*_: object) -> None:
        threading.Thread(target=stop, daemon=True).start()

    for name in ("SIGTERM", "SIGINT", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), stop_in_background)
    threading.Thread(target=stop_when_unused, daemon=True).start()
    code = server.wait()
    if watchdog is not None:
        watchdog.kill()  # before it could kill another process that gets the same id
    return code if code >= 0 else 128 - code


def prove(secret: bytes, who: bytes, asked: bytes, answered: bytes) -> bytes:
    """Return what shows that a side knows the secret, without telling it.

    Args:
        secret: what both sides know.
        who: ``b"supervisor"`` or ``b"user"``; neither can send back what it got from the other.
        asked: the user's random number.
        answered: the supervisor's random number.
    """
    return hmac.digest(secret, who + asked + answered, "sha256")


class _Uses:
    """The processes that use the server: the one that started it, and those that joined.

    Args:
        idle_seconds: how long there must be none before it is over for good.
    """

    def __init__(self, idle_seconds: float) -> None:
        self._idle_seconds = idle_seconds
        self._changed = threading.Condition()
        self._number = 1
        self._is_over = False

    def begin(self) -> bool:
        """Count one more, and return whether it is not over yet."""
        with self._changed:
            if not self._is_over:
                self._number += 1
                self._changed.notify_all()
            return not self._is_over

    def end(self) -> None:
        """Count one less."""
        with self._changed:
            self._number -= 1
            self._changed.notify_all()

    def wait_until_over(self) -> None:
        """Wait until there has been none for long enough."""
        with self._changed:
            while not self._is_over:
                self._changed.wait_for(lambda: not self._number)
                used_again = self._changed.wait_for(lambda: self._number, self._idle_seconds)
                self._is_over = not used_again


def _share(line: bytes) -> None:
    """Let others who know the secret use the server, and return when nobody does any more."""
    secret, idle_seconds = line.split()
    key = bytes.fromhex(secret.decode())
    uses = _Uses(float(idle_seconds))
    try:
        listener = _listen()
    except OSError:  # the server is then the starter's alone
        os.close(1)
        _wait_for_end_of_input()
        return

    def wait_for_starter() -> None:
        _wait_for_end_of_input()
        uses.end()

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:  # too many open files
                time.sleep(0.1)
                continue
            threading.Thread(target=_serve, args=[connection, key, uses], daemon=True).start()

    threading.Thread(target=wait_for_starter, daemon=True).start()
    threading.Thread(target=accept, daemon=True).start()
    os.write(1, b"%d\n" % listener.getsockname()[1])
    os.close(1)
    uses.wait_until_over()


def _listen() -> socket.socket:
    listener = socket.socket()
    if sys.platform == "win32":  # which else lets others have the same port
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
    listener.bind(("127.0.0.1", 0))
    listener.listen(128)
    return listener


def _serve(connection: socket.socket, secret: bytes, uses: _Uses) -> None:
    """Keep the server alive for a process, until its end closes the connection."""
    # Until it has proven itself, it may be anybody, who may also send nothing.
    with connection, suppress(OSError):
        connection.settimeout(HANDSHAKE_SECONDS)
        asked = _receive(connection, NONCE_BYTES)
        answered = os.urandom(NONCE_BYTES)
        connection.sendall(answered + prove(secret, b"supervisor", asked, answered))
        proof = _receive(connection, PROOF_BYTES)
        if not hmac.compare_digest(proof, prove(secret, b"user", asked, answered)):
            return
        if not uses.begin():
            return
        try:
            connection.sendall(GRANTED)
            connection.settimeout(None)
            while connection.recv(64):
                pass
        finally:
            uses.end()


def _receive(connection: socket.socket, size: int) -> bytes:
    """Return so many bytes, or less if the connection ends."""
    received = b""
    while len(received) < size and (more := connection.recv(size - len(received))):
        received += more
    return received


def watch(pid: int) -> None:
    """Kill the server when standard input ends, which is when the supervisor does."""
    _wait_for_end_of_input()
    with suppress(OSError):  # it has ended, too
        os.kill(pid, getattr(signal, "SIGKILL", signal.SIGTERM))


def _read_line() -> bytes:
    """Return the first line of standard input, or nothing if it ends before."""
    line = b""
    while not line.endswith(b"\n"):
        if not (more := os.read(0, 4096)):
            return b""
        line += more
    return line


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
