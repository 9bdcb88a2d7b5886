"""Loggers whose lines name the article that is being read."""

from __future__ import annotations

import logging
import re
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

__all__ = ["about_article", "article_id", "article_sha256", "get_logger"]

_HASH = re.compile("[0-9a-f]{64}")
_HASH_SHOWN = 12
"""Characters of a hash in a line: enough to tell articles apart, and to search for."""

_ID_SHOWN = 80
"""The same for the caller's own ids."""

_article: ContextVar[tuple[str, str | None] | None] = ContextVar("communique_article", default=None)


def article_id() -> str | None:
    """Return the id of the article that is being read here, or None."""
    article = _article.get()
    return article and article[0]


def article_sha256() -> str | None:
    """Return the hash of the article that is being read here, or None."""
    article = _article.get()
    return article and article[1]


@contextmanager
def about_article(id: str | None, sha256: str | None = None) -> Generator[None]:  # noqa: A002 the field's name
    """Name an article in log lines and spans during the ``with`` block.

    The block must begin and end in the same task, as with any context variable.
    """
    token = _article.set(None if id is None else (id, sha256))
    try:
        yield
    finally:
        _article.reset(token)


class _ArticleLogger(logging.LoggerAdapter[logging.Logger]):
    """A logger that puts the article's id before the message, and into ``record.article_id``."""

    def log(self, level: int, msg: object, *args: object, **kwargs: Any) -> None:
        """Log a message; see `logging.Logger.log`."""
        if not self.isEnabledFor(level):
            return
        kwargs["stacklevel"] = kwargs.get("stacklevel", 1) + 1  # the caller's line, not this one
        if (article := article_id()) is None:
            self.logger.log(level, msg, *args, **kwargs)
            return
        kwargs["extra"] = {**(kwargs.get("extra") or {}), "article_id": article}
        shown = article[: _HASH_SHOWN if _HASH.fullmatch(article) else _ID_SHOWN]
        # The id is an argument: it may have a percent sign.
        self.logger.log(level, f"article %s: {msg}", shown, *args, **kwargs)


def get_logger(name: str) -> logging.LoggerAdapter[logging.Logger]:
    """Return the logger of a module."""
    return _ArticleLogger(logging.getLogger(name))
