"""The articles of a run, taken one by one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from communique.article import Article
from communique.provider_batch.request_rows import key_of

__all__ = ["Given", "Source"]


@dataclass(frozen=True, slots=True)
class Given:
    """An article that was given, with its position among them, and its key."""

    position: int
    article: Article
    key: str


class Source:
    """Articles of which the next one can be seen before it is taken.

    Attributes:
        is_exhausted: whether there are no more.
    """

    def __init__(self, articles: Iterable[Article]) -> None:
        self._articles = enumerate(articles)
        self._next: Given | None = None
        self.is_exhausted = False

    def peek(self) -> Given | None:
        """Return the next article, or None if there is none."""
        if self._next is None and not self.is_exhausted:
            found = next(self._articles, None)
            if found is None:
                self.is_exhausted = True
            else:
                self._next = Given(*found, key_of(found[1]))
        return self._next

    def take(self) -> None:
        """Go on to the article after this one."""
        self._next = None
