"""The file of the cache: made private, checked before it is believed, and shared by processes."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from communique._internal.files import is_open_to_others, make_folder
from communique.errors import SettingsError

__all__ = ["connect", "own_errors"]

APPLICATION_ID = 0x434D5143  # "CMQC", by which SQLite files tell whose they are
FORMAT = 1

WAIT_SECONDS = 30.0
"""How long to wait for another process; each holds the file for some milliseconds."""

_ANOTHER = "name another file with cache=… or COMMUNIQUE_CACHE"
_TABLE = """
    CREATE TABLE answers (
        key BLOB PRIMARY KEY, model TEXT NOT NULL, created INTEGER NOT NULL, answer BLOB NOT NULL,
        checksum BLOB NOT NULL
    )
"""


def connect(path: Path) -> sqlite3.Connection:
    """Open the file, for any thread; make it first if it is missing or empty.

    Raises:
        SettingsError: it must not be used, or is no cache.
        OSError, sqlite3.Error: it can't be used; see `own_errors`.
    """
    _check_place(path)
    make_folder(path.parent)
    with suppress(FileExistsError):  # SQLite gives its other files the same permissions
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    connection = sqlite3.connect(
        path, timeout=WAIT_SECONDS, isolation_level=None, check_same_thread=False
    )
    try:
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA synchronous = NORMAL")
        _make_or_check(connection, path)
        _switch_to_wal(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def own_errors(path: Path) -> Generator[None]:
    """Turn errors of the block into a `SettingsError` that names the way out."""
    try:
        yield
    except (sqlite3.Error, OSError) as exc:
        raise SettingsError(f"cache: {path} can't be used: {exc}; {_way_out(exc)}") from exc


def _check_place(path: Path) -> None:
    """Check that nobody else has made the file or can change it: its answers would be believed.

    Raises:
        SettingsError: somebody may have.
    """
    if path.is_symlink():
        raise SettingsError(f"cache: {path} is a link; name the file that it leads to")
    if path.is_dir():
        raise SettingsError(
            f"cache: {path} is a folder; name a file in it, such as {path / 'answers.sqlite'}"
        )
    if path.exists() and not path.is_file():
        raise SettingsError(f"cache: {path} is not a regular file; {_ANOTHER}")
    if (place := is_open_to_others(path.parent) or is_open_to_others(path)) is not None:
        raise SettingsError(
            f"cache: any user of this machine can change {path}, since {place} is writable by "
            f"others; change that (chmod o-w {place}), or {_ANOTHER}"
        )
    if hasattr(os, "geteuid") and path.exists() and path.stat().st_uid != os.geteuid():
        raise SettingsError(f"cache: {path} belongs to another user; {_ANOTHER}")


def _make_or_check(connection: sqlite3.Connection, path: Path) -> None:
    """Make an empty file a cache; check that any other file is one.

    Raises:
        SettingsError: it is not.
    """
    connection.execute("BEGIN IMMEDIATE")  # which fails if the file can't be written
    owner, version, parts = (
        connection.execute(query).fetchone()[0]
        for query in (
            "PRAGMA application_id",
            "PRAGMA user_version",
            "SELECT COUNT(*) FROM sqlite_master",
        )
    )
    if (owner, version, parts) == (0, 0, 0):
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {FORMAT}")
        connection.execute(_TABLE)
    elif owner != APPLICATION_ID:
        raise SettingsError(f"cache: {path} is another program's SQLite file; {_ANOTHER}")
    elif version != FORMAT:
        raise SettingsError(
            f"cache: {path} was made by another version of communique (format {version}, not "
            f"{FORMAT}); delete it, or {_ANOTHER}"
        )
    connection.execute("COMMIT")


def _switch_to_wal(connection: sqlite3.Connection, path: Path) -> None:
    """Let readers and a writer of several processes work side by side.

    Raises:
        SettingsError: the file system does not allow it.
    """
    until = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
            break
        except sqlite3.OperationalError:  # SQLite does not wait here, if several switch at once
            if time.monotonic() >= until:
                raise
            time.sleep(0.02)
    if mode != "wal":
        raise SettingsError(
            f"cache: processes can't share a file where {path} is, on a network drive perhaps; "
            f"{_ANOTHER}"
        )


def _way_out(error: sqlite3.Error | OSError) -> str:
    # Only errors that SQLite itself found have a code, whose lowest byte is the kind.
    match getattr(error, "sqlite_errorcode", 0) & 0xFF:
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return f"it is damaged, or no cache at all: delete it, or {_ANOTHER}"
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return f"another program has kept it locked for {WAIT_SECONDS:g} s"
        case sqlite3.SQLITE_FULL:
            return f"free some space (communique cache clear), or {_ANOTHER}"
        case _:
            return f"make the file and its folder readable and writable, or {_ANOTHER}"
