"""A lock that one process holds, and that the system releases however that process ends."""

from __future__ import annotations

import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from communique._internal.files import create

__all__ = ["locked"]


@contextmanager
def locked(path: Path) -> Generator[None]:
    """Hold a lock file during the ``with`` block.

    Raises:
        BlockingIOError: another process holds it.
        OSError: the file can't be created.
    """
    with open(path, "ab", opener=create) as file:
        _lock(file.fileno())
        yield  # closing the file releases the lock


def _lock(number: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        try:
            os.lseek(number, 0, os.SEEK_SET)
            msvcrt.locking(number, msvcrt.LK_NBLCK, 1)
        except OSError as exc:
            raise BlockingIOError(str(exc)) from exc
    else:
        import fcntl

        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
