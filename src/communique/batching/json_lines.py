"""JSON Lines: one object a line."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any, cast

from communique.batching.byte_streams import LONGEST_ROW, lines_of, reading
from communique.batching.input_rows import Fault, Row, Source

__all__ = ["JsonLines"]


class JsonLines(Source):
    """A file of JSON Lines.

    Args:
        name: what messages call it.
        open_: opens it as bytes in UTF-8.
        is_repeatable: whether it can be opened again.
    """

    def __init__(
        self,
        name: str,
        open_: Callable[[], AbstractContextManager[io.BufferedReader]],
        *,
        is_repeatable: bool = True,
    ) -> None:
        self.name = name
        self.is_repeatable = is_repeatable
        self._open = open_

    def rows(self) -> Iterator[Row]:
        """Yield each line that is not blank; see `Source.rows`."""
        for number, line in self._lines():
            yield Row(f"{self.name}, line {number}", _read(line))

    def count(self) -> int | None:
        """Return the number of lines that are not blank; see `Source.count`."""
        return sum(1 for _ in self._lines()) if self.is_repeatable else None

    def _lines(self) -> Iterator[tuple[int, bytes | None]]:
        with reading(self.name), self._open() as file:
            for number, line in enumerate(lines_of(file), start=1):
                if line is None or not line.isspace():
                    yield number, line


def _read(line: bytes | None) -> dict[str, object] | Fault:
    if line is None:
        return Fault(f"it is longer than {LONGEST_ROW >> 20} MiB, as no article is")
    try:
        # Files with byte order marks that were joined have them within.
        value: Any = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError as exc:
        return Fault(f"it is not UTF-8: byte 0x{line[exc.start]:02x} at offset {exc.start}")
    except json.JSONDecodeError as exc:
        return Fault(f"it is not JSON: {exc.msg} at character {exc.pos + 1}")
    except (ValueError, RecursionError) as exc:  # an integer of thousands of digits; deep nesting
        return Fault(f"it is not JSON that can be read: {exc}")
    if not isinstance(value, dict):
        return Fault(f"it is JSON, but {_NAMES[type(value)]}, not an object with a text")
    return cast("dict[str, object]", value)


_NAMES: dict[type, str] = {
    list: "an array",
    str: "a string",
    int: "a number",
    float: "a number",
    bool: "true or false",
    type(None): "null",
}
