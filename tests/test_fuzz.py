"""Whatever comes in (replies, prompts, gold, cassettes), only documented errors come out.

``tests/stress/fuzz.py`` lets coverage-guided fuzzing loose on the same functions.
"""

from __future__ import annotations

import json
import shutil
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from builders import agreement, completion, condition, position, threat, whole
from communique import Article, Summarizer, Summary
from communique.errors import (
    CommuniqueError,
    GoldError,
    PromptError,
)
from communique.evaluation import load_gold
from communique.prompts import load_prompt
from communique.recording import use_cassette
from wire import WireServer, chat, http

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

TEXT = "Ruritania opposes the dam. Ulmia threatens to close the border if it is built."

# Random text seldom parses: what is broken here is sound text with a piece of it changed.
DEBRIS = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        [
            "", "\x00", "\ufeff", "\ud800", "{", "}", "[" * 300, "]", '"', "'", ":", "null", "~",
            "-", "- ", "\n", "\t", "true", "NaN", "1e999", "-1", "0", "99999999999999999999",
            "&a", "*a", "!!python/name:os.system", "<<: ", "---\n", "kind: ", "\\", "\\ud800",
        ]
    ),
)  # fmt: skip


def _bytes(text: str) -> bytes:
    """UTF-8 that is not even that, where a text has lone surrogates."""
    return text.encode("utf-8", "surrogatepass")


@st.composite
def broken(draw: st.DrawFn, sound: str) -> str:
    """A text with up to three pieces cut out and replaced."""
    text = sound
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, min(len(text), start + 40)))
        text = text[:start] + draw(DEBRIS) + text[end:]
    return text


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
SAID = whole(
    position(1),
    threat(2, actor="Ulmia", on_behalf_of=None, target="Ruritania", means="other"),
    condition(2, actor="Ulmia", outcome="the border", relation="if", condition="the dam is built"),
    agreement(1, 2, subject="the dam", status="rejected"),
)


@st.composite
def wrong_somewhere(draw: st.DrawFn) -> str:
    """A sound answer in which one value is another one, or is missing."""
    answer = json.loads(json.dumps(SAID))
    place: Any = answer
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = draw(st.sampled_from(keys))
        deeper = place[key]
        if not isinstance(deeper, dict | list) or not deeper or draw(st.booleans()):
            break
        place = deeper
    if draw(st.booleans()):
        place[key] = draw(JSON)
    else:
        del place[key]
    return json.dumps(answer)


WIRE = settings(max_examples=25, deadline=None)


class Replies:
    """A model server whose next answer is set from outside."""

    def __init__(self) -> None:
        self.next = b""
        self.server = WireServer(lambda _, connection, *__: connection.sendall(self.next))


@pytest.fixture(scope="module")
def replies() -> Generator[Replies]:
    replies = Replies()
    with replies.server:
        yield replies


def check_reply(replies: Replies, answer: bytes) -> None:
    """A summary whose evidence is exact, or an error of the library."""
    replies.next = answer
    # A new one each time: one that has seen ten failures in a row waits before it asks again.
    connection = {"base_url": replies.server.url, "api_key": "none", "timeout": 5}
    with (
        Summarizer(model="openai/test", prompt="v1", max_attempts=1, **connection) as reader,
        suppress(CommuniqueError),
    ):
        check_summary(reader.summarize(TEXT))


def check_summary(summary: Summary) -> None:
    for statement in summary.statements:
        for span in statement.evidence:
            assert TEXT[span.start : span.end] == span.text
    assert Summary.model_validate_json(summary.model_dump_json()) == summary


@WIRE
@given(st.binary(max_size=200) | broken(json.dumps(completion(json.dumps(SAID)))).map(_bytes))
def test_any_body(replies: Replies, body: bytes) -> None:
    check_reply(replies, http(200, body))


@WIRE
@given(JSON.map(json.dumps) | wrong_somewhere() | broken(json.dumps(SAID)))
@example('{"gist": "x", "statements": []} {"gist": "y"}')
@example("[" * 5_000)
def test_any_answer(replies: Replies, answer: str) -> None:
    check_reply(replies, chat(answer))


@WIRE
@given(st.binary(max_size=300))
def test_any_bytes_on_the_wire(replies: Replies, raw: bytes) -> None:
    check_reply(replies, raw)


FILES = settings(
    max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)


@pytest.mark.parametrize(
    "name", ["prompt.toml", "instructions.md", "questions.toml", "examples.yaml"]
)
def test_any_prompt(name: str, repository: Path, tmp_path: Path) -> None:
    """A prompt folder is a prompt or a `PromptError`."""
    folder = tmp_path / "mine"
    shutil.copytree(repository / "prompts" / "v2", folder)
    sound = (folder / name).read_text(encoding="utf-8")[:1_500]

    @FILES
    @given(broken(sound) | st.text(max_size=80))
    def check(text: str) -> None:
        (folder / name).write_bytes(_bytes(text))
        with suppress(PromptError):
            load_prompt(str(folder))

    check()


@pytest.mark.parametrize("name", ["gold.yaml", "article.txt"])
def test_any_gold(name: str, repository: Path, tmp_path: Path) -> None:
    """A folder is a gold article or a `GoldError`."""
    folder = tmp_path / "mine"
    shutil.copytree(repository / "seeds" / "nerabe-dam", folder)
    sound = (folder / name).read_text(encoding="utf-8")

    @FILES
    @given(broken(sound) | st.text(max_size=80))
    def check(text: str) -> None:
        (folder / name).write_bytes(_bytes(text))
        with suppress(GoldError):
            gold = load_gold(folder)
            for item in gold.statements:
                for span in item.statement.evidence:
                    assert gold.article.text[span.start : span.end] == span.text

    check()


def test_any_cassette(repository: Path, tmp_path: Path) -> None:
    """A cassette that was tampered with answers as recorded, or is an error of the library."""
    article = Article(
        text=(repository / "seeds/putin-vladivostok/article.txt").read_bytes().decode("utf-8")
    )
    sound = (repository / "cassettes/recorded/sample-v1.json").read_text(encoding="utf-8")
    tape = tmp_path / "tape.json"

    with Summarizer(
        model="openai/qwen2.5-coder-1.5b", prompt="v1", base_url="http://127.0.0.1:9/v1",
        api_key="none", max_attempts=1,
    ) as reader:  # fmt: skip

        @settings(FILES, max_examples=25)
        @given(broken(sound) | st.text(max_size=80))
        def check(text: str) -> None:
            tape.write_bytes(_bytes(text))
            with suppress(CommuniqueError), use_cassette(tape, record=False):
                reader.summarize(article)

        check()
