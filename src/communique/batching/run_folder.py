"""The folder beside the output that says what the outcomes were made with, and locks them."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any, cast

from communique._internal.disk import disk_errors
from communique._internal.files import make_folder, replace
from communique._internal.process_lock import Lock
from communique.errors import SettingsError

__all__ = ["Identity", "RunFolder", "batches_folder_of", "check_identity", "check_no_batches"]

_FILE = "run.json"

Identity = Mapping[str, Any]
"""What every outcome of an output must have in common, as JSON."""


class RunFolder:
    """The folder ``OUTPUT.run``, locked until it is closed.

    Args:
        output: the path of the output.

    Attributes:
        path: the folder.
        retried: a file with the failures that were removed from the output to be tried again,
            one a line.

    Raises:
        SettingsError: it can't be written, or another run has the same output.
    """

    def __init__(self, output: Path) -> None:
        self.path = _folder_of(output)
        self.retried = self.path / "retried.jsonl"
        self._output = output
        self._file = self.path / _FILE
        with disk_errors(self.path):
            make_folder(self.path)
            try:
                self._lock = Lock(self.path / "lock")
            except BlockingIOError as exc:
                raise SettingsError(
                    f"{output} is being written by another run; wait for it, or choose another "
                    "output"
                ) from exc

    def write(self, identity: Identity) -> None:
        """Record what the outcomes will be made with; forget a run that was different.

        Raises:
            SettingsError: the file can't be written.
        """
        content = {"identity": identity, "library": version("communique")}
        with disk_errors(self._file):
            if not _is_same(self._output, identity):
                self.retried.unlink(missing_ok=True)
            replace(self._file, json.dumps(content, indent=2, ensure_ascii=False) + "\n")

    def keep_retried(self, lines: Iterable[bytes]) -> None:
        """Add failures to `retried`: all of them, or none.

        Raises:
            SettingsError: the file can't be written.
        """
        part = self.path / "retried.part"
        with disk_errors(self.retried):
            with part.open("wb") as file:
                if self.retried.exists():
                    with self.retried.open("rb") as before:
                        shutil.copyfileobj(before, file)
                file.writelines(lines)
                file.flush()
                os.fsync(file.fileno())
            part.replace(self.retried)

    def rewrite(self, lines: Iterable[bytes]) -> Path:
        """Write a new output, to take the place of the present one, and return its path.

        Raises:
            SettingsError: the file can't be written.
        """
        path = self.path / "rewritten.jsonl"
        with disk_errors(path), path.open("wb") as file:
            shutil.copymode(self._output, path)
            file.writelines(lines)
            file.flush()
            os.fsync(file.fileno())
        return path

    def close(self) -> None:
        """Release the lock."""
        self._lock.close()


def check_identity(output: Path, identity: Identity) -> None:
    """Check that outcomes made with ``identity`` may be added to those of an output.

    Raises:
        SettingsError: something else was used for them; the message names the difference.
    """
    before = _read(output)
    for name in dict.fromkeys((*before, *identity)):
        old, new = before.get(name), identity.get(name)
        if old != new:
            raise SettingsError(
                f"{output} was begun with another {name}: {_said(old)}, now {_said(new)}; choose "
                f"another output, or the same {name}"
            )


def _read(output: Path) -> Identity:
    file = _folder_of(output) / _FILE
    try:
        content: Any = json.loads(file.read_text(encoding="utf-8"))
        return cast("Identity", {**content["identity"]})
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise SettingsError(
            f"{output} has content, but {file}, which says what its outcomes were made with, is "
            "missing or damaged: restore it, or choose another output"
        ) from exc


def batches_folder_of(output: Path) -> Path:
    """Return the folder with the state of an output's provider batches."""
    return _folder_of(output) / "batches"


def check_no_batches(output: Path) -> None:
    """Check that no articles are at the provider already, which would be asked about twice.

    Raises:
        SettingsError: there are; the message says how to collect their answers.
    """
    if (folder := batches_folder_of(output)).exists():
        raise SettingsError(
            f"{output} was begun with --provider-batch: go on with it, to collect what the "
            f"provider has answered; or delete {folder} to have it asked, and paid, once more"
        )


def _is_same(output: Path, identity: Identity) -> bool:
    try:
        return _read(output) == identity
    except SettingsError:
        return False


def _folder_of(output: Path) -> Path:
    return output.with_name(f"{output.name}.run")


def _said(value: object) -> str:
    return "none" if value is None else json.dumps(value, ensure_ascii=False)
