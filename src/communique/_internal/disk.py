"""Errors of the disk in the user's terms."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from communique.errors import SettingsError

__all__ = ["disk_errors"]


@contextmanager
def disk_errors(place: Path | str, what: str = "written") -> Generator[None]:
    """Turn an `OSError` into a `SettingsError` that names the file or folder.

    Args:
        place: the file or folder, or what messages call it.
        what: what is done with it.
    """
    try:
        yield
    except OSError as exc:
        raise SettingsError(f"{place} can't be {what}: {exc.strerror or exc}") from exc
