"""A check for folders that exist only in a clone of the repository."""

from __future__ import annotations

from pathlib import Path

from communique.errors import SettingsError

__all__ = ["check_checkout"]


def check_checkout(root: Path, command: str, *folders: str) -> None:
    """Check that a command finds the folders that it reads.

    Args:
        root: the folder that should contain them.
        command: the command's name, for the message.
        folders: names of the folders.

    Raises:
        SettingsError: one is missing; the message says where to run the command.
    """
    for folder in folders:
        if not (root / folder).is_dir():
            raise SettingsError(
                f"communique {command} reads {folder}/ of a clone of communique's repository, "
                f"which {root.absolute()} is not; run it in a clone, or name one with --root"
            )
