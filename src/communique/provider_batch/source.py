"""The articles of a run, taken one by one."""

from __future__ import annotations

from collections.abc import Iterable

from communique.article import Article
from communique.provider_batch.shards import Shard

__all__ = ["Articles", "Source"]

Articles = Iterable[tuple[int, Article]]


class Source:
    """Articles with their indices, of which the next can be seen before it is taken.

    Attributes:
        is_exhausted: whether all have been taken.
    """

    def __init__(self, articles: Articles) -> None:
        self._articles = iter(articles)
        self._next: tuple[int, Article] | None = None
        self._last = -1
        self.is_exhausted = False

    def peek(self) -> tuple[int, Article] | None:
        """Return the next article, or None if there is none."""
        if self._next is None and not self.is_exhausted:
            self._next = next(self._articles, None)
            self.is_exhausted = self._next is None
            if self._next is not None:
                self._last = max(self._last, self._next[0])
        return self._next

    def take(self) -> None:
        """Go on to the article after this one."""
        self._next = None

    def is_past(self, shard: Shard) -> bool:
        """Return whether all of a shard's articles that will be given have been given."""
        return shard.is_new or self.is_exhausted or self._last > shard.state.last
