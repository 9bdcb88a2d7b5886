"""What an archive may be: a file of rows, a folder of texts, standard input, or an iterable."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from communique.article import Article

__all__ = ["Columns", "Row", "Source"]


@dataclass(frozen=True, slots=True)
class Columns:
    """The names of the columns, or keys, that hold text and id.

    Attributes:
        text: the text's.
        id: the id's; None: ``id``, which need not exist.
    """

    text: str = "text"
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the input.

    Attributes:
        where: the row's place, for messages: ``articles.jsonl, line 7``.
        content: its fields by column; or the article or text that a caller gave; or, if the row
            can't be read, why.
    """

    where: str
    content: Mapping[str, object] | Article | str | Fault


@dataclass(frozen=True, slots=True)
class Fault:
    """The reason why a row can't be read, to complete a sentence that begins with its place."""

    reason: str


class Source(ABC):
    """An input with rows.

    Attributes:
        name: what messages call it.
        is_repeatable: whether `rows` can be called again, and yields the same.
    """

    name: str
    is_repeatable: bool = True

    @abstractmethod
    def rows(self) -> Iterator[Row]:
        """Yield each row; blank lines are none.

        Raises:
            ArticleError: the input can't be read at all, or not any further.
        """

    def count(self) -> int | None:
        """Return the number of rows, or None if only reading them all once would tell."""
        return sum(1 for _ in self.rows()) if self.is_repeatable else None
