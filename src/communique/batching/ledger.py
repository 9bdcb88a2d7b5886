"""What is done, and which articles are the same: kept on disk, as memory must not grow."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from communique.article import Article
from communique.errors import ArticleError, SettingsError

__all__ = ["Key", "Ledger", "key_of"]

_TABLES = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
CREATE TABLE done
    (position INTEGER PRIMARY KEY, id BLOB, content BLOB, start INTEGER, is_source INTEGER);
CREATE INDEX done_content ON done (content);
CREATE TABLE ids (id BLOB PRIMARY KEY, text BLOB, place TEXT) WITHOUT ROWID;
CREATE TABLE waiting (content BLOB, position INTEGER, article TEXT);
CREATE INDEX waiting_content ON waiting (content);
BEGIN;
"""


@dataclass(frozen=True, slots=True)
class Key:
    """Short hashes of an article.

    Attributes:
        id: of its id.
        text: of its text.
        content: of all that decides on the summary: the text, the language, and what else the
            model is told.
    """

    id: bytes
    text: bytes
    content: bytes


def key_of(article: dict[str, Any], told: tuple[str, ...]) -> Key:
    """Return the key of an article, given as its JSON.

    Args:
        article: what `Article.model_dump` returns for JSON.
        told: the names of the fields besides the text that the model is told.
    """
    text = _hash(article["text"])
    fields = [article.get(name) for name in ("language", *told)]
    content = _hash(json.dumps([article["text"], *fields]))
    return Key(_hash(article["id"]), text, content)


class Ledger:
    """The outcomes and ids of a run, in a temporary database that the system deletes.

    Raises:
        SettingsError: the temporary folder can't be written, as from all methods.
    """

    def __init__(self) -> None:
        with _errors():
            # An empty name is a file in the temporary folder, used once a cache of 2 MB is full.
            self._base = sqlite3.connect("", isolation_level=None)
            self._base.executescript(_TABLES)

    def add(self, position: int, key: Key | None, start: int, *, is_source: bool) -> None:
        """Record the outcome of an article.

        Args:
            position: the article's place in the input, from 0.
            key: the article's key, or None if there is no article.
            start: the outcome's offset in the output.
            is_source: whether it holds for all articles of the same content.
        """
        id_, content = (key.id, key.content) if key else (None, None)
        row = (position, id_, content, start, is_source)
        with _errors():
            self._base.execute("INSERT INTO done VALUES (?, ?, ?, ?, ?)", row)

    def find(self, position: int) -> tuple[bytes | None, bytes | None] | None:
        """Return the hashes of id and content of what is done there, or None if nothing is."""
        return self._one("SELECT id, content FROM done WHERE position = ?", position)

    def start_of(self, key: Key) -> int | None:
        """Return the offset of an outcome that holds for this content, or None."""
        query = "SELECT start FROM done WHERE content = ? AND is_source LIMIT 1"
        found = self._one(query, key.content)
        return None if found is None else found[0]

    def last(self) -> int:
        """Return the last position that is done, or -1."""
        found = self._one("SELECT max(position) FROM done")
        return -1 if found is None or found[0] is None else found[0]

    def check_id(self, key: Key, name: str, place: str) -> None:
        """Record an article's id, and check that no other text has it.

        Args:
            key: the article's key.
            name: its id.
            place: where it is, for messages.

        Raises:
            ArticleError: another text has that id.
        """
        found = self._one("SELECT text, place FROM ids WHERE id = ?", key.id)
        if found is None:
            with _errors():
                self._base.execute("INSERT INTO ids VALUES (?, ?, ?)", (key.id, key.text, place))
        elif found[0] != key.text:
            raise ArticleError(f"{place}: the id {name!r} is that of another text: {found[1]}")

    def wait(self, position: int, key: Key, article: Article) -> None:
        """Record an article that waits for the outcome of another one of the same content."""
        with _errors():
            written = article.model_dump_json()
            self._base.execute(
                "INSERT INTO waiting VALUES (?, ?, ?)", (key.content, position, written)
            )

    def waiting_for(self, key: Key) -> Iterator[tuple[int, Article]]:
        """Yield each article that waits for this content, with its position, and forget it."""
        query = "SELECT rowid, position, article FROM waiting WHERE content = ? LIMIT 1"
        while (found := self._one(query, key.content)) is not None:
            with _errors():
                self._base.execute("DELETE FROM waiting WHERE rowid = ?", found[:1])
            yield found[1], Article.model_validate_json(found[2])

    def close(self) -> None:
        """Delete the database."""
        self._base.close()

    def _one(self, query: str, *values: object) -> Any:
        with _errors():
            return self._base.execute(query, values).fetchone()


@contextmanager
def _errors() -> Generator[None]:
    try:
        yield
    except sqlite3.Error as exc:
        raise SettingsError(
            f"the folder for temporary files can't be written: {exc}; set SQLITE_TMPDIR to another"
        ) from exc


def _hash(text: str) -> bytes:
    return blake2b(text.encode("utf-8"), digest_size=16).digest()
