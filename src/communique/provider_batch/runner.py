"""`ProviderBatch`: articles in, outcomes out, by way of a provider's batch API."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Coroutine, Generator, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from communique._internal.background import background_loop, clean_up, run
from communique._internal.logs import get_logger
from communique._internal.pool import Pool
from communique.article import Article
from communique.errors import (
    ArticleError,
    CommuniqueError,
    ProviderError,
    ReplyError,
    SettingsError,
)
from communique.models.batch_objects import Collected
from communique.models.secrets import scrub
from communique.provider_batch.at_server import ROOM, AtServer
from communique.provider_batch.lines import Place, find_answers, read_answer
from communique.provider_batch.questions import AnsweredModel, write_row
from communique.provider_batch.shards import Most, Row, Shard, ShardWriter, digest
from communique.provider_batch.source import Articles, Source
from communique.provider_batch.status import Status, Totals
from communique.provider_batch.store import Store
from communique.provider_batch.suited import check_suited
from communique.runs import STOP_AFTER, Run, to_failure
from communique.streams import Draft, Reader
from communique.summarizer import Summarizer
from communique.summary import Failure, Summary

__all__ = ["MOST_REQUESTS", "ProviderBatch"]

MOST_REQUESTS = 50_000
"""Most requests of a batch, by OpenAI's rules."""

MOST_BYTES = 200_000_000
"""Most bytes of a request file, by OpenAI's rules."""

AT_ONCE = 10
"""Request files that are not collected yet; more are not written, to spare the disk."""

FIRST_PAUSE = 5.0
"""Seconds before batches are looked after again; later it is longer."""

SLOWER = 1.5

_ORDINARY = 64
"""Articles that are asked together in the ordinary way."""

_LOG = get_logger(__name__)

Outcome = Summary | Failure


class ProviderBatch:
    """Articles read by way of a provider's batch API, at half the price, within a day.

    The state folder holds the articles and their answers until `clear` is called. However the
    program ends, another `ProviderBatch` with the same folder, summarizer and articles goes on: it
    submits nothing twice, and yields again only what is given again.

    Args:
        summarizer: the model and prompt. The model must be OpenAI's, or one of a server with the
            same API; the prompt must have the strategy ``whole``.
        folder: the state folder; a new or empty one, or that of an earlier run.
        window: the time in which the server is to answer, in its own words.
        poll_seconds: the longest pause between two looks at the batches.
        requests: most requests of one batch.
        concurrency: how many articles are asked at once in the ordinary way. None: as many as the
            summarizer does.
        on_status: called whenever the batches have been looked at.

    Attributes:
        totals: what has been yielded so far, and what it cost.

    Raises:
        SettingsError: model, prompt or an argument does not suit; the message says why.
    """

    def __init__(
        self,
        summarizer: Summarizer,
        folder: Path,
        *,
        window: str = "24h",
        poll_seconds: float = 60.0,
        requests: int = MOST_REQUESTS,
        concurrency: int | None = None,
        on_status: Callable[[Status], None] | None = None,
    ) -> None:
        if not 1 <= requests <= MOST_REQUESTS:
            raise SettingsError(f"requests: must be from 1 to {MOST_REQUESTS:,}, not {requests}")
        if not 0 < poll_seconds <= 86_400:
            raise SettingsError(f"poll_seconds: must be above 0, a day at most, not {poll_seconds}")
        self._model = check_suited(summarizer)
        self._summarizer = summarizer
        self._requests = requests
        self._poll_seconds = poll_seconds
        self._concurrency = concurrency or summarizer.model.concurrency
        self._on_status = on_status
        self._api = self._model.batch_api()
        self._store = Store(folder)
        self._at_server = AtServer(self._api, self._store, window, poll_seconds)
        self._run = Run(None, STOP_AFTER)
        self._writer: ShardWriter | None = None
        self._has_asked = False
        self._cut_off: list[Shard] = []
        self.totals = Totals()

    def outcomes(self, articles: Articles) -> Generator[Outcome]:
        """Yield the outcome of each article as it is collected.

        An article that a batch leaves unanswered, or answers with what can't be used, is asked
        about in the ordinary way. So is the first one, before a batch is written: it shows which
        options the model takes.

        Args:
            articles: articles with their indices, each index once, in increasing order. They are
                taken when they are needed. An index that was given before stands for the same
                article.

        Raises:
            SettingsError: the folder can't be used or written, or belongs to another run.
            ProviderError: the server refuses or loses batches, or fails for long. What has been
                submitted is kept; the same call goes on.
        """
        with self._store.open(self._asked()):
            self._cut_off = []
            try:
                yield from self._outcomes(Source(articles))
            finally:
                if self._writer is not None:
                    self._writer.close()
                    self._writer = None
                clean_up(self._api.aclose())

    @property
    def live(self) -> tuple[str, ...]:
        """Ids of the batches that the server works on, whether or not this program runs."""
        return tuple(each.state.batch_id for each in self._store.shards if each.is_live)

    def cancel(self) -> tuple[str, ...]:
        """Cancel the batches at the server, and return their ids.

        What they have answered by then can be collected, and is paid.

        Raises:
            SettingsError, ProviderError: see `outcomes`.
        """
        with self._store.open(self._asked()):
            return tuple(self._at_server.cancel(self._store.shards))

    def clear(self) -> None:
        """Delete the state folder, when all outcomes are kept elsewhere.

        Raises:
            SettingsError: another process uses it, or it can't be deleted.
        """
        self._store.clear()

    def _outcomes(self, source: Source) -> Generator[Outcome]:
        pause = FIRST_PAUSE
        while True:
            yield from self._fill(source)
            shards = [each for each in self._store.shards if self._is_open(each, source)]
            if source.is_exhausted and not shards:
                self._end()
                return
            has_moved = self._at_server.submit(shards)
            has_moved |= self._at_server.poll(shards)
            self._tell(shards)
            for shard in shards:
                if shard.state.stage == "collected" and source.is_past(shard):
                    yield from self._deliver(shard)
                    has_moved = True
            pause = FIRST_PAUSE if has_moved else pause * SLOWER
            if not has_moved:
                time.sleep(max(min(pause, self._poll_seconds), self._at_server.pause))

    def _fill(self, source: Source) -> Generator[Outcome]:
        """Write request files while there is room, and ask what no batch can be asked."""
        ordinary: list[tuple[int, Article]] = []
        while (given := source.peek()) is not None:
            index, article = given
            if self._is_known(index, article):
                source.take()
            elif not self._has_asked:
                source.take()
                yield self._ask_first(index, article)
            elif (row := self._row(index, article)) is None:
                source.take()
                ordinary.append(given)
            elif self._has_written(row):
                source.take()
            else:
                break
            if len(ordinary) >= _ORDINARY:
                yield from self._ask(ordinary)
                ordinary = []
        if source.is_exhausted and self._writer is not None:
            self._seal(self._writer)
        yield from self._ask(ordinary)

    def _is_known(self, index: int, article: Article) -> bool:
        """Return whether an article is in a shard; then its outcome is wanted."""
        if self._writer is not None and index in self._writer.members:
            return True
        for shard in self._store.shards:
            if (name := shard.members.get(index)) is not None:
                if name != digest(article):
                    raise SettingsError(
                        f"article {index} is not the one of which {shard.folder} has the answer: "
                        "the input has changed since; give the earlier one, or another folder"
                    )
                if not shard.is_new:
                    shard.wanted.add(index)
                return True
        return False

    def _row(self, index: int, article: Article) -> Row | None:
        _ = article.sentences  # which are computed here, rather than in the event loop
        prompt, limits = self._summarizer.prompt, self._summarizer.limits
        return run(write_row(index, article, self._model, prompt, limits))

    def _has_written(self, row: Row) -> bool:
        """Write a row; return False if there is no room for it before a batch is collected."""
        if self._writer is not None and not self._writer.fits(row):
            self._seal(self._writer)
        if self._writer is None:
            stages = [shard.state.stage for shard in self._store.shards]
            if len(stages) - stages.count("collected") >= AT_ONCE:
                return False
            limit = self._at_server.token_limit
            tokens = None if limit is None else max(int(limit * ROOM / 2), 1)
            self._writer = self._store.new_writer(Most(self._requests, MOST_BYTES, tokens))
        self._writer.add(row)
        return True

    def _seal(self, writer: ShardWriter) -> None:
        self._store.add(writer.seal())
        self._writer = None

    def _ask_first(self, index: int, article: Article) -> Outcome:
        """Ask about the first article, and go no further if the server does not answer at all."""
        (outcome,) = self._ask([(index, article)])  # the whole generator, which is then closed
        error = outcome.exception if isinstance(outcome, Failure) else None
        if isinstance(error, CommuniqueError) and not isinstance(error, ArticleError | ReplyError):
            raise error
        self._has_asked = True
        return outcome

    def _ask(self, articles: Iterable[tuple[int, Article]]) -> Generator[Outcome]:
        """Ask about articles in the ordinary way."""
        works = (partial(self._ask_one, index, article) for index, article in articles)
        for _, outcome in self._worked(works):
            yield outcome

    def _deliver(self, shard: Shard) -> Generator[Outcome]:
        """Yield the wanted outcomes of a shard whose answers have been collected."""
        answers = find_answers(shard)
        wanted = set(shard.wanted)
        if missing := wanted - answers.keys():
            if is_cut_off := shard.state.ended == "cancelled" and not shard.state.is_told:
                wanted -= missing
                self._cut_off.append(shard)
            _LOG.warning(
                "%s (%s) has no answer about %d articles, which are %s",
                shard.state.batch_id, shard.state.ended, len(missing),
                "left out" if is_cut_off else "asked in the ordinary way",
            )  # fmt: skip
        for index, outcome in self._worked(self._works(shard, wanted, answers)):
            shard.wanted.discard(index)
            yield outcome

    def _works(
        self, shard: Shard, wanted: set[int], answers: Mapping[int, Place]
    ) -> Iterator[_Work]:
        prompt, others = self._summarizer.prompt, self._summarizer.readers[1:]
        for index, article in shard.articles(wanted):
            if index not in answers:
                yield partial(self._ask_one, index, article)
                continue
            collected = Collected(read_answer(answers[index]))
            reader = Reader(AnsweredModel(self._model, collected), prompt)
            yield partial(self._read_one, index, article, [reader, *others], collected)

    def _worked(self, works: Iterator[_Work]) -> Generator[tuple[int, Outcome]]:
        """Yield the results of work, several pieces of which are done at once."""
        pool: Pool[tuple[int, Outcome]] = Pool(self._concurrency, background_loop())
        try:
            for step in pool.steps(works):
                if step is not None:
                    yield run(step)
        finally:
            clean_up(pool.cancel())

    async def _ask_one(self, index: int, article: Article) -> tuple[int, Outcome]:
        """Ask about an article in the ordinary way, unless too many have failed before."""
        try:
            draft = Draft(article, self._summarizer.readers, self._summarizer.limits)
            async with self._run.time():
                outcome: Outcome = await draft.finish()
            self._run.learn(None)
        except CommuniqueError as error:
            self._run.learn(error)
            outcome = to_failure(index, article, error, error)
        self.totals.asked += 1
        return index, outcome

    async def _read_one(
        self, index: int, article: Article, readers: Sequence[Reader], collected: Collected
    ) -> tuple[int, Outcome]:
        """Read an article about which there is an answer."""
        try:
            outcome: Outcome = await Draft(article, readers, self._summarizer.limits).finish()
        except CommuniqueError as error:
            outcome = to_failure(index, article, error, error)
        self.totals.count(collected)
        return index, outcome

    def _tell(self, shards: Sequence[Shard]) -> None:
        if self._on_status is None:
            return
        live = [each for each in shards if each.is_live]
        counts = [self._at_server.counts(each) for each in live]
        waiting = sum(each.state.stage not in {"created", "collected"} for each in shards)
        self._on_status(
            Status(
                tuple(each.state.batch_id for each in live),
                waiting,
                sum(done for done, _ in counts),
                sum(total for _, total in counts),
            )
        )

    def _end(self) -> None:
        """Tell of the batches that somebody has cancelled, once each.

        Raises:
            ProviderError: there are any.
        """
        if not self._cut_off:
            return
        ids = ", ".join(shard.state.batch_id for shard in self._cut_off)
        missing = sum(len(shard.wanted) for shard in self._cut_off)
        for shard in self._cut_off:
            shard.save(is_told=True)
        raise ProviderError(
            f"{ids}: cancelled before {missing:,} articles were answered. The answers until then "
            "have been collected; the same command asks about the others in the ordinary way, at "
            "the full price"
        )

    def _is_open(self, shard: Shard, source: Source) -> bool:
        """Return whether there is, or may be, something to be done about a shard."""
        return shard not in self._cut_off and (bool(shard.wanted) or not source.is_past(shard))

    def _asked(self) -> dict[str, object]:
        """Return what decides the answers, and so must be the same in each run."""
        settings, prompt = self._summarizer.settings, self._summarizer.prompt
        asked: dict[str, object] = {
            "version": 1,
            "provider": self._model.provider,
            "server": self._model.server or "",
            "model": self._model.name,
            "prompt": prompt.version,
            "prompt_sha256": prompt.sha256,
            "context_tokens": settings.context_tokens,
            "max_tokens": settings.max_tokens,
            "reasoning_effort": settings.reasoning_effort,
            "extra_body": settings.extra_body,
        }
        return json.loads(scrub(json.dumps(asked, ensure_ascii=False)))


_Work = Callable[[], Coroutine[Any, Any, tuple[int, Outcome]]]
