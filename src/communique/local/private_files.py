"""Files with keys, which no other user can read, write or plant."""

from __future__ import annotations

import os
import secrets
import stat
from typing import TYPE_CHECKING

from communique._internal.files import make_folder

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["make_private_folder", "read_private", "write_private"]

_LONGEST = 100_000  # bytes
# Windows has none of these, and keeps the cache folder in the user's profile, which is private.
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
_NO_WAIT = getattr(os, "O_NONBLOCK", 0)


def make_private_folder(path: Path) -> None:
    """Create a folder that only the user can enter, unless it exists.

    Raises:
        OSError: it can't be created, is a link, belongs to another user, or is open to others.
    """
    make_folder(path.parent)
    try:
        path.mkdir(0o700)
    except FileExistsError:
        seen = path.lstat()
        if not stat.S_ISDIR(seen.st_mode):
            raise OSError(f"{path} is not a folder, or a link to one; delete it") from None
        try:
            _check_private(path, seen)
        except OSError as exc:
            raise OSError(f"{exc}; delete it, or set COMMUNIQUE_CACHE_DIR elsewhere") from exc


def read_private(path: Path) -> bytes:
    """Return the content of a file that only the user can have written.

    Raises:
        OSError: it can't be read, is not a regular file, belongs to another user, or is open to
            others.
    """
    number = os.open(path, os.O_RDONLY | _NO_LINK | _NO_WAIT | getattr(os, "O_BINARY", 0))
    with os.fdopen(number, "rb") as file:
        seen = os.fstat(number)
        if not stat.S_ISREG(seen.st_mode) or path.is_symlink():
            raise OSError(f"{path} is not a regular file")
        _check_private(path, seen)
        return file.read(_LONGEST)


def write_private(path: Path, content: bytes) -> None:
    """Write a file atomically; only the user can read it.

    Raises:
        OSError: it can't be written.
    """
    temporary = path.with_name(f".communique-{secrets.token_hex(8)}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_LINK | getattr(os, "O_BINARY", 0)
    try:
        with os.fdopen(os.open(temporary, flags, 0o600), "wb") as file:
            file.write(content)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)  # still there only after a failure


def _check_private(path: Path, seen: os.stat_result) -> None:
    if os.name != "posix":
        return
    if seen.st_uid != os.geteuid():
        raise OSError(f"{path} belongs to another user")
    if seen.st_mode & 0o077:
        raise OSError(f"{path} is open to other users")
