"""The output of a batch: JSON Lines, one outcome a line, which is also all that a resume needs."""

from __future__ import annotations

import io
import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from communique._internal.disk import disk_errors
from communique.errors import CommuniqueError, SettingsError

__all__ = ["SYNC_AFTER", "SYNC_SECONDS", "OutcomeFile", "read_outcome_lines"]

SYNC_AFTER = 64
"""Number of outcomes after which they are made durable (fsync)."""

SYNC_SECONDS = 2.0
"""Seconds after which outcomes are made durable, however few they are.

A process that ends, even by ``kill -9``, loses no line that it has written; an operating system
that crashes may lose those that are not durable yet."""

_CHUNK = 2**20
_ROOM = 2**13
_MOST_ROWS = 2**62


class OutcomeFile:
    """A file of outcomes that lines are appended to, each whole or not at all.

    Args:
        path: the file; it is created if it does not exist.

    Raises:
        SettingsError: it can't be read or written, as from all methods.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with disk_errors(path):
            self._file = _open(path)
            self._end = self._file.seek(0, os.SEEK_END)
        self._lock = threading.Lock()  # against writing while the file is replaced or closed
        self._unsynced = 0
        self._error: CommuniqueError | None = None
        self._closed = threading.Event()
        self._syncing = threading.Thread(target=self._keep_synced, name="communique-sync")
        self._syncing.daemon = True
        self._syncing.start()

    @property
    def is_empty(self) -> bool:
        """Whether there is no outcome yet."""
        return self._end == 0

    def repair(self) -> int:
        """Remove a torn last line, or end it if only its end is missing; return the bytes removed.

        A process that is killed while it writes can leave one.
        """
        with disk_errors(self.path):
            last = self._last_line()
            if not last or last.endswith(b"\n"):
                return 0
            if _read_object(last):
                self._write(b"\n")
                return 0
            self._truncate(self._end - len(last))
            return len(last)

    def check_room(self) -> None:
        """Check that the next outcomes can be written: they are paid for before it shows."""
        with disk_errors(self.path):
            end = self._end
            self._write(bytes(_ROOM))  # which `repair` removes after a kill
            self._truncate(end)

    def append(self, line: str) -> int:
        """Append an outcome and return its offset. After an error the file is as before."""
        if self._error is not None:
            raise self._error
        start = self._end
        with disk_errors(self.path):
            self._write(line.encode("utf-8") + b"\n")
        self._unsynced += 1
        if self._unsynced >= SYNC_AFTER:
            self.sync()
        return start

    def read(self) -> Iterator[tuple[int, int, dict[str, Any]]]:
        """Yield the lines; see `read_outcome_lines`."""
        return read_outcome_lines(self.path)

    def read_at(self, start: int) -> bytes:
        """Return the line at an offset."""
        with self.path.open("rb") as file:
            file.seek(start)
            return file.readline()

    def sync(self) -> None:
        """Make what was written durable."""
        with disk_errors(self.path), self._lock:
            self._unsynced = 0
            os.fsync(self._file.fileno())

    def replace(self, path: Path) -> None:
        """Put another file in place of this one, at once, and go on with that."""
        with disk_errors(self.path), self._lock:
            self._file.close()
            try:
                path.replace(self.path)
            finally:
                self._file = _open(self.path)
                self._end = self._file.seek(0, os.SEEK_END)

    def close(self) -> None:
        """Make everything durable and close the file."""
        self._closed.set()
        self._syncing.join()
        try:
            self.sync()
        finally:
            self._file.close()

    def _keep_synced(self) -> None:
        while not self._closed.wait(SYNC_SECONDS):
            if self._unsynced:
                try:
                    self.sync()
                except SettingsError as exc:
                    self._error = exc  # for the thread that writes

    def _write(self, data: bytes) -> None:
        rest = memoryview(data)
        self._file.seek(self._end)
        try:
            while rest:
                rest = rest[self._file.write(rest) or 0 :]
        except BaseException:
            self._truncate(self._end)
            raise
        self._end += len(data)

    def _truncate(self, size: int) -> None:
        self._file.truncate(size)
        self._end = size

    def _last_line(self) -> bytes:
        """Return the last line, with its line break if it has one."""
        start, tail = self._end, b""
        while start > 0 and b"\n" not in tail[:-1]:
            size = min(_CHUNK, start)
            start -= size
            self._file.seek(start)
            tail = self._file.read(size) + tail
        return tail[tail.rfind(b"\n", 0, -1) + 1 :]


def read_outcome_lines(path: Path) -> Iterator[tuple[int, int, dict[str, Any]]]:
    """Yield the number, the offset and the content of each line, except for a torn last one.

    Raises:
        SettingsError: a line is not an outcome, or the file can't be read.
    """
    start = 0
    with disk_errors(path, "read"), path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            outcome = _read_object(line)
            if _is_index(outcome.get("index")):
                yield number, start, outcome
            elif line.endswith(b"\n"):
                raise SettingsError(
                    f"{path}, line {number} is not an outcome of a batch: the file was changed or "
                    "damaged; restore it, delete this line, or choose another output"
                )
            start += len(line)


def _open(path: Path) -> io.FileIO:
    # "r+b" would not create the file, and with "a+b" Windows could not truncate it.
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0)
    return io.FileIO(os.open(path, flags, 0o666), "r+")


def _is_index(value: object) -> bool:
    return type(value) is int and 0 <= value < _MOST_ROWS


def _read_object(line: bytes) -> dict[str, Any]:
    """Return the JSON object in a line, or an empty one if there is none."""
    try:
        value: object = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}
