"""The columns of a dataset, and those that are added to it."""

# pyright: reportMissingImports=false, reportUnknownMemberType=false
# pyright: reportUnknownParameterType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false
# Ray is an extra, which who checks types may not have; and pyarrow has no types.

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, cast

from communique.errors import SettingsError

if TYPE_CHECKING:
    import pyarrow as pa
    from ray.data import Dataset

__all__ = ["OUTCOME", "check_free", "known_names", "with_columns"]

OUTCOME = {"outcome": "large_string", "error": "string", "retryable": "bool"}
"""The columns of an outcome, with their Arrow types; those of a file may be more than 2 GB."""


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
            f"rename them with dataset.rename_columns({{'{taken[0]}': 'my_{taken[0]}'}}), or drop "
            "them"
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
