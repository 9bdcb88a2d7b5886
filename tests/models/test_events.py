"""Server-sent events: read alike however the network cuts them, and closed when broken off."""

from __future__ import annotations

import asyncio
import gc
import inspect
from contextlib import aclosing
from itertools import pairwise
from types import AsyncGeneratorType
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug import Response

from builders import answers, summarizer
from communique.errors import CommuniqueError
from communique.models.events import read_events

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from pytest_httpserver import HTTPServer

BODY = (
    b': hello\n\nevent: x\ndata: {"a": 1}\n\ndata:{"b":\r\ndata: 2}\r\nid: 7\r\n\r\n'
    b"data: \xc3\xa9\n\nretry: 5\n\ndata: [DONE]\n\ndata: late\n\n"
)
EVENTS = [b'{"a": 1}', b'{"b":\n2}', b"\xc3\xa9"]


async def pieces_of(body: bytes, cuts: list[int]) -> AsyncGenerator[bytes]:
    borders = [0, *sorted(cut % len(body) for cut in cuts), len(body)]
    for start, end in pairwise(borders):
        yield body[start:end]


def read(body: bytes, cuts: list[int]) -> list[bytes]:
    async def collect() -> list[bytes]:
        return [event async for event in read_events(pieces_of(body, cuts))]

    return asyncio.run(collect())


@given(st.lists(st.integers(0, 10_000), max_size=12))
def test_the_pieces_do_not_matter(cuts: list[int]) -> None:
    assert read(BODY, cuts) == EVENTS


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_the_last_event_needs_no_empty_line(end: str) -> None:
    assert read(b"data: 1\n\ndata: 2" + end.encode(), []) == [b"1", b"2"]


def test_breaking_off_closes_the_response() -> None:
    closed: list[bool] = []

    async def body() -> AsyncGenerator[bytes]:
        try:
            yield b"data: 1\n\n"
            yield b"data: 2\n\n"
        finally:
            closed.append(True)

    async def read_one() -> None:
        async with aclosing(read_events(body())) as events:
            async for _ in events:
                break
        assert closed

    asyncio.run(read_one())


def test_a_fault_in_a_stream_leaves_nothing_open(httpserver: HTTPServer) -> None:
    """A generator left suspended would be closed by the garbage collector, from any thread."""
    error = b'data: {"choices": [{"error": {"code": 400, "message": "no"}}]}\n\n'
    answers(httpserver, lambda: Response(error * 50, content_type="text/event-stream"))
    gc.collect()
    with summarizer(httpserver) as reader, pytest.raises(CommuniqueError) as caught:
        list(reader.stream("Ruritania opposes the dam."))
    assert caught.value
    assert suspended_in("httpx2", "openai", "communique") == []


def suspended_in(*packages: str) -> list[Any]:
    generators = [item for item in gc.get_objects() if isinstance(item, AsyncGeneratorType)]
    return [
        generator
        for generator in generators
        if generator.ag_frame is not None
        and getattr(inspect, "getasyncgenstate", str)(generator) != "AGEN_CREATED"  # never begun
        and generator.ag_frame.f_globals["__name__"].partition(".")[0] in packages
        and generator.ag_frame.f_lasti > 0
    ]
