"""Write files all or nothing, so that nobody else may change them."""

from __future__ import annotations

import os
import secrets
import shutil
from pathlib import Path

__all__ = ["create", "make_folder", "replace"]

# Without write permission for others, whatever the umask.
_FILE_MODE = 0o644
_FOLDER_MODE = 0o755


def create(path: str, flags: int) -> int:
    """Open a file; used as ``opener`` for `open`, it lets only the owner write to a new one."""
    return os.open(path, flags, _FILE_MODE)


def make_folder(path: Path) -> None:
    """Make a folder, and those above it, that only the owner can write to; it may exist.

    Raises:
        OSError: it can't be made.
    """
    for folder in (*reversed(path.parents), path):
        if not folder.is_dir():
            folder.mkdir(_FOLDER_MODE, exist_ok=True)


def replace(path: Path, content: bytes | str) -> None:
    """Write a file all or nothing; one that is replaced keeps its permissions.

    Args:
        path: the file, in a folder that exists; a link is replaced, too.
        content: text is written as UTF-8, with its line ends as they are.

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
        temporary.unlink(missing_ok=True)  # still there only if something went wrong
