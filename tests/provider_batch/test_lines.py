"""The files of a batch, in which a server may write anything."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import completion
from communique.provider_batch import answer_lines
from communique.provider_batch.answer_lines import find_answers, read_answer
from communique.provider_batch.shards import Shard, ShardState

KEYS = ("a" * 32, "b" * 32, "c" * 32)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)
RESPONSES = st.fixed_dictionaries(
    {},
    optional={
        "custom_id": st.sampled_from(KEYS) | JSON,
        "response": JSON
        | st.fixed_dictionaries({"status_code": st.sampled_from([200, 500]), "body": JSON}),
        "error": JSON,
    },
)
GOOD = st.builds(
    lambda key, text: {
        "custom_id": key,
        "response": {"status_code": 200, "body": completion(text)},
        "error": None,
    },
    st.sampled_from(KEYS),
    st.text(max_size=5),
)
LINES = st.lists(
    st.binary(max_size=20).map(lambda raw: raw.replace(b"\n", b""))
    | (GOOD | RESPONSES | JSON).map(lambda v: json.dumps(v).encode()),
    max_size=8,
)


def shard_with(answers: bytes, errors: bytes | None = None) -> Shard:
    folder = Path(tempfile.mkdtemp())
    shard = Shard(folder, ShardState(key="k", requests=3, size=1), dict.fromkeys(KEYS, 0))
    for path, content in zip(shard.answer_paths, (answers, errors), strict=True):
        if content is not None:
            path.write_bytes(content)
    return shard


def is_good(raw: bytes, key: str) -> bool:
    """The rule in other words: a completed request of this article, with an object as its answer."""
    try:
        line: Any = json.loads(raw)
        is_whole = line["custom_id"] == key and line["response"]["status_code"] == 200
        return is_whole and isinstance(line["response"]["body"], dict) and not line.get("error")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return False


@given(LINES, LINES | st.none(), st.booleans())
def test_any_lines(answers: list[bytes], errors: list[bytes] | None, is_torn: bool) -> None:
    """The first completed answer about an article counts, wherever it is; nothing else does."""
    written = b"\n".join(answers) + b"\n" * (not is_torn)
    shard = shard_with(written, None if errors is None else b"\n".join(errors))
    found = find_answers(shard)
    for key in KEYS:
        good = [raw for raw in [*answers, *(errors or [])] if is_good(raw, key)]
        assert (key in found) == bool(good)
        if good:
            body = json.loads(good[0])["response"]["body"]
            assert json.dumps(read_answer(found[key])) == json.dumps(body)


def test_a_line_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is skipped, without being read into memory; the lines after it count."""
    monkeypatch.setattr(answer_lines, "LONGEST_LINE", 2_000)
    good = [
        json.dumps(
            {"custom_id": key, "response": {"status_code": 200, "body": completion()}}
        ).encode()
        for key in KEYS
    ]
    long = good[1][:-1] + b" " * 10_000 + b"}"
    exact = good[2] + b" " * (1_999 - len(good[2]))
    found = find_answers(shard_with(b"\n".join([long, good[0], exact, long])))
    assert found.keys() == {KEYS[0], KEYS[2]}


def test_there_may_be_no_files() -> None:
    shard = Shard(Path(tempfile.mkdtemp()), ShardState(key="k", requests=1, size=1), {KEYS[0]: 0})
    assert find_answers(shard) == {}
