"""Shards: the articles of one request file, and how far their batch has come.

A shard is a folder. Its ``shard.json`` is written last, atomically, so a folder without one is
unfinished and holds nothing that a server knows of. What is about to be done at the server is
written down before it is done (``uploading``, ``creating``), what has been done, after it.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field, ValidationError

from communique._internal.disk import disk_errors
from communique._internal.files import create, read_regular, replace, sync_folder
from communique.article import Article
from communique.errors import SettingsError

__all__ = ["Most", "Row", "Shard", "ShardState", "ShardWriter", "digest", "row_of"]

BYTES_PER_TOKEN = 4
"""Rough estimate of the tokens of a request, for limits of what may be enqueued."""

_STATE = "shard.json"
_INDEX = "index.txt"
_ARTICLES = "articles.jsonl"
_REQUESTS = "requests.jsonl"
_MOST_STATE_BYTES = 100_000

Stage = Literal["written", "uploading", "uploaded", "creating", "created", "collected", "split"]


class ShardState(BaseModel, frozen=True, extra="forbid"):
    """How far a shard has come.

    Attributes:
        key: a random mark, by which its file and batch are found on the server.
        requests: number of its articles.
        size: length of its request file in bytes.
        last: the highest index of its articles.
        parent: name of the shard of which it is a part, if that was split.
        stage: ``uploading`` and ``creating`` mean that the server may have done it already.
        file_id, file_created: the request file on the server.
        batch_id: the batch.
        ended: the last status of the batch, once its answers have been collected.
        is_told: whether the user has been told that it was cancelled.
    """

    key: str
    requests: int = Field(ge=1)
    size: int = Field(ge=1)
    last: int = Field(ge=0)
    parent: str | None = None
    stage: Stage = "written"
    file_id: str = ""
    file_created: int = 0
    batch_id: str = ""
    ended: str = ""
    is_told: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """An article in a shard.

    Attributes:
        index: its position in the input.
        digest: see `digest`.
        article: the article, as a line of JSON.
        request: the line of the request file that asks about it.
    """

    index: int
    digest: str
    article: bytes
    request: bytes

    @property
    def tokens(self) -> int:
        """A rough estimate of the tokens of the request."""
        return len(self.request) // BYTES_PER_TOKEN


@dataclass(frozen=True, slots=True)
class Most:
    """What a request file may have at most."""

    requests: int
    bytes: int
    tokens: int | None = None


class Shard:
    """The articles of one request file.

    Attributes:
        folder: where it is.
        state: how far it has come.
        members: the digest of each article, by its index.
        wanted: the articles whose outcomes are still to be yielded.
        is_new: whether it was written in this run of the program.
    """

    def __init__(self, folder: Path, state: ShardState, members: dict[int, str], *, is_new: bool):
        self.folder = folder
        self.state = state
        self.members = members
        self.wanted: set[int] = set(members) if is_new else set()
        self.is_new = is_new

    @classmethod
    def load(cls, folder: Path) -> Shard | None:
        """Return the shard in a folder, or None if it was not finished.

        Raises:
            SettingsError: it can't be read, or has been changed.
        """
        if not (folder / _STATE).exists():
            return None
        with disk_errors(folder, "read"):
            raw = read_regular(folder / _STATE, _MOST_STATE_BYTES)
            try:
                state = ShardState.model_validate_json(raw)
                members = {index: name for index, name, _ in _read_index(folder)}
            except (ValidationError, ValueError) as exc:
                raise SettingsError(
                    f"{folder} is damaged: {exc}. Restore it, or delete it to have its "
                    f"articles asked, and paid, once more"
                ) from exc
        return cls(folder, state, members, is_new=False)

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.folder.name

    @property
    def requests_path(self) -> Path:
        """The request file, which is deleted once its answers are there."""
        return self.folder / _REQUESTS

    @property
    def answer_paths(self) -> tuple[Path, Path]:
        """The files of answers, and of failed requests; either may be missing."""
        return self.folder / "answers.jsonl", self.folder / "errors.jsonl"

    @property
    def tokens(self) -> int:
        """A rough estimate of the tokens of all requests."""
        return self.state.size // BYTES_PER_TOKEN

    @property
    def is_live(self) -> bool:
        """Whether its batch is at the server."""
        return self.state.stage == "created"

    def save(self, **changes: object) -> None:
        """Change the state, on the disk first.

        Raises:
            SettingsError: the disk is full, or the folder can't be written any more.
        """
        state = self.state.model_copy(update=changes)
        with disk_errors(self.folder):
            replace(self.folder / _STATE, state.model_dump_json())
        self.state = state

    def articles(self, indices: Iterable[int]) -> Iterator[tuple[int, Article]]:
        """Yield articles with their indices, in order.

        Raises:
            SettingsError: they can't be read, or have been changed.
        """
        wanted = set(indices)
        with disk_errors(self.folder, "read"):
            places = sorted((i, at) for i, _, at in _read_index(self.folder) if i in wanted)
            with (self.folder / _ARTICLES).open("rb") as file:
                for index, offset in places:
                    file.seek(offset)
                    yield index, self._article(index, file.readline())

    def rows(self) -> Iterator[Row]:
        """Yield what was written, while the request file is there."""
        with (
            disk_errors(self.folder, "read"),
            (self.folder / _ARTICLES).open("rb") as articles,
            self.requests_path.open("rb") as requests,
        ):
            for index, name, _ in _read_index(self.folder):
                yield Row(index, name, articles.readline(), requests.readline())

    def _article(self, index: int, raw: bytes) -> Article:
        try:
            article = Article.model_validate_json(raw)
        except ValueError as exc:
            raise SettingsError(f"{self.folder / _ARTICLES} is damaged: {exc}") from exc
        if digest(article) != self.members[index]:
            raise SettingsError(f"{self.folder / _ARTICLES} has been changed since it was written")
        return article


class ShardWriter:
    """A shard that is being written.

    Args:
        folder: where; it does not exist yet.
        most: what the request file may have.
        parent: name of the shard of which this one is a part.

    Attributes:
        members: the digest of each article written so far, by its index.

    Raises:
        SettingsError: the disk is full, or the folder can't be written; also when adding.
    """

    def __init__(self, folder: Path, most: Most, parent: str | None = None) -> None:
        self._folder = folder
        self._most = most
        self._parent = parent
        self.members: dict[int, str] = {}
        self._size = self._tokens = self._at = 0
        with disk_errors(folder):
            folder.mkdir(mode=0o700)
            with ExitStack() as files:
                self._index, self._articles, self._requests = (
                    files.enter_context(open(folder / name, "xb", opener=create))
                    for name in (_INDEX, _ARTICLES, _REQUESTS)
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
            self._index.write(f"{row.index} {row.digest} {self._at}\n".encode())
            self._articles.write(row.article)
            self._requests.write(row.request)
        self.members[row.index] = row.digest
        self._at += len(row.article)
        self._size += len(row.request)
        self._tokens += row.tokens

    def seal(self) -> Shard:
        """Make the shard durable, and return it."""
        state = ShardState(
            key=secrets.token_hex(16),
            requests=len(self.members),
            size=self._size,
            last=max(self.members),
            parent=self._parent,
        )
        with disk_errors(self._folder):
            for file in (self._index, self._articles, self._requests):
                file.flush()
                os.fsync(file.fileno())
            self.close()
            replace(self._folder / _STATE, state.model_dump_json())
            sync_folder(self._folder.parent)
        return Shard(self._folder, state, self.members, is_new=True)

    def close(self) -> None:
        """Close the files; what is not sealed is deleted when the folder is opened again."""
        with disk_errors(self._folder):
            self._files.close()


def digest(article: Article) -> str:
    """Return what tells an article's text from others."""
    return hashlib.sha256(article.text.encode()).hexdigest()[:16]


def row_of(index: int, article: Article, body: dict[str, object], url: str) -> Row:
    """Return the row of an article."""
    name = digest(article)
    request = {"custom_id": f"{index}-{name}", "method": "POST", "url": url, "body": body}
    return Row(index, name, _line(article.model_dump_json()), _line(_json(request)))


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _line(written: str) -> bytes:
    """Return a line of JSON, without the characters at which some programs end a line, too."""
    for character in "\u0085\u2028\u2029":
        written = written.replace(character, f"\\u{ord(character):04x}")
    return written.encode() + b"\n"


def _read_index(folder: Path) -> Iterator[tuple[int, str, int]]:
    """Yield index, digest and offset of each article, in the order of the files."""
    with (folder / _INDEX).open(encoding="ascii") as lines:
        for each in lines:
            index, name, offset = each.split()
            yield int(index), name, int(offset)
