"""The loop of a batch: from articles to lines of the output."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing

from communique.article import Article
from communique.batching.budget import Budget
from communique.batching.copies import copy_for
from communique.batching.history import History, is_source, paid, worth
from communique.batching.intake import Found, Intake
from communique.batching.ledger import Key, Ledger
from communique.batching.outcomes import OutcomeFile
from communique.batching.report import BatchReport, OnReport, Stopped
from communique.errors import ArticleError, CommuniqueError
from communique.runs import is_about_all, is_hopeless
from communique.summary import Failure, Summary, Usage

__all__ = ["AskMany", "Runner"]

Outcome = Summary | Failure

AskMany = Callable[[Iterator[Article]], Generator[Outcome]]
"""Asks about articles, and yields each outcome with its article's position among them."""


class Runner:
    """One run over the rows of an input that have no outcome yet.

    Args:
        intake: the rows.
        output: takes the outcomes.
        ledger: what is done.
        history: what the output holds.
        budget: what may be spent.
        total: the number of rows, if it is known.
        limit: the most rows that get an outcome in this run, or None.
        on_progress: called after each outcome.
        stop: set to end the run after what is being asked.
    """

    def __init__(
        self,
        intake: Intake,
        output: OutcomeFile,
        ledger: Ledger,
        history: History,
        budget: Budget,
        *,
        total: int | None,
        limit: int | None,
        on_progress: OnReport | None,
        stop: threading.Event,
    ) -> None:
        self._intake = intake
        self._output = output
        self._ledger = ledger
        self._history = history
        self._budget = budget
        self._total = total
        self._left = limit
        self._on_progress = on_progress
        self._stop = stop
        self._started = time.monotonic()
        self._new = self._copied = 0
        self._usage = Usage()
        self._in_flight: dict[int, tuple[int, Key, int]] = {}  # index, key, length by position
        self._held: list[tuple[Failure, Key]] = []
        self._next: Found | None = None  # what the budget does not allow yet
        self._has_ended = False
        self._stopped: Stopped | None = None
        self._error: CommuniqueError | None = None

    def run(self, ask: AskMany) -> BatchReport:
        """Ask about all articles that are left, and return what came of them.

        Raises:
            CommuniqueError: the run ended early because of an error; what is done is written.
        """
        while not self._is_over():
            asked = False
            with closing(ask(self._articles())) as outcomes:
                for outcome in outcomes:
                    asked = True
                    self._take(outcome)
            if self._next is not None and not asked:
                self._stopped = "max_cost"
        self._end()
        if self._error is not None:
            raise self._error
        return self.report()

    def report(self) -> BatchReport:
        """Return how far the run has come."""
        return BatchReport(
            total=self._intake.seen if self._has_ended else self._total,
            summaries=self._history.summaries,
            errors=dict(self._history.errors),
            new=self._new,
            copied=self._copied,
            usage=self._usage,
            total_usage=self._history.usage,
            seconds=time.monotonic() - self._started,
            stopped=self._stopped,
        )

    def _is_over(self) -> bool:
        if self._stopped or self._error or self._stop.is_set():
            return True
        return self._has_ended and self._next is None

    def _articles(self) -> Iterator[Article]:
        """Yield the articles to ask about, and write the outcomes that need no asking."""
        position = 0
        while not self._is_over():
            found, self._next = self._next or self._find(), None
            if found is None or found.article is None or found.key is None:
                continue
            length = len(found.article.text)
            if not self._budget.allows(length):
                self._next = found  # for when what is in flight has ended
                return
            self._in_flight[position] = found.index, found.key, length
            self._intake.asking.add(found.key.content)
            self._budget.start(position, length)
            position += 1
            yield found.article

    def _find(self) -> Found | None:
        """Return the next article to ask about, or None if the next row needs no asking."""
        try:
            found = self._intake.next()
        except CommuniqueError as exc:
            self._error = exc
            return None
        if found is None:
            self._has_ended = True
            return None
        if self._left == 0:
            self._stopped = "limit"
            return None
        self._left = self._left and self._left - 1
        if found.outcome is not None:
            self._copied += found.is_copy
            self._write(found.outcome, found.key)
        elif found.must_wait and found.key is not None and found.article is not None:
            self._ledger.wait(found.index, found.key, found.article)
        else:
            return found
        return None

    def _take(self, outcome: Outcome) -> None:
        """Write an outcome, unless it only says that the run has ended."""
        index, key, length = self._in_flight.pop(outcome.index or 0)
        cost = paid(outcome)
        self._budget.learn(worth(outcome), length)
        self._budget.end(outcome.index or 0, cost.cost_usd if cost.calls else 0.0)
        self._usage += cost
        outcome = outcome.model_copy(update={"index": index})
        error = outcome.exception if isinstance(outcome, Failure) else None
        if isinstance(error, CommuniqueError) and error.run_ended:
            self._error = self._error or error
        elif isinstance(outcome, Failure) and _is_outage(error):
            self._held.append((outcome, key))
        else:
            if not isinstance(error, ArticleError):  # which says nothing about the server
                self._let_go()
            self._finish(outcome, key)

    def _let_go(self) -> None:
        """Write the failures that were held back."""
        held, self._held = self._held, []
        for failure, key in held:
            self._finish(failure, key)

    def _end(self) -> None:
        """Write failures that were held back, unless they are what ended the run.

        Then the same command asks about these articles again. Likewise if every other article
        would have failed, too, but there were too few of them to end the run.
        """
        errors = [failure.exception for failure, _ in self._held]
        if errors and all(isinstance(e, Exception) and is_hopeless(e) for e in errors):
            self._error = self._error or _own(errors[-1])
        if self._error is None and not self._stop.is_set():
            self._let_go()

    def _finish(self, outcome: Outcome, key: Key) -> None:
        """Write the outcome of an article that was asked about, and copies for its equals."""
        self._write(outcome, key)
        self._intake.asking.discard(key.content)
        for index, article in self._ledger.waiting_for(key):
            self._copied += 1
            self._write(copy_for(outcome, article, index), key)

    def _write(self, outcome: Outcome, key: Key | None) -> None:
        error = outcome.error if isinstance(outcome, Failure) else None
        start = self._output.append(outcome.model_dump_json())
        self._ledger.add(outcome.index or 0, key, start, is_source=is_source(error))
        self._history.count(error, paid(outcome))
        self._new += 1
        if self._on_progress is not None:
            self._on_progress(self.report())


def _is_outage(error: BaseException | None) -> bool:
    """Return whether an error may be about all articles: if it goes on like this, the run ends."""
    return (
        isinstance(error, Exception) and not isinstance(error, ArticleError) and is_about_all(error)
    )


def _own(error: BaseException | None) -> CommuniqueError:
    return error if isinstance(error, CommuniqueError) else CommuniqueError(str(error))
