"""The cache on disk for the prefix that all questions of a prompt version share.

The instructions and examples of a prompt are longer than most articles, and the embedded model
takes half a minute to read them. llama-server can save its state to a file and restore it in a
tenth of a second: see ``POST /slots/{id}?action=save`` in llama.cpp's documentation of
its server. The files contain the prompt, never an article.
"""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import json
import logging
import secrets
import select
import shutil
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from communique._internal.progress import Abandoned, OnProgress, Progress
from communique.local.catalog import find_model
from communique.settings import cache_folder

if TYPE_CHECKING:
    from communique.local.process import Server

__all__ = ["prefix_files", "prefixes_folder", "prepare"]

_LOG = logging.getLogger("communique.local")
_KEPT = 4
"""Number of files kept per model; the least recently used is deleted first."""

_BYTES_TO_LEAVE = 1 << 30  # free space to leave on the disk; a file has some 30 KB a token
_MARK = "[[article]]"
_POLL_SECONDS = 0.1
_LONGEST_SECONDS = 900.0  # a slow machine reads a prompt in half that time
_SUFFIX = ".slot"
_SLOT = 0  # the only slot: servers are started with --parallel 1


def prefixes_folder() -> Path:
    """Return the folder of the files."""
    return cache_folder().absolute() / "prefixes"


def prefix_files(model: str) -> list[Path]:
    """Return a model's files, the most recently used first."""
    found: list[tuple[float, Path]] = []
    for path in prefixes_folder().glob(f"{model}-*{_SUFFIX}"):
        with contextlib.suppress(OSError):  # deleted by another process
            found.append((path.stat().st_mtime, path))
    return [path for _, path in sorted(found, reverse=True)]


def prepare(
    server: Server,
    messages: Sequence[Mapping[str, object]],
    on_progress: OnProgress | None,
    abandoned: threading.Event,
) -> bool:
    """Load the messages that all questions begin with into a server, from a file if possible.

    A failure costs only time: the server then reads them with the first question.

    Args:
        server: a running server.
        messages: the messages before an article's own.
        on_progress: called if the messages have to be read, which is slow.
        abandoned: set it from another thread to stop waiting.

    Returns:
        Whether the server has them now.

    Raises:
        Abandoned: the event was set.
    """
    try:
        return _prepare(_Connection(server, abandoned), server.model, messages, on_progress)
    except (OSError, http.client.HTTPException, ValueError, LookupError, TypeError) as exc:
        _LOG.debug("the prompt's prefix was not prepared: %s: %s", type(exc).__name__, exc)
        return False


class _Refused(ValueError):
    """The server refused a request."""


class _Connection:
    """A client for llama-server's own API."""

    def __init__(self, server: Server, abandoned: threading.Event) -> None:
        url = urlsplit(server.base_url)
        self._where = (url.hostname or "", url.port)
        self._headers = {
            "Authorization": f"Bearer {server.api_key}",
            "Content-Type": "application/json",
        }
        self._abandoned = abandoned

    def ask(self, path: str, content: Mapping[str, object] | None = None) -> dict[str, Any]:
        """Send a GET request, or POST ``content`` as JSON; return the JSON response."""
        connection = http.client.HTTPConnection(*self._where, timeout=_LONGEST_SECONDS)
        with contextlib.closing(connection):
            body = None if content is None else json.dumps(content)
            connection.request("GET" if body is None else "POST", path, body, self._headers)
            # Closing the connection makes llama-server stop computing.
            until = time.monotonic() + _LONGEST_SECONDS
            while not select.select([connection.sock], [], [], _POLL_SECONDS)[0]:
                if self._abandoned.is_set():
                    raise Abandoned
                if time.monotonic() > until:
                    raise TimeoutError(f"{path}: no answer within {_LONGEST_SECONDS} seconds")
            response = connection.getresponse()
            found: dict[str, Any] = json.loads(response.read())
            if response.status != http.client.OK:
                raise _Refused(f"{path}: {response.status} {found.get('error')}")
            return found


def _prepare(
    connection: _Connection,
    model: str,
    messages: Sequence[Mapping[str, object]],
    on_progress: OnProgress | None,
) -> bool:
    article = {"role": "user", "content": _MARK}
    asked = connection.ask("/apply-template", {"messages": [*messages, article]})
    text, mark, _ = str(asked["prompt"]).rpartition(_MARK)
    if not mark:
        return False
    path = prefixes_folder() / f"{model}-{_digest(model, connection, text)}{_SUFFIX}"
    if path.is_file():
        try:
            connection.ask(f"/slots/{_SLOT}?action=restore", {"filename": path.name})
        except _Refused:
            path.unlink(missing_ok=True)  # damaged file
        else:
            path.touch()
            return True
    if on_progress is not None:
        message = f"{model}: reading the prompt (once for this version)"
        on_progress(Progress("load", 0, None, message))
    # One token is generated in any case; only reading the prompt matters.
    only_read = {"prompt": text, "n_predict": 0, "cache_prompt": True, "id_slot": _SLOT}
    read = connection.ask("/completion", only_read)
    _save(connection, model, path, tokens=int(read["tokens_evaluated"]))
    if on_progress is not None:
        on_progress(Progress("load", 1, 1, f"{model}: prompt read"))
    return True


def _digest(model: str, connection: _Connection, text: str) -> str:
    """Return a hash of what a saved prefix depends on: weights, program and text."""
    program = connection.ask("/props").get("build_info")
    parts = json.dumps([find_model(model).sha256, program, text])
    return hashlib.sha256(parts.encode()).hexdigest()[:32]


def _save(connection: _Connection, model: str, path: Path, tokens: int) -> None:
    if shutil.disk_usage(path.parent).free < _BYTES_TO_LEAVE:
        return
    unfinished = path.with_name(f".{secrets.token_hex(8)}")
    try:
        saved = connection.ask(f"/slots/{_SLOT}?action=save", {"filename": unfinished.name})
        if saved["n_saved"] != tokens:
            return  # another thread's question came in between, so the state contains an article
        unfinished.chmod(0o600)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    for old in prefix_files(model)[_KEPT:]:
        old.unlink(missing_ok=True)
