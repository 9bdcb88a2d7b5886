"""Reading of outcomes: JSON Lines with a summary or a failure a line, as batches write them."""

from __future__ import annotations

import codecs
import json
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import IO, Any, cast

from pydantic import ValidationError

from communique._internal.disk import disk_errors
from communique._internal.validation import brief, describe
from communique.errors import SettingsError
from communique.summary import SCHEMA_VERSION, Failure, Summary

__all__ = ["Outcomes", "read_outcome", "read_outcomes"]


def read_outcomes(path: str | Path) -> Generator[Summary | Failure]:
    """Yield each outcome in a file that `communique.batch` has written, one after another.

    They stand in the order in which they were done; ``index`` is the row of the input. If the
    file is still being written, an unfinished last line is left out. An empty file has none.

    Raises:
        SettingsError: the file can't be read, or a line is not an outcome; the message says which
            line, and why.

    Examples:
        >>> import communique
        >>> from communique.testing import ScriptedModel
        >>> model = ScriptedModel([{"gist": "Talks failed.", "statements": []}])
        >>> report = communique.batch(["Talks failed."], output="o.jsonl", model=model, prompt="v1")
        >>> [outcome.gist for outcome in communique.read_outcomes("o.jsonl")]
        ['Talks failed.']
    """
    with disk_errors(str(path), "read"), Path(path).open("rb") as file:
        yield from Outcomes(file, str(path), may_be_empty=True)


class Outcomes:
    """The outcomes of a file, read one at a time.

    Args:
        file: the file, opened for bytes.
        name: what messages call it.
        may_be_empty: whether a file without any is right, too.

    Attributes:
        is_torn: whether the last line was incomplete, and left out: the batch that writes the
            file is still running, or was killed. Known once all outcomes have been read.
    """

    def __init__(self, file: IO[bytes], name: str, *, may_be_empty: bool = False) -> None:
        self._file = file
        self._name = name
        self._may_be_empty = may_be_empty
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
            if _is_torn(line):
                self.is_torn = True
                break
            count += 1
            yield read_outcome(f"{self._name}, line {number}", line)
        if not count and not self._may_be_empty:
            why = "its only line is incomplete" if self.is_torn else "it is empty"
            raise SettingsError(f"{self._name} has no outcomes: {why}")

    def _lines(self) -> Iterator[bytes]:
        with disk_errors(self._name, "read"):
            for number, line in enumerate(self._file, start=1):
                yield line.removeprefix(codecs.BOM_UTF8) if number == 1 else line


def read_outcome(place: str, line: bytes) -> Summary | Failure:
    """Return the outcome in a line.

    Args:
        place: where the line stands, with which messages begin.
        line: the line.

    Raises:
        SettingsError: it is not an outcome; the message says why.
    """
    data = _parse(place, line)
    partial = data.get("partial")
    found = (partial if isinstance(partial, dict) else data).get("schema_version")  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    if found is not None and found != SCHEMA_VERSION:
        raise SettingsError(
            f"{place} has schema version {found!r}, and this communique reads {SCHEMA_VERSION!r}: "
            "use the communique that wrote it, or summarize the articles again"
        )
    kind = Failure if "error" in data else Summary if "provenance" in data else None
    if kind is None:
        hint = (
            "an article that has not been read: summarize it first, with communique batch"
            if "text" in data
            else "neither a summary nor a failure"
        )
        raise SettingsError(f"{place} is {hint}")
    try:
        return kind.model_validate(data)
    except ValidationError as exc:
        raise SettingsError(f"{place} can't be read: {brief(describe(exc))}") from exc


def _is_torn(line: bytes) -> bool:
    """Return whether a line is the beginning of an outcome that was not written to its end."""
    if line.endswith(b"\n") or not line.startswith(b"{"):
        return False
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return True
    return False


def _parse(place: str, line: bytes) -> dict[str, Any]:
    try:
        data: Any = json.loads(line)
    except (ValueError, RecursionError) as exc:
        reason = "is nested too deeply" if isinstance(exc, RecursionError) else "is not JSON"
        raise SettingsError(f"{place} {reason}: {brief(str(exc))}") from exc
    if not isinstance(data, dict):
        raise SettingsError(f"{place} is not a JSON object")
    return cast("dict[str, Any]", data)
