"""The outcome of one article for another one of the same content."""

from __future__ import annotations

from communique.article import Article
from communique.summary import Failure, Summary, Usage

__all__ = ["copy_for"]


def copy_for(outcome: Summary | Failure, article: Article, index: int) -> Summary | Failure:
    """Return an outcome as that of another article of the same text.

    Nothing was paid for it again: a summary says so as if it came from the cache, and a failure
    has neither usage nor attempts.

    Args:
        outcome: the outcome.
        article: the other article.
        index: its position in the input.
    """
    own = {"article": article, "index": index}
    if isinstance(outcome, Summary):
        made = outcome.provenance
        kept = made.model_copy(update={"from_cache": made.usage})
        return outcome.model_copy(update={**own, "provenance": kept})
    partial = outcome.partial and copy_for(outcome.partial, article, index)
    data = {"id": article.id, "metadata": article.metadata, "partial": partial}
    return outcome.model_copy(update={**own, **data, "usage": Usage(), "attempts": 0})
