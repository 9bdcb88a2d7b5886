"""Atomic writing of files that only their owner may change."""

from __future__ import annotations

import os
import secrets
import shutil
from pathlib import Path

__all__ = ["create", "make_folder", "replace"]

# No write permission for others, whatever the umask.
_FILE_MODE = 0o644
_FOLDER_MODE = 0o755


def create(path: str, flags: int) -> int:
    """Open a file, as an ``opener`` for `open`, so that only the owner can write to a new one."""
    return os.open(path, flags, _FILE_MODE)


def make_folder(path: Path) -> None:
    """Create a folder and its parents, writable only by the owner, unless they exist.

    Raises:
        OSError: it can't be created.
    """
    for folder in (*reversed(path.parents), path):
        if not folder.is_dir():
            folder.mkdir(_FOLDER_MODE, exist_ok=True)


def replace(path: Path, content: bytes | str) -> None:
    """Write a file atomically; a replaced file keeps its permissions.

    Args:
        path: the file, in an existing folder; a link is replaced itself.
        content: text is written as UTF-8 with unchanged line endings.

    Raises:
        OSError: it can't be written.
    """
    raw = content.encode("utf-8") if isinstance(content, str) else content
    temporary = path.with_name(f".communique-{secrets.token_hex(8)}")
    try:
        with open(temporary, "xb", opener=create) as file:
            if path.exists():
                shutil.copymode(path, temporary)
            file.write(raw)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)  # still there only after a failure
