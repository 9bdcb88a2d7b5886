"""What a batch would take, without asking anything."""

from __future__ import annotations

import math
from contextlib import closing
from dataclasses import dataclass, field

from communique._internal.background import run
from communique.article import Article
from communique.batching.budget import Budget
from communique.batching.history import History, read_history
from communique.batching.inputs import read_row
from communique.batching.intake import check_done, readable_rows
from communique.batching.ledger import Ledger, key_of
from communique.batching.outcomes import read_outcome_lines
from communique.batching.questions import Size, size_of
from communique.batching.run_folder import check_identity
from communique.batching.task import Task, identity_of, told_by
from communique.errors import ArticleError
from communique.models.adapter import price_of
from communique.summarizer import Summarizer
from communique.summary import Usage

__all__ = ["BatchEstimate", "estimate_task"]

_TOKENS_A_SECOND = 50
_SECONDS_A_QUESTION = 1.0
_PROBLEMS = 5


@dataclass(frozen=True, slots=True)
class BatchEstimate:
    """What a batch would take.

    Tokens, cost and time are estimates for the articles to ask about. Outcomes that the output
    has already correct them.

    Attributes:
        rows: rows of the input, or as many of them as ``limit`` allows.
        done: those that have an outcome already.
        articles: those to ask about.
        repeated: those with the text of another, about which nobody is asked again.
        unreadable: those that can't be read.
        problems: why, for the first few of these.
        usage: tokens and questions (as ``calls``) for the articles to ask about, and their cost,
            or None if the model's price is not known. Retries, and discounts for what the provider
            or the library has in a cache, are not considered.
        seconds: time for them.

    Examples:
        >>> from communique import estimate_batch
        >>> from communique.testing import ScriptedModel
        >>> estimate = estimate_batch(["Talks failed.", ""], model=ScriptedModel([]), prompt="v1")
        >>> estimate.articles, estimate.unreadable, estimate.problems
        (1, 1, ('item 2: the article is empty: there is no text to read',))
    """

    rows: int
    done: int
    articles: int
    repeated: int
    unreadable: int
    problems: tuple[str, ...]
    usage: Usage
    seconds: float


@dataclass(slots=True)
class _Count:
    """What the rows are, so far."""

    rows: int = 0
    done: int = 0
    articles: int = 0
    repeated: int = 0
    unreadable: int = 0
    problems: list[str] = field(default_factory=list[str])
    size: Size = Size()  # noqa: RUF009 it is frozen
    size_done: Size = Size()  # noqa: RUF009 it is frozen


def estimate_task(task: Task, summarizer: Summarizer) -> BatchEstimate:
    """Return what a batch would take; write nothing and send nothing.

    Raises:
        ArticleError: the input can't be read.
        SettingsError: the batch would be refused.
    """
    told, count = told_by(summarizer), _Count()
    with closing(Ledger()) as ledger:
        history = _history(task, summarizer, told, ledger)
        for index, row in enumerate(readable_rows(task.source, task.columns)):
            if count.rows - count.done == task.limit:
                break
            count.rows += 1
            is_done = ledger.find(index) is not None
            count.done += is_done
            try:
                article = read_row(row, task.columns)
                key = key_of(article.model_dump(mode="json"), told)
                ledger.check_id(key, article.id, row.where)
                if is_done:
                    count.size_done += _size(article, summarizer)
                elif ledger.start_of(key) is not None:
                    count.repeated += 1
                else:
                    count.size += _size(article, summarizer)
                    count.articles += 1
                    ledger.add(index, key, 0, is_source=True)
            except ArticleError as exc:
                if not is_done:
                    count.unreadable += 1
                    count.problems += [str(exc)][: _PROBLEMS - len(count.problems)]
    usage = _usage(count, history, summarizer)
    return BatchEstimate(
        count.rows,
        count.done,
        count.articles,
        count.repeated,
        count.unreadable,
        tuple(count.problems),
        usage,
        _seconds(usage, count.articles, history, task, summarizer),
    )


def _history(task: Task, summarizer: Summarizer, told: tuple[str, ...], ledger: Ledger) -> History:
    """Read what the output holds, which another process may be writing."""
    output = task.output
    if output is None or not output.exists() or not output.stat().st_size:
        return History()
    check_identity(output, identity_of(summarizer))
    lines = read_outcome_lines(output)
    if task.retry_failed:
        lines = (line for line in lines if "error" not in line[2])
    history = read_history(lines, (), told=told, ledger=ledger, budget=Budget(None))
    check_done(task.source, task.columns, ledger, told, output)
    return history


def _size(article: Article, summarizer: Summarizer) -> Size:
    return run(size_of(article, summarizer.prompt, summarizer.model))


def _usage(count: _Count, history: History, summarizer: Summarizer) -> Usage:
    size, done, worth = count.size, count.size_done, history.worth
    usage = Usage(
        input_tokens=round(size.input_tokens * _ratio(worth.input_tokens, done.input_tokens)),
        output_tokens=round(size.output_tokens * _ratio(worth.output_tokens, done.output_tokens)),
        calls=size.questions,
    )
    return usage.model_copy(update={"cost_usd": price_of(summarizer.model, usage)})


def _ratio(measured: int, estimated: float) -> float:
    return measured / estimated if measured and estimated else 1.0


def _seconds(
    usage: Usage, articles: int, history: History, task: Task, summarizer: Summarizer
) -> float:
    settings = summarizer.settings
    if history.summaries:
        work = articles * history.seconds / history.summaries
    else:
        work = usage.calls * _SECONDS_A_QUESTION + usage.output_tokens / _TOKENS_A_SECOND
    tokens = usage.input_tokens + usage.output_tokens
    return max(
        work / (task.concurrency or summarizer.model.concurrency),
        60 * usage.calls / (settings.requests_per_minute or math.inf),
        60 * tokens / (settings.tokens_per_minute or math.inf),
    )
