"""Confidence from log-probabilities, where the server gives them."""

from __future__ import annotations

import json
import math
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from werkzeug import Request, Response

from builders import PATH, completion
from communique import Summarizer
from communique.models import Answer
from communique.reading.confidence import statement_confidences

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytest_httpserver import HTTPServer

TEXT = "Ruritania firmly opposes the dam. It rained in the hills."

SURE = [("R", 0.9), ("uritania", 0.8), ("null", 0.5), ("the dam", 0.7), ("opposes", 0.6)]
"""The tokens of the statement's values, and how likely each was."""

SURE_OF_NUMBER = 0.95


def tokens() -> list[tuple[str, float]]:
    """A statement as a model writes it: what JSON gives is certain, or not; it must not matter."""
    pieces: list[tuple[str, float]] = [
        ('{"kind":', 0.01), (' "', 0.9), ("position", 1.0), ('", "actor": "', 0.02), SURE[0], SURE[1],
        ('", "on_behalf_of": ', 0.3), SURE[2], (', "issue": "', 0.4), SURE[3],
        ('", "stance": "', 0.2), SURE[4], ('"', 0.1),
    ]  # fmt: skip
    numbers = [(', "sentences": ', 0.2), ("[", 0.3), ("1", SURE_OF_NUMBER), ("]", 0.4)]
    return [*pieces, *numbers, ("}", 0.5)]


def row() -> list[tuple[str, float]]:
    """The same statement as a row."""
    return [
        ("[[", 0.01), ("1", SURE_OF_NUMBER), ('], "', 0.3), ("position", 1.0), ('", "', 0.02), SURE[3],
        ('", "', 0.2), SURE[4], ('", "', 0.4), SURE[0], SURE[1], ('", ', 0.3), SURE[2], ("]", 0.5),
    ]  # fmt: skip


def rows(*statements: list[tuple[str, float]]) -> list[tuple[str, float]]:
    pieces = [("[", 0.7)]
    for n, statement in enumerate(statements):
        pieces += [(", ", 0.9)] * (n > 0) + statement
    return [*pieces, ("]", 1.0)]


def logprobs(pieces: list[tuple[str, float]]) -> dict[str, Any]:
    return {
        "content": [
            {"token": t, "logprob": math.log(p), "bytes": None, "top_logprobs": []}
            for t, p in pieces
        ]
    }


def answer(pieces: list[tuple[str, float]], given: dict[str, Any] | None) -> dict[str, Any]:
    return completion("".join(token for token, _ in pieces), logprobs=given)


def listed(*statements: list[tuple[str, float]]) -> list[tuple[str, float]]:
    pieces = [('{"gist": "A dam.", ', 0.7), ('"statements": [', 0.7)]
    for n, statement in enumerate(statements):
        pieces += [(", ", 0.9)] * (n > 0) + statement
    return [*pieces, ("]}", 1.0)]


@pytest.fixture(params=["v1", "v2"])
def prompt(request: pytest.FixtureRequest, tmp_path: Path, repository: Path) -> Iterator[str]:
    """A released prompt that asks for log-probabilities."""
    folder = tmp_path / f"{request.param}-sure"
    shutil.copytree(repository / "prompts" / request.param, folder)
    header = folder / "prompt.toml"
    if "logprobs" not in header.read_text(encoding="utf-8"):
        with header.open("a", encoding="utf-8") as file:
            file.write("logprobs = true\n")
    return str(folder)


def reading(
    server: HTTPServer, prompt: str, given: Any = logprobs, *, knows: bool = True
) -> tuple[Summarizer, list[dict[str, Any]]]:
    """A summarizer, and what its server is asked."""
    asked: list[dict[str, Any]] = []
    is_whole = "v1" in prompt

    def handle(request: Request) -> Response:
        asked.append(body := request.get_json())
        if not knows and "logprobs" in body:
            error = {"message": "no", "code": "unsupported_parameter", "param": "logprobs"}
            return Response(json.dumps({"error": error}), 400)
        if is_whole:
            pieces = listed(tokens())
        elif "gist" in json.dumps(body["response_format"]):
            return Response(json.dumps(completion('{"gist": "A dam."}')))
        else:
            pieces = rows(row())
        return Response(json.dumps(answer(pieces, given(pieces) if given else None)))

    server.expect_request(PATH).respond_with_handler(handle)
    reader = Summarizer(
        model="openai/test", base_url=server.url_for("/v1"), api_key="none", prompt=prompt,
        max_attempts=1,
    )  # fmt: skip
    return reader, asked


def test_confidence_is_the_geometric_mean_of_the_values_tokens(
    httpserver: HTTPServer, prompt: str
) -> None:
    """Keys and punctuation, which the JSON form dictates, do not count."""
    reader, asked = reading(httpserver, prompt)
    with reader:
        summary = reader.summarize(TEXT)
    assert all(request["logprobs"] is True for request in asked)
    (position,) = summary.positions
    sure = [1.0, *(p for _, p in SURE), SURE_OF_NUMBER]
    assert position.confidence == pytest.approx(math.prod(sure) ** (1 / len(sure)), abs=2e-4)


def test_each_row_has_its_own_confidence() -> None:
    """Also one that is not valid, or no list at all. A colon in a text makes it no key."""
    unsure = [("[[", 0.9), ("2", 0.5), ('],"', 0.9), ("position", 0.5), ('"]', 0.9)]
    quoting = [
        ("[[", 0.1),
        ("1", 0.25),
        ('], "', 0.1),
        ("a", 0.25),
        ('", "', 0.1),
        (": b", 0.25),
        ('"]', 0.1),
    ]
    pieces = rows(row(), unsure, [("{", 0.5), ("}", 0.5)], quoting)
    raw = "".join(token for token, _ in pieces)
    numbered = [(token, math.log(p)) for token, p in pieces]
    answer = Answer(None, raw, "m", logprobs=tuple(numbered))
    sure = [1.0, *(p for _, p in SURE), SURE_OF_NUMBER]
    first, second, third, last = statement_confidences(answer, 4)
    assert first == pytest.approx(math.prod(sure) ** (1 / len(sure)), abs=2e-4)
    assert (second, third, last) == (0.5, None, 0.25)
    assert statement_confidences(answer, 3) == [None] * 3  # not the rows that were read


@pytest.mark.parametrize(
    "given",
    [
        None,
        lambda _: {},
        lambda _: {"content": None},
        lambda _: {"content": []},
        lambda pieces: logprobs(pieces[:-1]),
        lambda _: {"content": [{"token": 1, "logprob": None}]},
        lambda _: "none",
    ],
    ids=["absent", "empty", "null", "no-tokens", "not-all", "no-numbers", "text"],
)
def test_unknown_where_the_server_does_not_say(
    httpserver: HTTPServer, prompt: str, given: Any
) -> None:
    """The statement is there all the same; its confidence is None."""
    reader, _ = reading(httpserver, prompt, given)
    with reader:
        (position,) = reader.summarize(TEXT).positions
    assert position.confidence is None


def test_a_model_that_knows_no_logprobs_is_asked_without(
    httpserver: HTTPServer, prompt: str
) -> None:
    """As reasoning models."""
    reader, asked = reading(httpserver, prompt, None, knows=False)
    with reader:
        (position,) = reader.summarize(TEXT).positions
    assert position.confidence is None
    assert not any("top_logprobs" in request for request in asked[1:])
    assert ["logprobs" in request for request in asked] == [True] + [False] * (len(asked) - 1)


def test_released_prompts_do_not_ask_for_what_they_did_not_use(httpserver: HTTPServer) -> None:
    """The requests of v1 stay as they were recorded."""
    reader, asked = reading(httpserver, "v1", None)
    with reader:
        reader.summarize(TEXT)
    assert "logprobs" not in asked[0]
