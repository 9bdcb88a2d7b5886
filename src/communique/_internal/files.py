"""Reading of files of strangers, and atomic writing of files that only their owner may change."""

from __future__ import annotations

import os
import secrets
import shutil
import stat
from contextlib import suppress
from pathlib import Path

__all__ = ["create", "is_open_to_others", "make_folder", "read_regular", "replace", "sync_folder"]

# No write permission for others, whatever the umask.
_FILE_MODE = 0o644
_FOLDER_MODE = 0o755
# Windows has neither; there, links need a privilege, and reading a pipe by name does not wait.
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
_NO_WAIT = getattr(os, "O_NONBLOCK", 0)
_IS_POSIX = os.name == "posix"


def create(path: str, flags: int) -> int:
    """Open a file, as an ``opener`` for `open`, so that only the owner can write to a new one.

    A link is not followed: it could lead to any file of the user.
    """
    return os.open(path, flags | _NO_LINK, _FILE_MODE)


def read_regular(path: Path, limit: int, *, links: bool = False) -> bytes:
    """Return the content of a regular file, which may come from a stranger.

    A link could lead to a secret; a pipe or device has no end.

    Args:
        path: the file.
        limit: the most bytes that it may have.
        links: whether it may be a link to a regular file.

    Raises:
        OSError: it can't be read, is a link, a pipe or a device, or is longer than the limit.
    """
    if not links and path.is_symlink():
        raise OSError("it is a link, and only regular files are read")
    flags = os.O_RDONLY | _NO_WAIT | (0 if links else _NO_LINK) | getattr(os, "O_BINARY", 0)
    number = os.open(path, flags)
    if not stat.S_ISREG(os.fstat(number).st_mode):
        os.close(number)
        raise OSError("it is not a regular file")
    with os.fdopen(number, "rb") as file:
        content = file.read(limit + 1)
    if len(content) > limit:
        raise OSError(f"it is longer than {limit:,} bytes")
    return content


def is_open_to_others(path: Path) -> Path | None:
    """Return the file or folder, or the folder above it, that any user can change, or None.

    In a folder with the sticky bit, such as ``/tmp``, users can replace only their own.
    """
    if not _IS_POSIX:
        return None
    for above in (path, *path.parents):
        mode = above.stat().st_mode if above.exists() else 0
        if mode & stat.S_IWOTH and (above == path or not mode & stat.S_ISVTX):
            return above
    return None


def make_folder(path: Path) -> None:
    """Create a folder and its parents, writable only by the owner, unless they exist.

    Raises:
        OSError: it can't be created.
    """
    for folder in (*reversed(path.parents), path):
        if not folder.is_dir():
            folder.mkdir(_FOLDER_MODE, exist_ok=True)


def replace(path: Path, content: bytes | str) -> None:
    """Write a file atomically and durably; a replaced file keeps its permissions.

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
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        sync_folder(path.parent)
    finally:
        temporary.unlink(missing_ok=True)  # still there only after a failure


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable, too, where the system can."""
    if not _IS_POSIX:
        return
    number = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # some network file systems can't
            os.fsync(number)
    finally:
        os.close(number)
