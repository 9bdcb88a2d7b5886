"""Servers for the embedded model: shared by this process, or started by the caller."""

from __future__ import annotations

import atexit
import os
import threading
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from communique._internal.progress import Abandoned, OnProgress, Progress, unless
from communique.errors import ModelNotAvailable
from communique.local.catalog import DEFAULT, find_model
from communique.local.engine import find_executable
from communique.local.lease import Lease
from communique.local.process import Server, ServerProcess, start
from communique.local.sharing import identify, join_or_start
from communique.local.weights import pull
from communique.settings import LOCAL_EXTRA

if TYPE_CHECKING:
    from collections.abc import Generator

__all__ = [
    "BaseUrl",
    "Server",
    "SharedServers",
    "open_server",
    "serve",
    "shared_server",
]

Launch = Callable[[str, OnProgress | None, threading.Event | None], ServerProcess | Lease]
"""Return a server for the model of a name, started if necessary, unless the event is set."""

_STOP_SECONDS = 2.0


class BaseUrl(str):
    """The base URL of a running server, a string with the server's key and model name.

    Attributes:
        api_key: the key that the server requires.
        model: the name under which it serves the model.
    """

    __slots__ = ("api_key", "model")

    api_key: str
    model: str

    @classmethod
    def of(cls, server: Server) -> BaseUrl:
        """Return the base URL of ``server``."""
        url = cls(server.base_url)
        url.api_key = server.api_key
        url.model = server.model
        return url


class SharedServers:
    """Servers, at most one per model, shared by all threads.

    Args:
        launch: starts a server, or joins the users of one.
    """

    def __init__(self, launch: Launch) -> None:
        self._launch = launch
        self._lock = threading.Lock()
        self._running: dict[str, ServerProcess | Lease] = {}

    def get(
        self,
        model: str,
        on_progress: OnProgress | None = None,
        abandoned: threading.Event | None = None,
    ) -> Server:
        """Return the model's server; launch it unless it is running."""
        with self._lock:
            if abandoned is not None and abandoned.is_set():
                raise Abandoned
            process = self._running.get(model)
            if process is None or not process.is_alive():
                if process is not None:
                    process.stop()
                process = self._running[model] = self._launch(model, on_progress, abandoned)
            return process.server

    def stop(self) -> None:
        """Stop using all servers; one that is still starting ends with this process."""
        if not self._lock.acquire(timeout=_STOP_SECONDS):
            return
        try:
            while self._running:
                self._running.popitem()[1].stop()
        finally:
            self._lock.release()

    def forget(self) -> None:
        """Start over in a forked child: servers and lock belong to the parent."""
        self._lock = threading.Lock()
        self._running = {}


def shared_server(
    name: str = DEFAULT,
    on_progress: OnProgress | None = None,
    abandoned: threading.Event | None = None,
) -> Server:
    """Return the server that all processes of this user share for a model.

    The first call downloads the weights if necessary, and starts the server unless it is running,
    which takes seconds to minutes; later calls return immediately. A server that died is
    restarted, so call this before each use rather than keep the result. The server ends a few
    seconds after the last process that uses it. Processes share it if they have the same versions
    of communique and its engine, the same processors and the same ``COMMUNIQUE_CACHE_DIR``.

    Args:
        name: the model's name.
        on_progress: called with the progress of downloading and loading, if any.
        abandoned: set it from another thread to end this call's download or loading.

    Raises:
        ModelNotAvailable: the model can't be downloaded or started; the message says why.
        Abandoned: the event was set; an unfinished download can be resumed.
    """
    return _shared.get(name, on_progress, abandoned)


@contextmanager
def serve(
    name: str = DEFAULT,
    port: int = 0,
    api_key: str | None = None,
    on_progress: OnProgress | None = None,
    *,
    adapted: bool = True,
) -> Generator[BaseUrl]:
    """Run a separate server during the ``with`` block; other processes may use it.

    ::

        with communique.local.serve() as base_url:
            Summarizer(
                model=f"openai/{base_url.model}",
                base_url=base_url,
                api_key=base_url.api_key,
            )

    Args:
        name: the model's name.
        port: TCP port on 127.0.0.1; 0 means any free one.
        api_key: the key to require; None generates a random one.
        on_progress: called with the progress of downloading and loading.
        adapted: whether to apply the adapter, which was trained for the strategy
            ``conversation`` and is of no use for other questions.

    Yields:
        The base URL of its OpenAI-compatible API.

    Raises:
        SettingsError: the port is taken, or the key can't be used.
        ModelNotAvailable: the model can't be downloaded or started; the message says why.
    """
    with open_server(name, port, api_key, on_progress, adapted=adapted) as process:
        yield BaseUrl.of(process.server)


@contextmanager
def open_server(
    name: str = DEFAULT,
    port: int = 0,
    api_key: str | None = None,
    on_progress: OnProgress | None = None,
    *,
    adapted: bool = True,
) -> Generator[ServerProcess]:
    """Run a server as `serve` does, and yield its process, whose state can be checked."""
    process = _launch(name, on_progress, port=port, api_key=api_key, adapted=adapted)
    try:
        yield process
    finally:
        process.stop()


def _join_or_launch(
    name: str, on_progress: OnProgress | None, abandoned: threading.Event | None
) -> ServerProcess | Lease:
    """Return the server that all processes of this user share for a model."""
    # What is missing is reported before a large download that would be useless.
    identity = identify(find_model(name), find_executable(), _adapter(name))
    report = unless(abandoned, on_progress)
    pull(name, report)  # before anything is locked, so that all who wait see how far it is

    def wait() -> None:
        report(Progress("load", 0, None, f"{name}: waiting for another process to load it"))

    return join_or_start(identity, lambda: _launch(name, on_progress, abandoned), wait)


def _launch(
    name: str,
    on_progress: OnProgress | None,
    abandoned: threading.Event | None = None,
    *,
    port: int = 0,
    api_key: str | None = None,
    adapted: bool = True,
) -> ServerProcess:
    model = find_model(name)
    # What is missing is reported before a large download that would be useless.
    executable = find_executable()
    adapter = _adapter(name) if adapted else None
    report = unless(abandoned, on_progress)
    weights = pull(name, report)
    report(Progress("load", 0, None, f"{name}: loading"))
    process = start(
        [str(executable)],
        model,
        weights,
        adapter=adapter,
        port=port,
        api_key=api_key,
        abandoned=abandoned,
    )
    if on_progress is not None:
        on_progress(Progress("load", 1, 1, f"{name}: ready"))
    return process


def _adapter(name: str) -> Path:
    """Return the path of the adapter that was trained for a model.

    Raises:
        ModelNotAvailable: the package ``communique-weights`` is not installed.
    """
    try:
        import communique_weights
    except ImportError as exc:
        raise ModelNotAvailable(
            f"the embedded model's adapter is not installed; install it with: {LOCAL_EXTRA}"
        ) from exc
    return communique_weights.adapter(name)


_shared = SharedServers(_join_or_launch)
atexit.register(_shared.stop)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_shared.forget)
