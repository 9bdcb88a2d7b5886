"""Errors of the disk in the user's terms."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from communique.errors import SettingsError

__all__ = ["disk_errors"]


@contextmanager
def disk_errors(path: Path, what: str = "written") -> Generator[None]:
    """Turn an `OSError` into a `SettingsError` that names the file or folder.

    Args:
        path: the file or folder.
        what: what is done with it.
    """
    try:
        yield
    except OSError as exc:
        raise SettingsError(f"{path} can't be {what}: {exc.strerror or exc}") from exc
