"""Functions for single calls, each of which creates its own `Summarizer`."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import aclosing
from typing import Unpack

from communique._internal.progress import OnProgress
from communique.article import Article
from communique.draft import Draft
from communique.models import LanguageModel
from communique.runs import STOP_AFTER
from communique.settings import SettingsKwargs
from communique.streams import StatementStream
from communique.summarizer import Summarizer
from communique.summary import Failure, Summary

__all__ = ["asummarize", "stream", "summarize", "summarize_many"]


def summarize(
    article: Article | str,
    *,
    model: str | LanguageModel | None = None,
    prompt: str | None = None,
    on_progress: OnProgress | None = None,
    **settings: Unpack[SettingsKwargs],
) -> Summary:
    """Find who holds which position, sets which condition, threatens whom, and what is agreed.

    The article is sent to the server of ``model``; if that is None and ``COMMUNIQUE_MODEL`` is not
    set, to OpenAI if ``OPENAI_API_KEY`` is set, else to the embedded model on this machine.

    Args:
        article: an `Article`, or its text.
        model: see `Summarizer`.
        prompt: see `Summarizer`.
        **settings: see `Summarizer`.
        on_progress: called with each step of the work; see `communique.Progress`.

    Returns:
        The statements, each with the spans of the article that prove it.

    Raises:
        CommuniqueError: see `Summarizer` and `Summarizer.asummarize`.

    Examples:
        The answers in these examples are the embedded model's, recorded.

        >>> from pathlib import Path
        >>> from communique import summarize
        >>> summary = summarize(Path("article.txt").read_bytes().decode())
        >>> for threat in summary.threats[:1]:
        ...     print(threat.actor, "→", threat.target)
        Vladimir Putin → foreign troops arriving in Ukraine during the ongoing conflict
        >>> span = summary.threats[0].evidence[0]
        >>> span.text == summary.article.text[span.start : span.end]  # always
        True
    """
    with Summarizer(model=model, prompt=prompt, **settings) as summarizer:
        return summarizer.summarize(article, on_progress=on_progress)


async def asummarize(
    article: Article | str,
    *,
    model: str | LanguageModel | None = None,
    prompt: str | None = None,
    on_progress: OnProgress | None = None,
    **settings: Unpack[SettingsKwargs],
) -> Summary:
    """Find the same as `summarize`, asynchronously.

    Examples:
        >>> import asyncio
        >>> from pathlib import Path
        >>> from communique import asummarize
        >>> summary = asyncio.run(asummarize(Path("article.txt").read_bytes().decode()))
        >>> summary.positions[0].summary
        'Vladimir Putin (Russia) opposes: Ukraine joining NATO.'
    """
    # Nothing is loaded before there is a question to ask: the answer may be in the cache.
    async with aclosing(Summarizer(model=model, prompt=prompt, **settings)) as summarizer:
        return await summarizer.asummarize(article, on_progress=on_progress)


def stream(
    article: Article | str,
    *,
    model: str | LanguageModel | None = None,
    prompt: str | None = None,
    on_progress: OnProgress | None = None,
    **settings: Unpack[SettingsKwargs],
) -> StatementStream:
    """Find the same as `summarize`, and yield each statement as soon as it is grounded.

    For the result see `StatementStream.summary`; for arguments and errors see `summarize`.

    Examples:
        >>> from pathlib import Path
        >>> from communique import stream
        >>> statements = stream(Path("article.txt").read_bytes().decode())
        >>> next(statements).summary  # while the model is still reading
        'Vladimir Putin (Russia) opposes: Ukraine joining NATO.'
        >>> [statement.id for statement in statements][:3]  # the rest
        ['threat-1', 'position-2', 'condition-1']
        >>> len(statements.summary.statements)
        17
    """
    summarizer = Summarizer(model=model, prompt=prompt, **settings)
    draft = Draft(article, summarizer.readers, summarizer.limits, on_progress)
    return StatementStream(draft, summarizer.aclose)


def summarize_many(
    articles: Iterable[Article | str],
    *,
    concurrency: int | None = None,
    total_deadline: float | None = None,
    stop_after: int | None = STOP_AFTER,
    model: str | LanguageModel | None = None,
    prompt: str | None = None,
    **settings: Unpack[SettingsKwargs],
) -> Generator[Summary | Failure]:
    """Read many articles and yield each one's `Summary` or `Failure` as soon as it is done.

    See `Summarizer.asummarize_many`.

    Examples:
        >>> from pathlib import Path
        >>> from communique import Failure, summarize_many
        >>> texts = ["", Path("article.txt").read_bytes().decode()]
        >>> for outcome in summarize_many(texts, concurrency=16):
        ...     if isinstance(outcome, Failure):
        ...         print(outcome.index, outcome.error, outcome.message)
        ...     else:
        ...         print(outcome.article.id[:8], len(outcome.statements))
        0 ArticleError the article is empty: there is no text to read
        15c3b285 17
    """
    summarizer = Summarizer(model=model, prompt=prompt, **settings)
    outcomes = summarizer.summarize_many(
        articles, concurrency=concurrency, total_deadline=total_deadline, stop_after=stop_after
    )
    return _closing(summarizer, outcomes)


def _closing(
    summarizer: Summarizer, outcomes: Generator[Summary | Failure]
) -> Generator[Summary | Failure]:
    with summarizer:
        yield from outcomes
