"""From answers, or in the ordinary way, to outcomes."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Generator, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from communique._internal.background import background_loop, clean_up, run
from communique._internal.pool import Pool
from communique.article import Article
from communique.draft import Draft, Reader
from communique.errors import CommuniqueError
from communique.models.batch_objects import Collected
from communique.provider_batch.answer_lines import Place, read_answer
from communique.provider_batch.shards import Shard
from communique.provider_batch.source import Given
from communique.provider_batch.status import Totals
from communique.provider_batch.suited import Models
from communique.runs import STOP_AFTER, Run, to_failure
from communique.summarizer import Summarizer
from communique.summary import Failure, Summary

__all__ = ["Outcome", "Reading"]

Outcome = Summary | Failure


class Reading:
    """The reading of articles, several at once.

    Args:
        summarizer: asks in the ordinary way.
        models: the model that a batch was asked with.
        totals: counts the articles.
        concurrency: how many are read at once; None: as many as the summarizer does.
    """

    def __init__(
        self, summarizer: Summarizer, models: Models, totals: Totals, concurrency: int | None
    ) -> None:
        self._summarizer = summarizer
        self._models = models
        self._totals = totals
        self._concurrency = concurrency or summarizer.model.concurrency
        self._run = Run(None, STOP_AFTER)

    def ask(self, articles: Iterable[Given]) -> Generator[Outcome]:
        """Ask about articles in the ordinary way, and yield their outcomes."""
        yield from self._worked(
            partial(self._ask_one, given.position, given.article) for given in articles
        )

    def read(
        self, shard: Shard, keys: set[str], answers: Mapping[str, Place]
    ) -> Generator[Outcome]:
        """Yield the wanted outcomes of a shard.

        Args:
            shard: the shard; what is yielded is no longer wanted.
            keys: its articles that are to be read.
            answers: where their answers are; who has none is asked in the ordinary way.
        """
        yield from self._worked(self._works(shard, keys, answers))

    def _works(self, shard: Shard, keys: set[str], answers: Mapping[str, Place]) -> Iterator[_Work]:
        prompt, others = self._summarizer.prompt, self._summarizer.readers[1:]
        for key, written in shard.articles(keys):
            for wanted in shard.wanted.pop(key):
                article = wanted.article or written
                if key not in answers:
                    yield partial(self._ask_one, wanted.position, article)
                    continue
                collected = Collected(read_answer(answers[key]))
                reader = Reader(self._models.answered(collected), prompt)
                readers = [reader, *others]
                yield partial(self._read_one, wanted.position, article, readers, collected)

    def _worked(self, works: Iterator[_Work]) -> Generator[Outcome]:
        """Yield the results of work, several pieces of which are done at once."""
        pool: Pool[Outcome] = Pool(self._concurrency, background_loop())
        try:
            for step in pool.steps(works):
                if step is not None:
                    yield run(step)
        finally:
            clean_up(pool.cancel())

    async def _ask_one(self, position: int, article: Article) -> Outcome:
        """Ask about an article in the ordinary way, unless too many have failed before."""
        summarizer = self._summarizer
        draft = Draft(article, summarizer.readers, summarizer.limits, index=position)
        self._totals.asked += 1
        try:
            async with self._run.time():
                summary = await draft.finish()
        except CommuniqueError as error:
            self._run.learn(error)
            return to_failure(position, article, error, error)
        self._run.learn(None)
        return summary

    async def _read_one(
        self, position: int, article: Article, readers: Sequence[Reader], collected: Collected
    ) -> Outcome:
        """Read an article about which there is an answer."""
        draft = Draft(article, readers, self._summarizer.limits, index=position)
        try:
            return await draft.finish()
        except CommuniqueError as error:
            return to_failure(position, article, error, error)
        finally:
            self._totals.count(collected)


_Work = Callable[[], Coroutine[Any, Any, Outcome]]
