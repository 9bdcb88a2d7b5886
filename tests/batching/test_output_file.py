"""The output: whole lines whatever happens, repaired after a kill, and never another run's."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from communique._internal.process_lock import Lock
from communique.batching.outcomes import OutcomeFile
from communique.errors import SettingsError

texts = st.text(st.characters(codec="utf-8"), max_size=20)


def line(index: int, message: str = "“no” 谈") -> str:
    return json.dumps({"index": index, "error": "X", "message": message}, ensure_ascii=False)


def repaired(path: Path) -> list[int]:
    """The indices in a file after its repair."""
    file = OutcomeFile(path)
    try:
        file.repair()
        return [outcome["index"] for _, _, outcome in file.read()]
    finally:
        file.close()


def test_a_file_that_is_torn_at_any_byte_is_repaired(tmp_path: Path) -> None:
    """All whole lines are kept, also one that lacks only its line break; half ones are removed."""
    path = tmp_path / "out.jsonl"
    lines = [f"{line(index)}\n".encode() for index in range(3)]
    whole = b"".join(lines)
    ends = [sum(map(len, lines[: n + 1])) for n in range(3)]
    for size in range(len(whole) + 1):
        path.write_bytes(whole[:size])
        expected = [index for index, end in enumerate(ends) if size >= end - 1]
        assert repaired(path) == expected, size
        assert path.read_bytes() == b"".join(lines[: len(expected)])


@given(st.lists(texts, min_size=1, max_size=4), st.data())
def test_after_a_tear_lines_are_appended_as_before(
    tmp_path_factory: pytest.TempPathFactory, messages: list[str], data: Any
) -> None:
    """Whatever the outcomes say, and wherever the file ends."""
    path = tmp_path_factory.mktemp("torn") / "out.jsonl"
    whole = "".join(f"{line(n, message)}\n" for n, message in enumerate(messages)).encode()
    path.write_bytes(whole[: data.draw(st.integers(0, len(whole)))])
    kept = repaired(path)
    file = OutcomeFile(path)
    start = file.append(line(99))
    assert json.loads(file.read_at(start))["index"] == 99
    file.close()
    assert repaired(path) == [*kept, 99]


def test_a_long_torn_line_and_zeros_are_removed(tmp_path: Path) -> None:
    """As a system that crashes may leave them."""
    path = tmp_path / "out.jsonl"
    path.write_bytes(line(0).encode() + b"\n" + line(1).encode()[:9] + bytes(3_000_000))
    assert repaired(path) == [0]


@pytest.mark.parametrize(
    "damage", [b"[" * 100_000, b'{"index": 1e3}', b'{"index": true}', b'{"index": %d}' % 2**70]
)
def test_a_line_of_any_content_is_an_outcome_or_an_error(tmp_path: Path, damage: bytes) -> None:
    """However deep it is nested, and whatever stands for the index."""
    path = tmp_path / "out.jsonl"
    path.write_bytes(damage + b"\n")
    with pytest.raises(SettingsError, match="line 1 is not an outcome"):
        repaired(path)


def test_a_line_that_nobody_tore_is_an_error(tmp_path: Path) -> None:
    """It was changed by somebody, who is told where, and nothing is removed."""
    path = tmp_path / "out.jsonl"
    path.write_bytes(f"{line(0)}\nprose\n{line(1)}\n".encode())
    with pytest.raises(SettingsError, match="line 2 is not an outcome"):
        repaired(path)
    assert b"prose" in path.read_bytes()


def test_a_line_that_can_not_be_written_leaves_no_half(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk is full after some bytes: the file is as before, and the error says so."""
    file = OutcomeFile(tmp_path / "out.jsonl")
    file.append(line(0))
    before = file.path.read_bytes()

    class Full:
        def __init__(self, inner: Any) -> None:
            self._inner = inner
            self._room = 10

        def write(self, data: memoryview) -> int:
            if not self._room:
                raise OSError(28, "No space left on device")
            self._room, room = 0, self._room
            return self._inner.write(data[:room])

        def __getattr__(self, name: str) -> Any:
            return getattr(self._inner, name)

    with monkeypatch.context() as patch:
        patch.setattr(file, "_file", Full(file._file))
        with pytest.raises(SettingsError, match=r"out\.jsonl can't be written: No space left"):
            file.append(line(1))
    assert file.path.read_bytes() == before
    file.append(line(2))
    file.close()
    assert repaired(file.path) == [0, 2]


def test_an_error_of_the_disk_in_the_background_is_raised(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Outcomes are made durable after some seconds; that it failed must not stay unknown."""
    monkeypatch.setattr("communique.batching.outcomes.SYNC_SECONDS", 0.01)

    def fail(number: int) -> None:
        raise OSError(5, "Input/output error")

    file = OutcomeFile(tmp_path / "out.jsonl")
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail)
        file.append(line(0))
        while file._error is None:
            pass
        with pytest.raises(SettingsError, match="Input/output error"):
            file.append(line(1))
    file.close()


def test_outcomes_are_made_durable_by_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After 64 of them at the latest, however fast they come."""
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", synced.append)
    file = OutcomeFile(tmp_path / "out.jsonl")
    for index in range(128):
        file.append(line(index))
    assert len(synced) >= 2
    file.close()


def test_a_lock_ends_with_its_holder(tmp_path: Path) -> None:
    """Two can't hold it at once, and a closed one is free."""
    first = Lock(tmp_path / "lock")
    with pytest.raises(BlockingIOError):
        Lock(tmp_path / "lock")
    first.close()
    Lock(tmp_path / "lock").close()
