"""Shards: the articles of one request file, and how far their batch has come.

A shard is a folder. Its ``shard.json`` is written last, atomically, so a folder without one is
unfinished and holds nothing that a server knows of. What is about to be done at the server is
written down before it is done (``uploading``, ``creating``), what has been done, after it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field, ValidationError

from communique._internal.disk import disk_errors
from communique._internal.files import read_regular, replace
from communique.article import Article
from communique.errors import SettingsError
from communique.provider_batch.request_rows import BYTES_PER_TOKEN, Row, content_of, key_of

__all__ = ["ARTICLES", "INDEX", "REQUESTS", "STATE", "Members", "Shard", "ShardState", "Wanted"]

STATE = "shard.json"
INDEX = "index.txt"
ARTICLES = "articles.jsonl"
REQUESTS = "requests.jsonl"
_MOST_STATE_BYTES = 100_000

Stage = Literal["written", "uploading", "uploaded", "creating", "created", "collected", "split"]


class ShardState(BaseModel, frozen=True, extra="forbid"):
    """How far a shard has come.

    Attributes:
        key: a random mark, by which its file and batch are found on the server.
        requests: number of its articles.
        size: length of its request file in bytes.
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
    parent: str | None = None
    stage: Stage = "written"
    file_id: str = ""
    file_created: int = 0
    batch_id: str = ""
    ended: str = ""
    is_told: bool = False


@dataclass(frozen=True, slots=True)
class Wanted:
    """An article whose outcome is still to be yielded.

    Attributes:
        position: its place among the articles of a run.
        article: the article, if it is not just the one in the shard: its id, for instance, may be
            another one.
    """

    position: int
    article: Article | None


class Members:
    """The articles of a shard, and which of them are wanted."""

    members: dict[str, int]
    wanted: dict[str, list[Wanted]]

    def want(self, key: str, article: Article, position: int) -> None:
        """Note that the outcome of an article of the shard is to be yielded."""
        is_same = self.members[key] == content_of(article)
        self.wanted.setdefault(key, []).append(Wanted(position, None if is_same else article))


class Shard(Members):
    """The articles of one request file.

    Attributes:
        folder: where it is.
        state: how far it has come.
        members: a hash of each article, by its key.
        wanted: what is still to be yielded, by the article's key.
    """

    def __init__(
        self,
        folder: Path,
        state: ShardState,
        members: dict[str, int],
        wanted: dict[str, list[Wanted]] | None = None,
    ) -> None:
        self.folder = folder
        self.state = state
        self.members = members
        self.wanted: dict[str, list[Wanted]] = {} if wanted is None else wanted

    @classmethod
    def load(cls, folder: Path) -> Shard | None:
        """Return the shard in a folder, or None if it was not finished.

        Raises:
            SettingsError: it can't be read, or has been changed.
        """
        if not (folder / STATE).exists():
            return None
        with disk_errors(folder, "read"):
            raw = read_regular(folder / STATE, _MOST_STATE_BYTES)
            try:
                state = ShardState.model_validate_json(raw)
                members = {key: content for key, content, _ in _read_index(folder)}
            except (ValidationError, ValueError) as exc:
                raise SettingsError(
                    f"{folder} is damaged: {exc}. Restore it, or delete it to have its "
                    f"articles asked, and paid, once more"
                ) from exc
        return cls(folder, state, members)

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.folder.name

    @property
    def requests_path(self) -> Path:
        """The request file, which is deleted once its answers are there."""
        return self.folder / REQUESTS

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
            replace(self.folder / STATE, state.model_dump_json())
        self.state = state

    def articles(self, keys: Iterable[str]) -> Iterator[tuple[str, Article]]:
        """Yield articles with their keys, in the order in which they were written.

        Raises:
            SettingsError: they can't be read, or have been changed.
        """
        wanted = set(keys)
        with disk_errors(self.folder, "read"), (self.folder / ARTICLES).open("rb") as file:
            for key, _, offset in _read_index(self.folder):
                if key in wanted:
                    file.seek(offset)
                    yield key, self._article(key, file.readline())

    def rows(self) -> Iterator[Row]:
        """Yield what was written, while the request file is there."""
        with (
            disk_errors(self.folder, "read"),
            (self.folder / ARTICLES).open("rb") as articles,
            self.requests_path.open("rb") as requests,
        ):
            for key, _, _ in _read_index(self.folder):
                yield Row(key, articles.readline(), requests.readline())

    def _article(self, key: str, raw: bytes) -> Article:
        try:
            article = Article.model_validate_json(raw)
        except ValueError as exc:
            raise SettingsError(f"{self.folder / ARTICLES} is damaged: {exc}") from exc
        if key_of(article) != key:
            raise SettingsError(f"{self.folder / ARTICLES} has been changed since it was written")
        return article


def _read_index(folder: Path) -> Iterator[tuple[str, int, int]]:
    """Yield key, hash and offset of each article, in the order of the files."""
    with (folder / INDEX).open(encoding="ascii") as lines:
        for each in lines:
            key, content, offset = each.split()
            yield key, int(content), int(offset)
