"""Folders that only a clone of the repository has, and the installed library has not."""

from __future__ import annotations

from pathlib import Path

from communique.errors import SettingsError

__all__ = ["check_checkout"]


def check_checkout(root: Path, command: str, *folders: str) -> None:
    """Make sure that a command finds the folders that it reads.

    Args:
        root: where they are expected.
        command: the command's name, for the message.
        folders: their names.

    Raises:
        SettingsError: one is missing; says where the command can be run.
    """
    for folder in folders:
        if not (root / folder).is_dir():
            raise SettingsError(
                f"communique {command} reads {folder}/ of a clone of communique's repository, "
                f"which {root.absolute()} is not; run it in a clone, or name one with --root"
            )
