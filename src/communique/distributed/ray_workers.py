"""The worker: an actor that turns batches of articles into batches of outcomes."""

# pyright: reportMissingImports=false, reportUnknownMemberType=false
# pyright: reportUnknownParameterType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false
# pyarrow is an extra, and has no types.

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from communique.article import Article
from communique.batching.input_rows import Columns, Row
from communique.batching.inputs import ARTICLE_FIELDS, id_of, read_row
from communique.distributed.ray_columns import OUTCOME, check_free, with_columns
from communique.errors import ArticleError
from communique.runs import to_failure
from communique.summarizer import Summarizer
from communique.summary import Failure, Summary

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Worker"]


class Worker:
    """Reads batches, several at once, in the event loop that its actor has for this.

    Args:
        summarizer: reads the articles.
        at_once: how many of them at once, over all batches.
        columns: where text and id are.
    """

    def __init__(self, summarizer: Summarizer, at_once: int, columns: Columns) -> None:
        self._summarizer = summarizer
        self._at_once = at_once
        self._columns = columns
        self._id_column = columns.id or "id"
        self._turns = asyncio.Semaphore(at_once)

    async def __call__(self, batch: pa.Table) -> pa.Table:
        """Return the batch with outcomes in place of texts, row by row."""
        names = batch.column_names
        check_free(names, OUTCOME)
        of_article = {self._columns.text, self._id_column, *ARTICLE_FIELDS}
        used = [name for name in names if name in of_article]
        rows = batch.select(used).to_pylist() if used else [{} for _ in range(batch.num_rows)]
        outcomes = await self._read(rows)
        failed = [outcome if isinstance(outcome, Failure) else None for outcome in outcomes]
        values = {
            "id": [outcome.id for outcome in outcomes],
            "outcome": [outcome.model_dump_json() for outcome in outcomes],
            "error": [failure and failure.error for failure in failed],
            "retryable": [failure is not None and failure.retryable for failure in failed],
        }
        added = OUTCOME if self._id_column in names else {"id": "string", **OUTCOME}
        kept = batch.select([name for name in names if name != self._columns.text])
        return with_columns(kept, added, values)

    async def _read(self, rows: Sequence[Mapping[str, Any]]) -> list[Summary | Failure]:
        """Return the outcome of each row, in order."""
        outcomes: dict[int, Summary | Failure] = {}
        articles: dict[int, Article] = {}
        for place, fields in enumerate(rows):
            row = Row("the row", fields)
            try:
                articles[place] = read_row(row, self._columns)
            except ArticleError as error:
                failure = to_failure(place, None, error, error)
                own_id = id_of(row, self._columns)
                outcomes[place] = failure.model_copy(update={"id": own_id})
        places = list(articles)
        reading = self._summarizer.asummarize_many(
            self._in_turn(articles.values()), concurrency=self._at_once
        )
        async for outcome in reading:
            self._turns.release()
            place = places[cast("int", outcome.index)]
            outcomes[place] = outcome.model_copy(update={"index": place})
        return [outcomes[place] for place in range(len(rows))]

    async def _in_turn(self, articles: Iterable[Article]) -> AsyncGenerator[Article]:
        """Yield each article when it may be read: all batches together share the worker's turns."""
        for article in articles:
            await self._turns.acquire()
            yield article
