"""Reading of outcomes: every line is an outcome, or the error says which is not, and why."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

import builders
from communique import Failure, Summary, read_outcomes
from communique.errors import SettingsError
from communique.report import Outcomes

SUMMARY = builders.summary_of("Ruritania opposes the dam.", builders.position())
FAILURE = Failure(index=1, article=None, error="ArticleError", message="empty", partial=SUMMARY)
LINE = SUMMARY.model_dump_json().encode()


def read(content: bytes) -> list[Summary | Failure]:
    return list(Outcomes(io.BytesIO(content), "out.jsonl"))


def changed(**changes: Any) -> bytes:
    return json.dumps({**json.loads(LINE), **changes}).encode()


def test_summaries_and_failures_are_read_as_they_were() -> None:
    """Blank lines, a byte order mark and a missing line break at the end do no harm."""
    written = b"\xef\xbb\xbf" + LINE + b"\r\n\n" + FAILURE.model_dump_json().encode()
    assert read(written) == [SUMMARY, FAILURE]


def test_a_torn_last_line_is_left_out_and_said() -> None:
    """A batch that still runs, or was killed, leaves one."""
    outcomes = Outcomes(io.BytesIO(LINE + b"\n" + LINE[:200]), "out.jsonl")
    assert list(outcomes) == [SUMMARY]
    assert outcomes.is_torn


def test_a_file_of_which_only_the_beginning_is_written() -> None:
    """A batch has begun to write its first outcome."""
    outcomes = Outcomes(io.BytesIO(LINE[:200]), "out.jsonl")
    with pytest.raises(SettingsError, match="has no outcomes: its only line is incomplete"):
        list(outcomes)


def test_outcomes_are_read_back_by_the_same_rules(tmp_path: Path) -> None:
    """By the public function, to which an empty file is the output of a batch that has just begun."""
    path = tmp_path / "out.jsonl"
    path.write_bytes(LINE + b"\n" + FAILURE.model_dump_json().encode() + b"\n" + LINE[:200])
    assert list(read_outcomes(path)) == [SUMMARY, FAILURE]
    path.write_bytes(b"")
    assert list(read_outcomes(path)) == []
    path.write_bytes(LINE + b'\n{"text": "x"}\n')
    with pytest.raises(SettingsError, match=r"out\.jsonl, line 2 is an article that has not been"):
        list(read_outcomes(path))
    with pytest.raises(SettingsError, match=r"none\.jsonl can.t be read: No such file"):
        list(read_outcomes(tmp_path / "none.jsonl"))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "out.jsonl has no outcomes: it is empty"),
        (b"\n \n", "out.jsonl has no outcomes: it is empty"),
        (LINE + b"\n{\n" + LINE, "line 2 is not JSON"),
        (b"Ruritania opposes", "line 1 is not JSON"),
        (b"\xff\xfe\x00{\n", "line 1 is not JSON"),
        (b"[" * 100_000 + b"\n", "line 1 is nested too deeply"),
        (b"[1]\n", "line 1 is not a JSON object"),
        (b'{"text": "x"}\n', "line 1 is an article that has not been read: summarize it first"),
        (b'{"a": 1}\n', "line 1 is neither a summary nor a failure"),
        (changed(schema_version="2"), "line 1 has schema version '2', and this communique reads '1'"),
        (changed(schema_version=["2"]), "has schema version ['2']"),
        (FAILURE.model_dump_json().encode().replace(b'"schema_version":"1"', b'"schema_version":"0"'),
         "has schema version '0'"),
        (changed(gist=7), "line 1 can't be read: gist: 7 is not text"),
        (changed(article={"text": "Other."}), "is not what the article says there"),
        (b'{"error": "X", "index": -1}', "line 1 can't be read: index: -1 is less than 0"),
    ],
)  # fmt: skip
def test_what_is_no_outcome_is_refused_by_its_line(content: bytes, message: str) -> None:
    """Nothing is left out in silence, and the way out is named."""
    with pytest.raises(SettingsError) as error:
        read(content)
    assert message in str(error.value)
    assert len(str(error.value)) < 500


def test_a_file_that_breaks_off_is_an_error() -> None:
    """A disk or network that fails while the file is read."""

    class Broken(io.BytesIO):
        def __next__(self) -> bytes:
            raise OSError(5, "Input/output error")

    with pytest.raises(SettingsError, match=r"out\.jsonl can.t be read: Input/output error"):
        list(Outcomes(Broken(LINE), "out.jsonl"))
