"""Locks between processes, which end with the process that holds them."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from communique._internal.files import create

__all__ = ["Lock"]


class Lock:
    """A file that is locked until it is closed, or its process ends, however it ends.

    Args:
        path: the file, which is created if it does not exist, and stays.

    Raises:
        BlockingIOError: another `Lock`, in this process or another, holds it.
        OSError: it can't be created or locked.
    """

    def __init__(self, path: Path) -> None:
        self._number = create(str(path), os.O_RDWR | os.O_CREAT)
        try:
            _lock(self._number)
        except OSError:
            os.close(self._number)
            raise

    def close(self) -> None:
        """Release the lock."""
        os.close(self._number)


if sys.platform == "win32":
    import msvcrt

    def _lock(number: int) -> None:
        try:
            msvcrt.locking(number, msvcrt.LK_NBLCK, 1)
        except PermissionError as exc:
            raise BlockingIOError(exc.errno, exc.strerror) from exc

else:
    import fcntl

    def _lock(number: int) -> None:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
