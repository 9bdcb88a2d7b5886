"""Loggers whose lines name the article that is being read."""

from __future__ import annotations

import logging
from collections.abc import Generator, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

__all__ = ["about_article", "article_id", "get_logger"]

_ID_SHOWN = 12
"""Characters of the id in a line: enough to tell articles apart, and to search for."""

_article: ContextVar[str | None] = ContextVar("communique_article", default=None)


def article_id() -> str | None:
    """Return the id of the article that is being read here, or None."""
    return _article.get()


@contextmanager
def about_article(id: str | None) -> Generator[None]:  # noqa: A002 the field's name
    """Name an article in log lines and spans during the ``with`` block.

    The block must begin and end in the same task, as with any context variable.
    """
    token = _article.set(id)
    try:
        yield
    finally:
        _article.reset(token)


class _ArticleLogger(logging.LoggerAdapter[logging.Logger]):
    """A logger that puts the article's id before the message, and into ``record.article_id``."""

    def process(
        self, msg: object, kwargs: MutableMapping[str, Any]
    ) -> tuple[object, MutableMapping[str, Any]]:
        if (article := _article.get()) is None:
            return msg, kwargs
        kwargs["extra"] = {**(kwargs.get("extra") or {}), "article_id": article}
        return f"article {article[:_ID_SHOWN]}: {msg}", kwargs


def get_logger(name: str) -> logging.LoggerAdapter[logging.Logger]:
    """Return the logger of a module."""
    return _ArticleLogger(logging.getLogger(name))
