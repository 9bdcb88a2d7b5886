"""From the rows of an input to the articles that a model must be asked about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

from communique.article import Article
from communique.batching.copies import copy_for
from communique.batching.input_rows import Columns, Row, Source
from communique.batching.inputs import id_of, read_row
from communique.batching.ledger import Key, Ledger, key_of
from communique.batching.outcomes import OutcomeFile
from communique.errors import ArticleError, SettingsError
from communique.outcome_lines import read_outcome
from communique.runs import to_failure
from communique.summary import Failure, Summary

__all__ = ["Found", "Intake", "check_done", "readable_rows"]

_PROBED = 100


@dataclass(frozen=True, slots=True)
class Found:
    """What is to be done about a row.

    Attributes:
        index: its position in the input, from 0.
        article: its article, or None if it holds none.
        key: the article's key.
        outcome: the outcome, if nobody has to be asked for it.
        is_copy: whether that is another article's.
        must_wait: whether another article of the same content is being asked about.
    """

    index: int
    article: Article | None
    key: Key | None
    outcome: Summary | Failure | None = None
    is_copy: bool = False
    must_wait: bool = False


class Intake:
    """The rows of an input that have no outcome yet.

    Args:
        rows: all rows.
        columns: where text and id are.
        output: the output, with the outcomes that can be copied.
        ledger: what is done, and what is the same.
        told: see `key_of`.

    Attributes:
        seen: number of rows so far.
        asking: the contents of the articles that are being asked about.
    """

    def __init__(
        self,
        rows: Iterator[Row],
        columns: Columns,
        output: OutcomeFile,
        ledger: Ledger,
        told: tuple[str, ...],
    ) -> None:
        self.seen = 0
        self.asking: set[bytes] = set()
        self._rows = rows
        self._columns = columns
        self._output = output
        self._ledger = ledger
        self._told = told

    def next(self) -> Found | None:
        """Return the next row without an outcome, or None at the end.

        Raises:
            ArticleError: the input can't be read any further.
            SettingsError: a row that has an outcome is another one than before.
        """
        for row in self._rows:
            index = self.seen
            self.seen += 1
            found = self._look_at(index, row)
            if self._ledger.find(index) is None:
                return self._settled(found)
            check_same(self._ledger, index, row, found.key, self._output.path)
        return None

    def _look_at(self, index: int, row: Row) -> Found:
        """Return a row with its article, or with the reason why it has none of its own."""
        try:
            article = read_row(row, self._columns)
        except ArticleError as exc:
            failure = to_failure(index, None, exc, exc)
            own = {"id": id_of(row, self._columns)}
            return Found(index, None, None, failure.model_copy(update=own))
        key = key_of(article.model_dump(mode="json"), self._told)
        try:
            self._ledger.check_id(key, article.id, row.where)
        except ArticleError as exc:
            return Found(index, article, key, to_failure(index, article, exc, exc))
        return Found(index, article, key)

    def _settled(self, found: Found) -> Found:
        """Return a row with the outcome of an equal article, if there is one or will be."""
        index, article, key = found.index, found.article, found.key
        if found.outcome is not None or article is None or key is None:
            return found
        if key.content in self.asking:
            return Found(index, article, key, must_wait=True)
        if (start := self._ledger.start_of(key)) is not None:
            same = read_outcome(str(self._output.path), self._output.read_at(start))
            return Found(index, article, key, copy_for(same, article, index), is_copy=True)
        return found


def readable_rows(source: Source, columns: Columns) -> Iterator[Row]:
    """Return the rows of an input in which not all of the first ones are unreadable.

    Raises:
        ArticleError: they are, or there are none.
    """
    rows = source.rows()
    seen: list[Row] = []
    first: ArticleError | None = None
    for row in islice(rows, _PROBED):
        seen.append(row)
        try:
            read_row(row, columns)
        except ArticleError as exc:
            first = first or exc
        else:
            return chain(seen, rows)
    if first is None:
        raise ArticleError(f"{source.name} is empty: there is no row or file to read")
    count = "no row" if len(seen) < _PROBED else f"none of the first {_PROBED} rows"
    raise ArticleError(f"{count} can be read as an article; {first}")


def check_done(
    source: Source, columns: Columns, ledger: Ledger, told: tuple[str, ...], output: Path
) -> None:
    """Check that the rows that have an outcome are those of the input.

    Raises:
        SettingsError: they are not; the message names the first one and the difference.
    """
    count = ledger.last() + 1
    if count == 0 or not source.is_repeatable:
        return
    index = -1
    for index, row in enumerate(islice(source.rows(), count)):
        if ledger.find(index) is None:
            continue
        try:
            key = key_of(read_row(row, columns).model_dump(mode="json"), told)
        except ArticleError:
            key = None
        check_same(ledger, index, row, key, output)
    if index + 1 < count:
        raise SettingsError(
            f"{output} has an outcome of row {count:,}, but {source.name} has {index + 1:,} rows: "
            f"{_WAY_OUT}"
        )


def check_same(ledger: Ledger, index: int, row: Row, key: Key | None, output: Path) -> None:
    """Check that a row that has an outcome is the one that it is about.

    Raises:
        SettingsError: it is another one; the message names the difference.
    """
    done = ledger.find(index)
    if done is None or done[1] is None:  # it could not be read, and may have been corrected
        return
    if key is None:
        difference = "can't be read any more"
    elif done[0] != key.id:
        difference = "has another id"
    elif done[1] != key.content:
        difference = "has another text, title, date, source or language"
    else:
        return
    raise SettingsError(f"{row.where} {difference} than when {output} was begun: {_WAY_OUT}")


_WAY_OUT = (
    "restore the input, or choose another output; rows may be added at the end, and answers in "
    "the cache are not paid for again"
)
