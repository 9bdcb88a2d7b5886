"""The model's own vectors of sentences: asked for where no encoder can run, counted, replayed."""

from __future__ import annotations

import array
import base64
import json
import math
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import stated
from communique import Summarizer, summarize
from communique.errors import ProviderError, ProviderUnavailable
from communique.models import FixedServers, LocalModel, Vectors
from communique.reading.choosing.classifier import load_classifier
from communique.reading.choosing.probe import load_probe
from communique.recording import use_cassette
from communique.settings import load_settings
from communique.statements import KINDS
from wire import WireServer, answer_about, http

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

TEXT = (
    "Ruritania opposes the dam on the Olt, its minister said. The weather was mild. "
    "“If a single gate is closed, we will cut off the gas,” she told Ulmia."
)
LENGTH = load_probe().length
PROMPT = "v2"


def vectors(request: dict[str, Any], value: float = 0.0, length: int = LENGTH) -> bytes:
    """A response with a vector for each text, in reverse order, as base64 where that is asked."""
    numbers = array.array("f", [value] * length)
    wanted = request["encoding_format"] == "base64"
    row = base64.b64encode(numbers.tobytes()).decode() if wanted else list(numbers)
    data = [
        {"object": "embedding", "index": n, "embedding": row}
        for n in reversed(range(len(request["input"])))
    ]
    usage = {"prompt_tokens": 7, "total_tokens": 7}
    body = {"object": "list", "model": "test-1", "data": data, "usage": usage}
    return http(200, json.dumps(body))


SAID: dict[str, list[dict[str, Any]]] = {
    "position": stated(),
    "threat": [{"action": "cut off the gas", "target": "Ulmia", "if": None, "means": "economic",
                "who": "Ruritania", "for": None}],
    "condition": [{"condition": "", "outcome": "", "relation": "if", "who": "", "for": None}],
    "agreement": [{"subject": "", "status": "agreed", "parties": []}],
}  # fmt: skip
"""What a model says that sees a position in everything."""


class Server(WireServer):
    """A model server with embeddings, which can be told to fail."""

    def __init__(self, embed: Callable[[dict[str, Any], int], bytes] = lambda r, _: vectors(r)):
        self.embedded: list[dict[str, Any]] = []

        def behave(_: WireServer, connection: Any, request: dict[str, Any], __: int) -> None:
            if "input" in request:
                self.embedded.append(request)
                connection.sendall(embed(request, len(self.embedded)))
            else:
                connection.sendall(answer_about(request, SAID))

        super().__init__(behave)

    def model(self, *, embeds: bool = True) -> LocalModel:
        servers = FixedServers(self.url, encodes=False)
        kind = LocalModel if embeds else _Plain
        return kind(load_settings(max_attempts=2, timeout=5), servers=servers)


class _Plain(LocalModel):
    async def embed(self, texts: Sequence[str]) -> Vectors | None:
        return None


def test_sentences_are_embedded_and_counted() -> None:
    """One request for all sentences that may make a statement; its tokens are in the usage."""
    with Server() as server:
        summary = summarize(TEXT, model=server.model(), prompt=PROMPT)
    (request,) = server.embedded
    texts = [sentence.text for sentence in summary.article.sentences]
    odds = map(load_classifier("multilingual").log_odds, texts, ["", *texts])
    worth = [text for text, row in zip(texts, odds, strict=False) if load_probe().is_worth_it(row)]
    assert request["input"] == worth
    asked = len(server.requests) - 1
    assert summary.provenance.usage.calls == 1 + asked
    assert summary.provenance.usage.input_tokens == 7 + 100 * asked
    assert summary.provenance.attempts == 1 + asked


def test_vectors_decide() -> None:
    """The vectors are weighed against the words, and can outweigh them."""
    weights = [load_probe().weights[kind] for kind in KINDS]
    sizes = [math.hypot(*row) for row in weights]

    def against(request: dict[str, Any], _: int) -> bytes:
        row = [
            -50.0 * sum(kind[n] / size for kind, size in zip(weights, sizes, strict=True))
            for n in range(LENGTH)
        ]
        data = [{"index": n, "embedding": row} for n in range(len(request["input"]))]
        return http(200, json.dumps({"data": data, "model": "m", "usage": {}}))

    with Server(against) as server:
        silent = summarize(TEXT, model=server.model(), prompt=PROMPT)
    assert silent.statements == ()
    with Server() as server:
        assert summarize(TEXT, model=server.model(embeds=False), prompt=PROMPT).statements
    assert server.embedded == []


@pytest.mark.parametrize("length", [0, LENGTH - 1, 2 * LENGTH])
def test_vectors_of_another_model_are_not_used(length: int) -> None:
    """Their length tells; then the words decide alone, as for a server that embeds nothing."""
    with Server(lambda request, _: vectors(request, 1.0, length)) as server:
        summary = summarize(TEXT, model=server.model(), prompt=PROMPT)
        words = summarize(TEXT, model=server.model(embeds=False), prompt=PROMPT)
    assert summary.statements == words.statements


def _short(request: dict[str, Any], _: int) -> bytes:
    return vectors({**request, "input": request["input"][1:]})


WRONG: dict[str, tuple[Callable[[dict[str, Any], int], bytes], str | None]] = {
    "too-few": (_short, "for 3 texts|for 2 texts"),
    "no-numbers": (lambda r, _: vectors(r, float("nan")), "no numbers"),
    "no-json": (lambda *_: http(200, "hello"), None),
    "no-data": (lambda *_: http(200, '{"data": []}'), None),
    "null": (lambda *_: http(200, "null"), None),
    "other-shape": (lambda *_: http(200, '{"data": [{"index": 0, "embedding": {"a": 1}}]}'), None),
    "words": (lambda *_: http(200, '{"data": [{"index": 0, "embedding": ["a"]}]}'), None),
    "not-base64": (lambda *_: http(200, '{"data": [{"index": 0, "embedding": "a"}]}'), None),
    "refused": (lambda *_: http(400, '{"error": {"message": "too large"}}'), "too large"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_embedding_is_an_error(name: str) -> None:
    """The error is a documented one, and carries the usage so far."""
    embed, says = WRONG[name]
    with Server(embed) as server, pytest.raises(ProviderError, match=says) as caught:
        summarize(TEXT, model=server.model(), prompt=PROMPT)
    assert caught.value.attempts >= 1
    assert caught.value.raw_replies == ()  # vectors are no text, and nothing was asked yet


def test_a_failure_that_passes_is_tried_again() -> None:
    """By the same policy as a question."""
    with Server(lambda r, n: http(503, "{}", Retry_After="0") if n == 1 else vectors(r)) as server:
        assert summarize(TEXT, model=server.model(), prompt=PROMPT).provenance.attempts > 2
    assert len(server.embedded) == 2
    with (
        Server(lambda *_: http(503, "{}", Retry_After="0")) as server,
        pytest.raises(ProviderUnavailable) as caught,
    ):
        summarize(TEXT, model=server.model(), prompt=PROMPT)
    assert caught.value.attempts == 2


def test_long_texts_are_cut_and_many_are_parted() -> None:
    """A server has limits on the tokens of one request and on the time for its answer."""
    text = " ".join([f"Ruritania number {n} opposes the dam." for n in range(70)] + ["x" * 5_000])
    with Server() as server:
        summarize(text, model=server.model(), prompt=PROMPT)
    sizes = [len(request["input"]) for request in server.embedded]
    assert sum(sizes) >= 70
    assert max(sizes) <= 32
    assert max(len(t) for request in server.embedded for t in request["input"]) <= 1_000


def test_a_cassette_keeps_vectors_and_time(tmp_path: Path) -> None:
    """A replay has the same statements, and reports the time that the server took."""
    tape = tmp_path / "tape.json"
    with Server() as server:
        model = server.model()
        with Summarizer(model=model, prompt=PROMPT) as reader, use_cassette(tape, record=True):
            recorded = reader.summarize(TEXT)
    stored = json.loads(tape.read_text(encoding="utf-8"))["interactions"][0]
    assert json.loads(stored["request"]["body"])["question"].startswith("vectors of ")
    (milliseconds,) = stored["response"]["headers"]["openai-processing-ms"]
    assert float(milliseconds) >= 0
    stored["response"]["headers"]["openai-processing-ms"] = ["4000"]
    whole = json.loads(tape.read_text(encoding="utf-8"))
    whole["interactions"][0] = stored
    tape.write_text(json.dumps(whole), encoding="utf-8")
    with Summarizer(model=model, prompt=PROMPT) as reader, use_cassette(tape, record=False):
        replayed = reader.summarize(TEXT)
    assert replayed.statements == recorded.statements
    assert replayed.provenance.usage == recorded.provenance.usage
    assert replayed.provenance.model_seconds == 4 + len(whole["interactions"]) - 1


@given(st.integers(0, LENGTH - 1), st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_probe_is_total(place: int, value: float, odds: float) -> None:
    """Any vector and any odds give probabilities."""
    vector = [0.0] * LENGTH
    vector[place] = value
    found = load_probe().kinds(dict.fromkeys(KINDS, odds), vector)
    assert all(0 <= likely <= 1 for _, likely in found)
