"""The log files of llama-servers."""

from __future__ import annotations

import contextlib
import os
import secrets
import time
from pathlib import Path

from communique._internal.files import make_folder
from communique.errors import ModelNotAvailable
from communique.settings import cache_folder

__all__ = ["create_log", "tail"]

_LOGS_KEPT = 20
_LINES_SHOWN = 8


def create_log() -> Path:
    """Create an empty log that only the user can read, and delete the oldest logs.

    Raises:
        ModelNotAvailable: it can't be written.
    """
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


def tail(log_path: Path) -> str:
    """Return the last lines of a log, indented."""
    lines = log_path.read_text(encoding="utf-8", errors="replace").splitlines()
    return "\n".join(f"  {line}" for line in lines[-_LINES_SHOWN:]) or "  (empty)"
