"""The writing of shards, which exist only once they are whole and durable."""

from __future__ import annotations

import os
import secrets
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from communique._internal.disk import disk_errors
from communique._internal.files import create, replace, sync_folder
from communique.provider_batch.request_rows import Row, hash_of
from communique.provider_batch.shards import (
    ARTICLES,
    INDEX,
    REQUESTS,
    STATE,
    Members,
    Shard,
    ShardState,
    Wanted,
)

__all__ = ["Most", "ShardWriter"]


@dataclass(frozen=True, slots=True)
class Most:
    """What a request file may have at most."""

    requests: int
    bytes: int
    tokens: int | None = None


class ShardWriter(Members):
    """A shard that is being written.

    Args:
        folder: where; it does not exist yet.
        most: what the request file may have.
        parent: name of the shard of which this one is a part.

    Attributes:
        members: a hash of each article written so far, by its key.
        wanted: see `Shard`.

    Raises:
        SettingsError: the disk is full, or the folder can't be written; also when adding.
    """

    def __init__(self, folder: Path, most: Most, parent: str | None = None) -> None:
        self._folder = folder
        self._most = most
        self._parent = parent
        self.members: dict[str, int] = {}
        self.wanted: dict[str, list[Wanted]] = {}
        self._size = self._tokens = self._at = 0
        with disk_errors(folder):
            folder.mkdir(mode=0o700)
            with ExitStack() as files:
                self._index, self._articles, self._requests = (
                    files.enter_context(open(folder / name, "xb", opener=create))
                    for name in (INDEX, ARTICLES, REQUESTS)
                )
                self._files = files.pop_all()

    def fits(self, row: Row) -> bool:
        """Return whether a row may be added; the first one always may."""
        most = self._most
        return not self.members or (
            len(self.members) < most.requests
            and self._size + len(row.request) <= most.bytes
            and (most.tokens is None or self._tokens + row.tokens <= most.tokens)
        )

    def add(self, row: Row) -> None:
        """Write a row."""
        with disk_errors(self._folder):
            content = hash_of(row.article)
            self._index.write(f"{row.key} {content} {self._at}\n".encode())
            self._articles.write(row.article)
            self._requests.write(row.request)
        self.members[row.key] = content
        self._at += len(row.article)
        self._size += len(row.request)
        self._tokens += row.tokens

    def seal(self) -> Shard:
        """Make the shard durable, and return it."""
        state = ShardState(
            key=secrets.token_hex(16),
            requests=len(self.members),
            size=self._size,
            parent=self._parent,
        )
        with disk_errors(self._folder):
            for file in (self._index, self._articles, self._requests):
                file.flush()
                os.fsync(file.fileno())
            self.close()
            replace(self._folder / STATE, state.model_dump_json())
            sync_folder(self._folder.parent)
        return Shard(self._folder, state, self.members, self.wanted)

    def close(self) -> None:
        """Close the files; what is not sealed is deleted when the folder is opened again."""
        with disk_errors(self._folder):
            self._files.close()
