"""The answers in the files of a batch, whose lines come in any order, and may be anything."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from communique._internal.disk import disk_errors
from communique._internal.logs import get_logger
from communique.models.secrets import scrub
from communique.models.values import LONGEST_NAME, get, line
from communique.provider_batch.shards import Shard

__all__ = ["Place", "find_answers", "read_answer"]

LONGEST_LINE = 32 * 1024 * 1024
"""Most bytes of a line: those of an answer that is not in a batch."""

_LOG = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Place:
    """Where an answer is."""

    path: Path
    offset: int


def find_answers(shard: Shard) -> dict[str, Place]:
    """Return where the answer about each article is, by its key; some may be missing.

    Of several answers about one article, the first counts. What else the lines are is logged.

    Raises:
        SettingsError: the files can't be read.
    """
    found: dict[str, Place] = {}
    others: Counter[str] = Counter()
    for path in shard.answer_paths:
        if path.exists():
            for offset, raw in _lines(path):
                row = _parsed(raw)
                key = get(row, "custom_id")
                if not isinstance(key, str) or key not in shard.members:
                    others["no request of this batch"] += 1
                elif _body_of(row) is None:
                    others[_fault_of(row)] += 1
                elif key in found:
                    others["a second answer"] += 1
                else:
                    found[key] = Place(path, offset)
    if others:
        named = ", ".join(f"{count} x {what}" for what, count in others.most_common(5))
        _LOG.warning("lines of %s without use: %s", shard.state.batch_id, named)
    return found


def read_answer(place: Place) -> Mapping[str, Any]:
    """Return the completion at a place.

    Raises:
        SettingsError: the file can't be read.
    """
    with disk_errors(place.path, "read"), place.path.open("rb") as file:
        file.seek(place.offset)
        return _body_of(_parsed(file.readline(LONGEST_LINE + 1))) or {}


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Yield each line with its offset; one that is too long is cut."""
    with disk_errors(path, "read"), path.open("rb") as file:
        offset = 0
        while raw := file.readline(LONGEST_LINE + 1):
            if raw.strip():
                yield offset, raw
            rest = raw
            while len(rest) > LONGEST_LINE and not rest.endswith(b"\n"):
                rest = file.readline(LONGEST_LINE + 1)
            offset = file.tell()


def _parsed(raw: bytes) -> object:
    if len(raw) > LONGEST_LINE:
        return None
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return None


def _body_of(row: object) -> Mapping[str, Any] | None:
    """Return the completion in a line, if the request succeeded."""
    body = get(row, "response", "body")
    if get(row, "error") or get(row, "response", "status_code") != 200:
        return None
    return cast("Mapping[str, Any]", body) if isinstance(body, dict) else None


def _fault_of(row: object) -> str:
    """Return why a request failed, in a few words."""
    codes = (get(row, "error", "code"), get(row, "response", "body", "error", "code"))
    status = get(row, "response", "status_code")
    return scrub(line(next(filter(None, codes), None) or f"HTTP {line(status)}", LONGEST_NAME))
