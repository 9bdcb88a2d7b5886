"""A llama-server process: starting it, waiting until it answers, stopping it."""

from __future__ import annotations

import contextlib
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
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from communique._internal.files import create, make_folder
from communique._internal.progress import Abandoned
from communique.errors import ModelNotAvailable, SettingsError
from communique.local import supervisor
from communique.local.cores import usable_cores
from communique.local.interpreter import interpreter
from communique.settings import cache_folder

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Served", "Server", "ServerProcess", "start"]

_HOST = "127.0.0.1"
_START_SECONDS = 300.0
_POLL_SECONDS = 0.05
_STOP_SECONDS = 10.0
_LOGS_KEPT = 20
_LOG_LINES_SHOWN = 8
# MiB for the state of earlier articles, so that articles read in turn do not evict each
# other's prefix. Memory is allocated as needed, about 28 KiB a token.
_PROMPT_CACHE_MIB = 512
_LISTENING = re.compile(rb"listening on http://[\d.]+:(\d+)")
_KEY = re.compile(r"[!-+\--~]+")


class Served(Protocol):
    """The properties of a model that a server needs."""

    @property
    def name(self) -> str:
        """The name under which it is served."""
        ...

    @property
    def context_tokens(self) -> int:
        """The maximum number of tokens that it can read at once."""
        ...


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
    """A llama-server that runs until it is stopped or this process ends."""

    def __init__(self, supervisor: subprocess.Popen[bytes], server: Server, port: int) -> None:
        self.server = server
        self._port = port
        self._supervisor = supervisor

    def has_ended(self) -> bool:
        """Return whether the server was stopped or has ended by itself."""
        return self._supervisor.poll() is not None

    def is_alive(self) -> bool:
        """Return whether the server is running and accepts connections."""
        if self.has_ended():
            return False
        # The supervisor may not have noticed yet that the server is gone. The system accepts
        # connections for a busy server, so this check is fast.
        try:
            socket.create_connection((_HOST, self._port), timeout=2).close()
        except TimeoutError:
            return True
        except OSError:
            return False
        return True

    def stop(self) -> None:
        """Stop the server; do nothing if it has ended."""
        _stop(self._supervisor)


_supervisors: weakref.WeakSet[subprocess.Popen[bytes]] = weakref.WeakSet()


def _disown_all() -> None:
    """Close a forked child's copies of the pipes, which would keep the servers alive."""
    for process in tuple(_supervisors):
        if process.stdin is not None:
            process.stdin.close()
        # Only the parent can wait for the process; the child treats it as ended.
        process.returncode = 0


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
    log_path = _new_log()
    supervisor_process = _start_supervisor(
        [*executable, *_arguments(model, weights, port), *_adapted(adapter)], key, log_path
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
        base_url=f"http://{_HOST}:{found_port}/v1",
        api_key=key,
        model=model.name,
        context_tokens=model.context_tokens,
        log_path=log_path,
        pid=pid,
    )
    return ServerProcess(supervisor_process, server, found_port)


def _arguments(model: Served, weights: Path, port: int) -> list[str]:
    arguments = ["--host", _HOST, "--port", str(port), "--model", str(weights)]
    arguments += ["--alias", model.name, "--parallel", "1", "--no-ui", "--offline"]
    arguments += ["--log-colors", "off"]
    arguments += ["--ctx-size", str(model.context_tokens), "--jinja"]
    arguments += ["--cache-ram", str(_PROMPT_CACHE_MIB)]
    cores = usable_cores()
    if cores is not None:
        arguments += ["--threads", str(cores)]
    return arguments


def _adapted(adapter: Path | None) -> list[str]:
    return [] if adapter is None else ["--lora", str(adapter)]


def _start_supervisor(command: Sequence[str], key: str, log_path: Path) -> subprocess.Popen[bytes]:
    # Variables meant for the user's own llama.cpp would override these arguments.
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("LLAMA_")
    }
    environment["LLAMA_API_KEY"] = key  # as an argument, it would be visible to every user
    if sys.platform == "win32":
        flags = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW
    else:
        flags = 0
    with open(log_path, "ab", opener=create) as log:
        process = subprocess.Popen(  # noqa: S603 a fixed command
            [interpreter(), "-I", "-S", supervisor.__file__, *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            env=environment,
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
    assert process.stdout is not None  # noqa: S101 opened in `_start_supervisor`
    with process.stdout:
        first_line = process.stdout.readline()
    while process.poll() is None:
        listening = _LISTENING.search(log_path.read_bytes())
        if first_line and listening and _health(int(listening[1])) == 200:
            return int(first_line), int(listening[1])
        if time.monotonic() > deadline:
            raise ModelNotAvailable(
                f"llama-server did not load {model.name} within {within:g} seconds; "
                f"its log, {log_path}, ends:\n{_tail(log_path)}"
            )
        if abandoned.wait(_POLL_SECONDS):
            raise Abandoned
    log = log_path.read_bytes()
    if port and b"bind" in log and not _LISTENING.search(log):
        raise SettingsError(
            f"port {port} on {_HOST} can't be used: another program uses it, or it is reserved; "
            f"choose another, or 0 for any free one (log: {log_path})"
        )
    code = process.returncode
    killed = " (killed, usually because memory ran out)" if code == 137 else ""
    raise ModelNotAvailable(
        f"llama-server ended with code {code}{killed} before it was ready. If the weights are "
        f"damaged, `communique model pull --verify {model.name}` restores them. "
        f"Its log, {log_path}, ends:\n{_tail(log_path)}"
    )


def _health(port: int) -> int | None:
    """Return the HTTP status of the server's health check, or None without a response."""
    # http.client ignores proxy settings in the environment.
    connection = http.client.HTTPConnection(_HOST, port, timeout=2)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def _stop(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin is not None  # noqa: S101 opened in `_start_supervisor`
    process.stdin.close()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _new_log() -> Path:
    """Create an empty log that only the user can read, and delete the oldest logs."""
    folder = cache_folder().absolute() / "logs"
    name = f"llama-server-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}-{secrets.token_hex(3)}.log"
    path = folder / name
    try:
        make_folder(folder)
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except OSError as exc:
        raise ModelNotAvailable(
            f"the log of llama-server can't be written: {exc}; make {folder} writable, or set "
            "COMMUNIQUE_CACHE_DIR to another folder"
        ) from exc
    for old in sorted(folder.glob("llama-server-*.log"))[:-_LOGS_KEPT]:
        with contextlib.suppress(OSError):  # in use, or deleted by another process
            old.unlink()
    return path


def _tail(log_path: Path) -> str:
    lines = log_path.read_text(encoding="utf-8", errors="replace").splitlines()
    return "\n".join(f"  {line}" for line in lines[-_LOG_LINES_SHOWN:]) or "  (empty)"
