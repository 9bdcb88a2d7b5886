"""The columns of a dataset of articles, and those that are added to it."""

# pyright: reportMissingImports=false, reportUnknownMemberType=false
# pyright: reportUnknownParameterType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false
# Ray and pyarrow are an extra: who checks types may not have them.

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from communique.article import Article
from communique.dates import is_missing
from communique.errors import ArticleError, SettingsError
from communique.metadata import read_id

if TYPE_CHECKING:
    import pyarrow as pa
    from ray.data import Dataset

__all__ = ["OUTCOME", "Columns", "check_free", "known_names", "with_columns"]

OUTCOME = {"outcome": "large_string", "error": "string", "retryable": "bool"}
"""The columns of an outcome, with their Arrow types; those of a file may be more than 2 GB."""

_OF_ARTICLE = ("title", "source", "url", "published", "language")


@dataclass(frozen=True)
class Columns:
    """The names of the columns with text and id.

    Attributes:
        text: the text's.
        id: the id's; None: ``id``, which need not exist.
    """

    text: str
    id: str | None

    def check(self, names: Sequence[str]) -> None:
        """Check that a dataset has them.

        Raises:
            SettingsError: it has not.
        """
        for argument, name in (("text_column", self.text), ("id_column", self.id)):
            if name is not None and name not in names:
                raise SettingsError(
                    f"{argument}: the dataset has no column {name!r}, but {', '.join(names)}"
                )

    def of_article(self, names: Iterable[str]) -> list[str]:
        """Return which of the columns hold what belongs to an article."""
        known = {self.text, self.id or "id", *_OF_ARTICLE}
        return [name for name in names if name in known]

    def to_article(self, row: Mapping[str, Any]) -> Article:
        """Return the article of a row, which has only the columns `of_article`.

        Raises:
            ArticleError: it holds none.
        """
        fields = dict(row)
        for name in (self.text, self.id):
            if name is not None and name not in fields:
                raise ArticleError(f"the row has no {name!r}")
        text = fields.pop(self.text)
        if is_missing(text):
            raise ArticleError(f"the row has no text: its {self.text!r} is missing")
        return Article(text=text, id=fields.pop(self.id or "id", None), **fields)

    def to_id(self, row: Mapping[str, Any]) -> str | None:
        """Return the id of a row, or None if it has none that can be read."""
        try:
            return read_id(row.get(self.id or "id"))
        except ValueError:
            return None


def known_names(dataset: Dataset) -> list[str] | None:
    """Return the names of a dataset's columns, or None if they are known only once it is read.

    Raises:
        SettingsError: it is no Ray dataset.
    """
    from ray.data import Dataset

    if not isinstance(cast("object", dataset), Dataset):
        raise SettingsError(
            f"dataset: {type(dataset).__name__} is not a ray.data.Dataset; there are "
            "ray.data.read_parquet(…), ray.data.from_pandas(…) and others to make one"
        )
    schema = dataset.schema(fetch_if_missing=False)
    return None if schema is None else list(schema.names)


def check_free(names: Iterable[str], added: Iterable[str]) -> None:
    """Check that no column has the name of one that is added.

    Raises:
        SettingsError: one has.
    """
    if taken := sorted({*names} & {*added}):
        raise SettingsError(
            f"the dataset has columns of its own with names of the result: {', '.join(taken)}; "
            "rename them with dataset.rename_columns({'error': 'old_error'}), or drop them"
        )


def with_columns(
    table: pa.Table, added: Mapping[str, str], values: Mapping[str, list[Any]]
) -> pa.Table:
    """Return a table with further columns, whose types do not depend on their values.

    Args:
        table: the table.
        added: the names of the columns with their Arrow types.
        values: the values of each one.
    """
    import pyarrow as pa

    fields = [pa.field(name, pa.type_for_alias(kind)) for name, kind in added.items()]
    columns = [pa.array(values[field.name], field.type) for field in fields]
    schema = pa.schema([*table.schema, *fields])
    return pa.Table.from_arrays([*table.columns, *columns], schema=schema)
