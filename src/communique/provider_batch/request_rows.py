"""The articles of a request file, and the lines in which they are written."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from communique.article import Article

__all__ = ["BYTES_PER_TOKEN", "Row", "content_of", "hash_of", "key_of", "row_of"]

BYTES_PER_TOKEN = 4
"""Rough estimate of the tokens of a request, for limits of what may be enqueued."""


@dataclass(frozen=True, slots=True)
class Row:
    """An article in a shard.

    Attributes:
        key: see `key_of`.
        article: the article, as a line of JSON.
        request: the line of the request file that asks about it.
    """

    key: str
    article: bytes
    request: bytes

    @property
    def tokens(self) -> int:
        """A rough estimate of the tokens of the request."""
        return len(self.request) // BYTES_PER_TOKEN


def key_of(article: Article) -> str:
    """Return a hash of all of an article that decides on its summary, and so on its answer."""
    told = article.model_dump_json(include={"text", "title", "source", "published", "language"})
    return hashlib.sha256(told.encode()).hexdigest()[:32]


def content_of(article: Article) -> int:
    """Return a short hash of everything in an article, its id and metadata included."""
    return hash_of(_line(article.model_dump_json()))


def row_of(article: Article, body: dict[str, object], url: str) -> Row:
    """Return the row of an article."""
    key = key_of(article)
    request = {"custom_id": key, "method": "POST", "url": url, "body": body}
    return Row(key, _line(article.model_dump_json()), _line(_json(request)))


def hash_of(raw: bytes) -> int:
    """Return a short hash."""
    return int.from_bytes(hashlib.sha256(raw).digest()[:8])


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _line(written: str) -> bytes:
    """Return a line of JSON, without the characters at which some programs end a line, too."""
    for character in "\u0085\u2028\u2029":
        written = written.replace(character, f"\\u{ord(character):04x}")
    return written.encode() + b"\n"
