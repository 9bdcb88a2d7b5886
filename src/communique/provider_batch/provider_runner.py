"""`ProviderBatch`: articles in, outcomes out, by way of a provider's batch API."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from pathlib import Path

from communique._internal.background import clean_up, run
from communique._internal.logs import get_logger
from communique.article import Article
from communique.errors import (
    ArticleError,
    CommuniqueError,
    ProviderError,
    ReplyError,
    SettingsError,
)
from communique.models.secrets import scrub
from communique.provider_batch.answer_lines import find_answers
from communique.provider_batch.at_server import ROOM, AtServer
from communique.provider_batch.question_rows import write_row
from communique.provider_batch.reading import Outcome, Reading
from communique.provider_batch.request_rows import Row
from communique.provider_batch.shard_writer import Most, ShardWriter
from communique.provider_batch.shards import Shard
from communique.provider_batch.source import Given, Source
from communique.provider_batch.status import Status, Totals
from communique.provider_batch.store import Store
from communique.provider_batch.suited import check_suited
from communique.provider_batch.waiting import wait
from communique.summarizer import Summarizer
from communique.summary import Failure

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


class ProviderBatch:
    """Articles read by way of a provider's batch API, at half the price, within a day.

    The state folder holds the articles and their answers until `clear` is called. However the
    program ends, another `ProviderBatch` with the same folder and summarizer goes on: no article
    in the folder is submitted again, and the outcomes of those that are given are yielded.

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
        self._models = check_suited(summarizer)
        self._summarizer = summarizer
        self._requests = requests
        self._poll_seconds = poll_seconds
        self._on_status = on_status
        self._stop = threading.Event()
        self._api = self._models.chat.batch_api()
        self._store = Store(folder)
        self._at_server = AtServer(self._api, self._store, window, poll_seconds)
        self._writer: ShardWriter | None = None
        self._has_asked = False
        self._cut_off: list[Shard] = []
        self.totals = Totals()
        self._reading = Reading(summarizer, self._models, self.totals, concurrency)

    def outcomes(
        self, articles: Iterable[Article], *, stop: threading.Event | None = None
    ) -> Generator[Outcome]:
        """Yield the outcome of each article, with its position among them, as it is collected.

        An article that a batch leaves unanswered, or answers with what can't be used, is asked
        about in the ordinary way. So is the first one, before a batch is written: it shows which
        options the model takes.

        Args:
            articles: the articles, which are taken when they are needed.
            stop: ends the run once it is set; the batches at the server go on.

        Raises:
            SettingsError: the folder can't be used or written, or belongs to another run.
            ProviderError: the server refuses or loses batches, or fails for long. What has been
                submitted is kept; the same call goes on.
        """
        with self._store.open(self._asked()):
            self._cut_off, self._stop = [], stop or threading.Event()
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
            if self._stop.is_set():
                return
            shards = [each for each in self._store.shards if self._is_open(each)]
            if source.is_exhausted and not shards:
                self._end()
                return
            has_moved = self._at_server.submit(shards)
            has_moved |= self._at_server.poll(shards)
            if self._on_status is not None:
                self._on_status(self._at_server.status(shards))
            for shard in shards:
                if shard.state.stage == "collected":
                    yield from self._deliver(shard)
                    has_moved = True
            pause = FIRST_PAUSE if has_moved else pause * SLOWER
            if not has_moved:
                wait(max(min(pause, self._poll_seconds), self._at_server.pause), self._stop)

    def _fill(self, source: Source) -> Generator[Outcome]:
        """Write request files while there is room, and ask what no batch can be asked."""
        ordinary: list[Given] = []
        while not self._stop.is_set() and (given := source.peek()) is not None:
            if self._is_known(given):
                source.take()
            elif not self._has_asked:
                source.take()
                yield self._ask_first(given)
            elif (row := self._row(given.article)) is None:
                source.take()
                ordinary.append(given)
            elif self._has_written(row, given):
                source.take()
            else:
                break
            if len(ordinary) >= _ORDINARY:
                yield from self._reading.ask(ordinary)
                ordinary = []
        if source.is_exhausted and self._writer is not None and not self._stop.is_set():
            self._seal(self._writer)
        yield from self._reading.ask(ordinary)

    def _is_known(self, given: Given) -> bool:
        """Return whether an article is in a shard; then its outcome is wanted."""
        for shard in self._shards():
            if given.key in shard.members:
                shard.want(given.key, given.article, given.position)
                return True
        return False

    def _shards(self) -> Iterator[Shard | ShardWriter]:
        if self._writer is not None:
            yield self._writer
        yield from self._store.shards

    def _row(self, article: Article) -> Row | None:
        _ = article.sentences  # which are computed here, rather than in the event loop
        prompt, limits = self._summarizer.prompt, self._summarizer.limits
        return run(write_row(article, self._models, prompt, limits))

    def _has_written(self, row: Row, given: Given) -> bool:
        """Write a row; return False if there is no room for it before a batch is collected."""
        if self._writer is not None and not self._writer.fits(row):
            self._seal(self._writer)
        if self._writer is None:
            shards = [each for each in self._store.shards if self._is_open(each)]
            if sum(each.state.stage != "collected" for each in shards) >= AT_ONCE:
                return False
            limit = self._at_server.token_limit
            tokens = None if limit is None else max(int(limit * ROOM / 2), 1)
            self._writer = self._store.new_writer(Most(self._requests, MOST_BYTES, tokens))
        self._writer.add(row)
        self._writer.want(given.key, given.article, given.position)
        return True

    def _seal(self, writer: ShardWriter) -> None:
        self._store.add(writer.seal())
        self._writer = None

    def _ask_first(self, given: Given) -> Outcome:
        """Ask about the first article, and go no further if the server does not answer at all."""
        (outcome,) = self._reading.ask([given])
        error = outcome.exception if isinstance(outcome, Failure) else None
        if isinstance(error, CommuniqueError) and not isinstance(error, ArticleError | ReplyError):
            raise error
        self._has_asked = True
        return outcome

    def _deliver(self, shard: Shard) -> Generator[Outcome]:
        """Yield the wanted outcomes of a shard whose answers have been collected."""
        answers = find_answers(shard)
        keys = set(shard.wanted)
        if missing := keys - answers.keys():
            if is_cut_off := shard.state.ended == "cancelled" and not shard.state.is_told:
                keys -= missing
                self._cut_off.append(shard)
            _LOG.warning(
                "%s (%s) has no answer about %d articles, which are %s",
                shard.state.batch_id, shard.state.ended, len(missing),
                "left out" if is_cut_off else "asked in the ordinary way",
            )  # fmt: skip
        yield from self._reading.read(shard, keys, answers)

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

    def _is_open(self, shard: Shard) -> bool:
        """Return whether there is something to be done about a shard."""
        return bool(shard.wanted) and shard not in self._cut_off

    def _asked(self) -> dict[str, object]:
        """Return what decides the answers, and so must be the same in each run."""
        prompt = self._summarizer.prompt
        asked: dict[str, object] = {
            **(self._models.chat.identity or {}),
            "prompt": prompt.version,
            "prompt_sha256": prompt.sha256,
            "context_tokens": self._models.chat.context_tokens,
        }
        return json.loads(scrub(json.dumps(asked, ensure_ascii=False)))
