"""Lock files, by which processes take turns."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path

__all__ = ["hold"]

_LOOK_SECONDS = 0.5


@contextmanager
def hold(path: Path, waiting: Callable[[], None]) -> Generator[None]:
    """Hold a lock file during the ``with`` block; the system releases it with the process.

    Args:
        path: the file, which is created in an existing folder.
        waiting: called now and then while another process holds it; what it raises ends the wait.

    Raises:
        OSError: the file can't be opened or locked.
        ModuleNotFoundError: the package ``filelock`` is not installed.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(path)
    timeout = 0.0
    while True:
        try:
            lock.acquire(timeout=timeout)
            break
        except Timeout:
            waiting()
            timeout = _LOOK_SECONDS
    try:
        yield
    finally:
        lock.release()
