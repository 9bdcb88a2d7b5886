"""The cache: an SQLite file in which several processes keep answers, by the sha256 of the question.

It knows neither questions nor answers: it keeps bytes, and returns them unchanged or not at all.
"""

from __future__ import annotations

import hashlib
import os
import threading
import time
import weakref
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from communique._internal.cache_file import connect, own_errors
from communique._internal.logs import get_logger

if TYPE_CHECKING:
    import sqlite3

__all__ = ["AnswerCache", "Content", "default_file", "open_cache"]

_LOG = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Content:
    """What the cache has of one model.

    Attributes:
        model: ``provider/name``.
        answers: number of answers.
        size: their length in bytes.
        oldest, newest: when the first and the last of them were given, in seconds since 1970.
    """

    model: str
    answers: int
    size: int
    oldest: int
    newest: int


def default_file() -> Path:
    """Return the path of the cache that is used unless another is named."""
    from communique.settings import cache_folder

    return cache_folder() / "answers.sqlite"


def open_cache(setting: bool | Path) -> AnswerCache | None:
    """Return the cache of a setting: the default one, the one at a path, or None.

    Raises:
        SettingsError: see `AnswerCache`.
    """
    if isinstance(setting, Path):
        return AnswerCache(setting)
    return AnswerCache(default_file()) if setting else None


class AnswerCache:
    """Answers in a file that only its owner can read or change. Every method may block.

    Threads and processes may share the file. What has been put into it survives the end of the
    process, however it ends; a power failure may cost the last seconds.

    Args:
        path: the file, which is created if it is missing, along with its folder.

    Attributes:
        path: its absolute path.

    Raises:
        SettingsError: by any method: the file can't be read or written, is damaged, belongs to
            another program or user, or others can change it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        _opened.add(self)
        with self._use():
            pass  # a file that can't be used is better known now than after the first answer

    def get(self, key: bytes) -> bytes | None:
        """Return the answer to a question, or None if there is none, or a damaged one."""
        with self._use() as connection:
            found = connection.execute(
                "SELECT CAST(model AS BLOB), CAST(answer AS BLOB), checksum FROM answers "
                "WHERE key = ?",
                [key],
            ).fetchone()
        if found is None:
            return None
        model, answer, checksum = found
        if checksum != _checksum(key, model, answer):
            _LOG.warning("an answer in the cache %s is damaged; it is asked for again", self.path)
            return None
        return answer

    def put(self, key: bytes, model: str, answer: bytes) -> None:
        """Keep the answer to a question, in place of any that is there.

        Args:
            key: the question's sha256.
            model: who answered, as ``provider/name``.
            answer: the answer.
        """
        row = (key, model, int(time.time()), answer, _checksum(key, model.encode(), answer))
        with self._use() as connection:
            connection.execute("INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?)", row)

    def contents(self) -> list[Content]:
        """Return what the cache has, by model."""
        with self._use() as connection:
            rows = connection.execute(
                "SELECT model, COUNT(*), SUM(LENGTH(answer)), MIN(created), MAX(created) "
                "FROM answers GROUP BY model ORDER BY model"
            ).fetchall()
        return [Content(*row) for row in rows]

    def size(self) -> int:
        """Return the length of the file, and of the log of what is not in it yet, in bytes."""
        files = (self.path, self.path.with_name(f"{self.path.name}-wal"))
        with own_errors(self.path):
            return sum(file.stat().st_size for file in files if file.exists())

    def count(self, *, model: str | None = None, before: float | None = None) -> int:
        """Return how many answers there are; see `clear`."""
        with self._use() as connection:
            return connection.execute(
                f"SELECT COUNT(*) {_CHOSEN}",
                {"model": model, "before": before},
            ).fetchone()[0]

    def clear(self, *, model: str | None = None, before: float | None = None) -> int:
        """Delete answers, free their space in the file, and return how many they were.

        Args:
            model: only those of this model, ``provider/name``.
            before: only those given before this time, in seconds since 1970.
        """
        with self._use() as connection:
            count = connection.execute(
                f"DELETE {_CHOSEN}",
                {"model": model, "before": before},
            ).rowcount
            if count:
                connection.execute("VACUUM")
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return count

    def close(self) -> None:
        """Close the file; it is opened again when it is needed."""
        with self._lock:
            if self._connection is not None:
                self._closer()
                self._connection = None

    def forget(self) -> None:
        """Start over in a forked child, where SQLite must not touch its parent's connection."""
        if self._connection is not None:
            self._closer.detach()
            _of_parents.append(self._connection)
        self._lock = threading.Lock()
        self._connection = None

    @contextmanager
    def _use(self) -> Generator[sqlite3.Connection]:
        with self._lock, own_errors(self.path):
            if self._connection is None:
                self._connection = connect(self.path)
                self._closer = weakref.finalize(self, self._connection.close)
            yield self._connection


_CHOSEN = """
    FROM answers
    WHERE model = coalesce(:model, model) AND created < coalesce(:before, created + 1)
"""

_opened: weakref.WeakSet[AnswerCache] = weakref.WeakSet()
_of_parents: list[sqlite3.Connection] = []


def _forget_all() -> None:
    for cache in _opened:
        cache.forget()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_all)


def _checksum(key: bytes, model: bytes, answer: bytes) -> bytes:
    return hashlib.sha256(b"\0".join((key, model, answer))).digest()
