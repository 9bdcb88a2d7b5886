"""Rows of a table: tuples whose values can also be read by column name."""

from __future__ import annotations

from collections.abc import KeysView, Sequence
from typing import Any, ClassVar

from communique.codes.actor_code import ActorCode

__all__ = ["Cells", "Value", "code_columns", "code_values"]

Value = str | float | None

_NO_CODE = "-"  # stands for a party without a code, beside those that have one


class Cells(tuple[Value, ...]):
    """A row like `sqlite3.Row`: ``row["actor"]`` and ``dict(row)`` work.

    It is not a dict, because polars infers the column types of dicts from the first 100 rows and
    fails if these have no value; each subclass is a named tuple, too, which declares the types.
    """

    __slots__ = ()
    _places: ClassVar[dict[str, int]] = {}

    def __init_subclass__(cls, *, columns: dict[str, Any]) -> None:
        cls.__annotations__ = columns
        cls._places = {column: place for place, column in enumerate(columns)}

    def __getitem__(self, column: str | int) -> Value:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Return the value of a column, by name or index."""
        return super().__getitem__(self._places[column] if isinstance(column, str) else column)

    def keys(self) -> KeysView[str]:
        """Return the names of the columns."""
        return self._places.keys()

    def values(self) -> Sequence[Value]:
        """Return the values, in the order of the columns."""
        return tuple(self)


def code_columns(name: str, state: str = "iso3") -> dict[str, Any]:
    """Return the columns with the codes of an actor, with the types of their values.

    Args:
        name: the column with the actor's name.
        state: the attribute of its code that tells the state.
    """
    return {f"{name}_{field}": str | None for field in (state, "cow", "sector")}


def code_values(name: str, codes: Sequence[ActorCode], state: str = "iso3") -> dict[str, Value]:
    """Return the values of `code_columns`, joined if there are several actors."""
    return {
        f"{name}_{field}": _joined([getattr(code, field) for code in codes])
        for field in (state, "cow", "sector")
    }


def _joined(codes: Sequence[str | int | None]) -> str | None:
    return "; ".join(str(code or _NO_CODE) for code in codes) if any(codes) else None
