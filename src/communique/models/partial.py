"""An answer that can be read while it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from pydantic_core import from_json

if TYPE_CHECKING:
    from communique.models.base import OnPartial

__all__ = ["Growing"]

_WORK = 64
"""Most characters that are parsed for each one received, on average. An answer is parsed again
whenever an object begins; only one of hundreds of kilobytes, or of nothing but brackets, would
be parsed more often than that."""


class Growing:
    """The JSON in an unfinished answer.

    Args:
        on_partial: called with the JSON so far, whenever another object begins in it.
    """

    def __init__(self, on_partial: OnPartial) -> None:
        self._on_partial = on_partial
        self._parts: list[str] = []
        self._length = 0
        self._parsed = 0

    def add(self, part: str) -> None:
        """Add the next part of the answer."""
        if not self._parts and "{" not in part:
            return  # prose, or a thought
        self._parts.append(part if self._parts else part[part.index("{") :])
        self._length += len(part)
        if "{" not in part or self._parsed + self._length > _WORK * self._length:
            return
        self._parsed += self._length
        try:
            partial: Any = from_json("".join(self._parts), allow_partial=True)
        except ValueError:
            return  # not JSON
        if type(partial) is dict:
            self._on_partial(cast("dict[str, Any]", partial))
