"""A llama-server process: starting it, waiting until it answers, stopping it."""

from __future__ import annotations

import http.client
import os
import re
import secrets
import socket
import subprocess
import sys
import threading
import time
import weakref
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING

from communique._internal.files import create
from communique._internal.progress import Abandoned
from communique.errors import ModelNotAvailable, SettingsError
from communique.local import supervisor
from communique.local.engine import HOST, environment, options
from communique.local.interpreter import interpreter
from communique.local.server_log import create_log, tail

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from communique.local.engine import Served

__all__ = ["Server", "ServerProcess", "accepts", "start"]

_START_SECONDS = 300.0
_POLL_SECONDS = 0.05
_STOP_SECONDS = 10.0
_LISTENING = re.compile(rb"listening on http://[\d.]+:(\d+)")
_KEY = re.compile(r"[!-+\--~]+")


@dataclass(frozen=True)
class Server:
    """A running llama-server.

    Attributes:
        base_url: root of its OpenAI-compatible API, ``http://127.0.0.1:…/v1``.
        api_key: the key that it requires.
        model: the name under which it serves the model.
        context_tokens: maximum number of tokens of a question and its answer together.
        log_path: its log file.
        pid: its process id.
    """

    base_url: str
    api_key: str = field(repr=False)
    model: str
    context_tokens: int
    log_path: Path
    pid: int


class ServerProcess:
    """A llama-server that runs until it is stopped or nobody uses it any more."""

    def __init__(self, supervisor: subprocess.Popen[bytes], server: Server) -> None:
        self.server = server
        self._supervisor = supervisor
        self._is_shared = False

    def has_ended(self) -> bool:
        """Return whether the server was stopped or has ended by itself."""
        return self._supervisor.poll() is not None

    def is_alive(self) -> bool:
        """Return whether the server is running and accepts connections."""
        # The supervisor may not have noticed yet that the server is gone.
        return not self.has_ended() and accepts(self.server)

    def share(self, secret: bytes, idle_seconds: float) -> int:
        """Let other processes keep the server running, even after this one has ended.

        Args:
            secret: what they must know.
            idle_seconds: how long the server still runs when no process uses it any more.

        Returns:
            The port at which the supervisor waits for them.

        Raises:
            OSError: the supervisor can't be reached.
        """
        stdin, stdout = _pipes(self._supervisor)
        stdin.write(f"{secret.hex()} {idle_seconds}\n".encode())
        stdin.flush()
        with stdout:
            port = stdout.readline()
        if not port:
            raise OSError("its supervisor has ended, or can't listen for others")
        self._is_shared = True
        return int(port)

    def stop(self) -> None:
        """Stop the server, or, if it is shared, leave it to whoever else uses it."""
        if self._is_shared and self.is_alive():
            _disown(self._supervisor)
        else:
            _stop(self._supervisor)


def accepts(server: Server) -> bool:
    """Return whether a server accepts connections."""
    # The system accepts connections for a busy server, so this check is fast.
    address = server.base_url.split("/")[2].rsplit(":", 1)
    try:
        socket.create_connection((address[0], int(address[1])), timeout=2).close()
    except TimeoutError:
        return True
    except OSError:
        return False
    return True


_supervisors: weakref.WeakSet[subprocess.Popen[bytes]] = weakref.WeakSet()


def _disown_all() -> None:
    """Close a forked child's copies of the pipes, which would keep the servers alive."""
    # Only the parent can wait for the processes.
    for process in tuple(_supervisors):
        _disown(process)


def _disown(process: subprocess.Popen[bytes]) -> None:
    """Close the pipes to a supervisor, and treat it as ended without waiting for it."""
    for pipe in _pipes(process):
        pipe.close()
    process.returncode = 0


def _pipes(process: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes]]:
    assert process.stdin is not None  # noqa: S101 opened in `_start_supervisor`
    assert process.stdout is not None  # noqa: S101
    return process.stdin, process.stdout


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_disown_all)


def start(
    executable: Sequence[str],
    model: Served,
    weights: Path,
    *,
    adapter: Path | None = None,
    port: int = 0,
    api_key: str | None = None,
    within: float = _START_SECONDS,
    abandoned: threading.Event | None = None,
) -> ServerProcess:
    """Start llama-server and wait until it is ready to answer.

    Args:
        executable: the program and its first arguments.
        model: the model to serve.
        weights: path of its GGUF file.
        adapter: path of a GGUF file with a low-rank adapter to apply to it.
        port: TCP port on 127.0.0.1; 0 lets the system choose a free one.
        api_key: the key to require; None generates a random one.
        within: seconds to wait until it is ready.
        abandoned: set it from another thread to stop waiting and end the server.

    Raises:
        Abandoned: the event was set.
        SettingsError: the port is taken or the key can't be used.
        ModelNotAvailable: it ended, or was not ready in time; the message names the log and
            quotes its last lines.
    """
    if not 0 <= port <= 65535:
        raise SettingsError(f"port must be between 0 and 65535, not {port}")
    if api_key is not None and not _KEY.fullmatch(api_key):
        raise SettingsError(
            "api_key must consist of printable ASCII characters, without spaces or commas"
        )
    key = api_key or secrets.token_urlsafe(32)
    log_path = create_log()
    arguments = [*options(model), "--model", str(weights)]
    if adapter is not None:
        arguments += ["--lora", str(adapter)]
    supervisor_process = _start_supervisor(
        [*executable, *arguments, "--port", str(port)], key, log_path
    )
    try:
        pid, found_port = _wait_until_ready(
            supervisor_process,
            model,
            log_path,
            port=port,
            within=within,
            abandoned=abandoned or threading.Event(),
        )
    except BaseException:  # must not be left running, even after Ctrl-C
        _stop(supervisor_process)
        raise
    server = Server(
        base_url=f"http://{HOST}:{found_port}/v1",
        api_key=key,
        model=model.name,
        context_tokens=model.context_tokens,
        log_path=log_path,
        pid=pid,
    )
    return ServerProcess(supervisor_process, server)


def _start_supervisor(command: Sequence[str], key: str, log_path: Path) -> subprocess.Popen[bytes]:
    if sys.platform == "win32":
        flags = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW
    else:
        flags = 0
    with open(log_path, "ab", opener=create) as log:
        process = subprocess.Popen(  # noqa: S603 a fixed command
            [interpreter(), "-I", "-S", supervisor.__file__, *command],
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            env=environment(key),
            cwd=log_path.parent,  # it may outlive this process, whose folder may be deleted
            # Ctrl-C goes to the terminal's whole process group, but this process stops the server.
            start_new_session=True,
            creationflags=flags,
        )
    _supervisors.add(process)
    return process


def _wait_until_ready(
    process: subprocess.Popen[bytes],
    model: Served,
    log_path: Path,
    *,
    port: int,
    within: float,
    abandoned: threading.Event,
) -> tuple[int, int]:
    """Return the server's process id and port once it answers."""
    deadline = time.monotonic() + within
    first_line = _pipes(process)[1].readline()
    while process.poll() is None:
        listening = _LISTENING.search(log_path.read_bytes())
        if first_line and listening and _health(int(listening[1])) == 200:
            return int(first_line), int(listening[1])
        if time.monotonic() > deadline:
            raise ModelNotAvailable(
                f"llama-server did not load {model.name} within {within:g} seconds; "
                f"its log, {log_path}, ends:\n{tail(log_path)}"
            )
        if abandoned.wait(_POLL_SECONDS):
            raise Abandoned
    log = log_path.read_bytes()
    if port and b"bind" in log and not _LISTENING.search(log):
        raise SettingsError(
            f"port {port} on {HOST} can't be used: another program uses it, or it is reserved; "
            f"choose another, or 0 for any free one (log: {log_path})"
        )
    code = process.returncode
    killed = " (killed, usually because memory ran out)" if code == 137 else ""
    raise ModelNotAvailable(
        f"llama-server ended with code {code}{killed} before it was ready. If the weights are "
        f"damaged, `communique model pull --verify {model.name}` restores them. "
        f"Its log, {log_path}, ends:\n{tail(log_path)}"
    )


def _health(port: int) -> int | None:
    """Return the HTTP status of the server's health check, or None without a response."""
    # http.client ignores proxy settings in the environment.
    connection = http.client.HTTPConnection(HOST, port, timeout=2)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def _stop(process: subprocess.Popen[bytes]) -> None:
    for pipe in _pipes(process):
        pipe.close()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
