"""Reading of outcomes: JSON Lines with a summary or a failure a line, as batches write them."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from typing import IO, Any, cast

from pydantic import ValidationError

from communique._internal.validation import brief, describe
from communique.errors import SettingsError
from communique.summary import SCHEMA_VERSION, Failure, Summary

__all__ = ["Outcomes"]


class Outcomes:
    """The outcomes of a file, read one at a time.

    Args:
        file: the file, opened for bytes.
        name: what messages call it.

    Attributes:
        is_torn: whether the last line was incomplete, and left out: the batch that writes the
            file is still running, or was killed. Known once all outcomes have been read.
    """

    def __init__(self, file: IO[bytes], name: str) -> None:
        self._file = file
        self._name = name
        self.is_torn = False

    def __iter__(self) -> Iterator[Summary | Failure]:
        """Yield each outcome.

        Raises:
            SettingsError: a line is no outcome, or there is none.
        """
        count = 0
        for number, line in enumerate(self._lines(), start=1):
            if not line.strip():
                continue
            data = self._parse(line, number)
            if data is None:
                break
            count += 1
            yield self._read(data, number)
        if not count:
            raise SettingsError(f"{self._name} has no outcomes: it is empty")

    def _lines(self) -> Iterator[bytes]:
        try:
            for number, line in enumerate(self._file, start=1):
                yield line.removeprefix(codecs.BOM_UTF8) if number == 1 else line
        except OSError as exc:
            raise SettingsError(f"{self._name} can't be read: {exc.strerror or exc}") from exc

    def _parse(self, line: bytes, number: int) -> dict[str, Any] | None:
        """Return a line's object, or None if it is torn."""
        try:
            data: Any = json.loads(line)
        except (ValueError, RecursionError) as exc:
            if not line.endswith(b"\n") and number > 1:
                self.is_torn = True
                return None
            reason = "is nested too deeply" if isinstance(exc, RecursionError) else "is not JSON"
            raise self._error(number, f"{reason}: {brief(str(exc))}") from exc
        if not isinstance(data, dict):
            raise self._error(number, "is not a JSON object")
        return cast("dict[str, Any]", data)

    def _read(self, data: dict[str, Any], number: int) -> Summary | Failure:
        partial = data.get("partial")
        found = (partial if isinstance(partial, dict) else data).get("schema_version")  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        if found is not None and found != SCHEMA_VERSION:
            raise self._error(
                number,
                f"has schema version {found!r}, and this communique reads {SCHEMA_VERSION!r}: use "
                "the communique that wrote it, or summarize the articles again",
            )
        kind = Failure if "error" in data else Summary if "provenance" in data else None
        if kind is None:
            hint = (
                "an article that has not been read: summarize it first, with communique batch"
                if "text" in data
                else "neither a summary nor a failure"
            )
            raise self._error(number, f"is {hint}")
        try:
            return kind.model_validate(data)
        except ValidationError as exc:
            raise self._error(number, f"can't be read: {brief(describe(exc))}") from exc

    def _error(self, number: int, what: str) -> SettingsError:
        return SettingsError(f"{self._name}, line {number} {what}")
