"""Measure what communique costs on top of the openai client, next to plain instructor.

    python tests/benchmarks/overhead.py [--json FILE]

Two measurements against a loopback server in a process of its own:

- calls one after the other, the three libraries in turns: milliseconds and CPU milliseconds a
  call, and how many of them are added to the bare client's call about the same article;
- many calls in flight against a server that takes seconds: articles a second, in percent of what
  that many connections could carry if the client took no time. Without ``--jitter`` the calls
  begin together and stay together, so each round lasts the latency and the client's time for all
  of them; with ``--jitter 0.25`` they spread as they do on a real server.

All three send the same messages: communique's requests are kept by the server first, and the bare
client sends the same bytes. Only the public API is used, so older versions of the library can be
measured by putting their ``src`` on PYTHONPATH.
"""

from __future__ import annotations

import argparse
import asyncio
import heapq
import json
import os
import platform
import sys
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import mean, median
from typing import Any, Literal
from urllib.request import urlopen

import instructor
import openai
from loopback import KINDS, article_reply, article_text, delay, loopback_server
from pydantic import BaseModel, ConfigDict

import communique
from communique import Summarizer, Summary

WARM_UP = 20

Request = dict[str, Any]
Figures = dict[str, float]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Position(_Strict):
    kind: Literal["position"]
    actor: str
    on_behalf_of: str | None
    issue: str
    stance: Literal["supports", "opposes", "conditional", "undecided"]
    sentences: list[int]


class Condition(_Strict):
    kind: Literal["condition"]
    actor: str
    on_behalf_of: str | None
    outcome: str | None
    relation: Literal["if", "only_if", "unless", "until", "after", "before"]
    condition: str
    sentences: list[int]


class Threat(_Strict):
    kind: Literal["threat"]
    actor: str
    on_behalf_of: str | None
    target: str
    action: str
    trigger: str | None
    means: Literal["military", "nuclear", "economic", "diplomatic", "legal", "cyber", "other"]
    sentences: list[int]


class Agreement(_Strict):
    kind: Literal["agreement"]
    parties: list[str]
    subject: str
    status: Literal["proposed", "negotiating", "agreed", "in_force", "rejected", "suspended", "violated", "ended"]  # fmt: skip
    sentences: list[int]


class Reply(_Strict):
    """The fields of communique's own reply, as a user of instructor would declare them."""

    gist: str
    statements: list[Position | Condition | Threat | Agreement]


@dataclass(frozen=True, slots=True)
class Work:
    """The articles, and what communique sends about each of them."""

    texts: list[str]
    requests: list[Request]


class Bare:
    """The openai client by itself: the answer stays the text that it is."""

    def __init__(self, base_url: str, work: Work) -> None:
        self._client = openai.AsyncOpenAI(base_url=base_url, api_key="none", max_retries=0)
        self._work = work

    async def ask(self, number: int) -> None:
        """Ask about one article."""
        completion = await self._client.chat.completions.create(**self._work.requests[number])
        assert completion.choices[0].message.content == article_reply(number)

    async def ask_many(self, numbers: Iterable[int], in_flight: int) -> None:
        """Ask about many articles, a number of them at a time."""
        free = asyncio.Semaphore(in_flight)

        async def ask(number: int) -> None:
            async with free:
                await self.ask(number)

        await asyncio.gather(*map(ask, numbers))

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()


class Instructor(Bare):
    """Plain instructor: the answer becomes a `Reply`."""

    def __init__(self, base_url: str, work: Work) -> None:
        super().__init__(base_url, work)
        self._instructor = instructor.from_openai(self._client, mode=instructor.Mode.JSON_SCHEMA)

    async def ask(self, number: int) -> None:
        """See `Bare.ask`."""
        request = {**self._work.requests[number]}
        del request["response_format"]
        reply = await self._instructor.create(response_model=Reply, **request)
        assert len(reply.statements) == KINDS


class Communique:
    """communique: the article becomes a `Summary`, evidence included."""

    def __init__(self, base_url: str, work: Work) -> None:
        self._summarizer = Summarizer(
            model="openai/test", base_url=base_url, api_key="none", prompt="v1"
        )
        self._work = work

    async def ask(self, number: int) -> None:
        """See `Bare.ask`."""
        _check(await self._summarizer.asummarize(self._work.texts[number]))

    async def ask_many(self, numbers: Iterable[int], in_flight: int) -> None:
        """See `Bare.ask_many`."""
        texts = [self._work.texts[number] for number in numbers]
        async for outcome in self._summarizer.asummarize_many(texts, concurrency=in_flight):
            _check(outcome)

    async def close(self) -> None:
        """See `Bare.close`."""
        await self._summarizer.aclose()


Library = Bare | Communique
LIBRARIES: dict[str, Callable[[str, Work], Library]] = {
    "openai": Bare,
    "instructor": Instructor,
    "communique": Communique,
}


def main() -> None:
    """Measure, print, and write if asked to."""
    parser = argparse.ArgumentParser(description="Measure what communique adds to a call.")
    parser.add_argument("--calls", type=int, default=300, help="in turns; 0: skip this part")
    parser.add_argument("--articles", type=int, default=640, help="in flight; 0: skip this part")
    parser.add_argument("--latency", type=float, default=2.0, help="seconds, of the server")
    parser.add_argument("--jitter", type=float, default=0.0, help="share by which latencies differ")
    parser.add_argument("--in-flight", type=int, default=128)
    parser.add_argument("--json", type=Path, help="file for the figures")
    arguments = parser.parse_args()
    figures = asyncio.run(_measure(arguments))
    sys.stdout.write(_tables(figures))
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


async def _measure(arguments: argparse.Namespace) -> dict[str, Any]:
    figures: dict[str, Any] = {
        "library": str(Path(communique.__file__).parent),
        "versions": {name: version(name) for name in ("openai", "instructor", "pydantic")},
        "machine": f"{os.cpu_count()} cores, Python {platform.python_version()}",
        "options": {**vars(arguments), "json": None},
    }
    with loopback_server() as server:
        count = max(arguments.calls, arguments.articles, WARM_UP)
        texts = [article_text(number) for number in range(count)]
        work = Work(texts, await requests_about(server, texts))
        if arguments.calls:
            figures["calls"] = await _measure_calls(server, work, arguments.calls)
        if arguments.articles:
            figures["in_flight"] = {
                name: await _measure_in_flight(
                    make(f"{server}/after/{arguments.latency}/{arguments.jitter}/v1", work),
                    arguments,
                )
                for name, make in LIBRARIES.items()
            }
    return figures


async def requests_about(server: str, texts: list[str]) -> list[Request]:
    """Return communique's requests about articles, as the server received them."""
    library = Communique(f"{server}/kept/v1", Work(texts, []))
    for number in range(len(texts)):
        await library.ask(number)
    await library.close()
    requests = await asyncio.to_thread(_kept_requests, server)
    assert len(requests) == len(texts), "communique sent more than one request an article"
    return requests


def _kept_requests(server: str) -> list[Request]:
    with urlopen(f"{server}/kept") as answer:
        return json.load(answer)


async def _measure_calls(server: str, work: Work, calls: int) -> dict[str, Figures]:
    libraries = {name: make(f"{server}/v1", work) for name, make in LIBRARIES.items()}
    for number in range(WARM_UP):
        for library in libraries.values():
            await library.ask(number)
    timings: dict[str, list[tuple[float, float]]] = {name: [] for name in libraries}
    names = list(libraries)
    for number in range(calls):
        first = number % len(names)
        for name in names[first:] + names[:first]:
            timings[name].append(await _timed(libraries[name].ask(number)))
    for library in libraries.values():
        await library.close()
    return {name: _call_figures(timings[name], timings["openai"]) for name in names}


async def _timed(work: Awaitable[None]) -> tuple[float, float]:
    """Return the seconds and the CPU seconds that it took."""
    started, cpu = time.perf_counter(), time.process_time()
    await work
    return time.perf_counter() - started, time.process_time() - cpu


def _call_figures(mine: list[tuple[float, float]], bare: list[tuple[float, float]]) -> Figures:
    """Return milliseconds a call; what is added is compared article by article."""
    added = [(call - base, cpu - base_cpu) for (call, cpu), (base, base_cpu) in zip(mine, bare, strict=True)]  # fmt: skip
    return {
        "ms": 1000 * median(call for call, _ in mine),
        "added_ms": 1000 * median(call for call, _ in added),
        "cpu_ms": 1000 * median(cpu for _, cpu in mine),
        "added_cpu_ms": 1000 * median(cpu for _, cpu in added),
        "mean_cpu_ms": 1000 * mean(cpu for _, cpu in mine),
    }


async def _measure_in_flight(library: Library, arguments: argparse.Namespace) -> Figures:
    count = arguments.articles
    seconds, cpu = await _timed(library.ask_many(range(count), arguments.in_flight))
    await library.close()
    return {
        "articles_a_second": count / seconds,
        "percent_of_ideal": 100 * _ideal_seconds(arguments) / seconds,
        "cpu_ms_an_article": 1000 * cpu / count,
    }


def _ideal_seconds(arguments: argparse.Namespace) -> float:
    """Return how long the articles take if a connection that is free is used at once."""
    free_at = [0.0] * arguments.in_flight
    for number in range(arguments.articles):
        seconds = delay(number, arguments.latency, arguments.jitter)
        heapq.heapreplace(free_at, free_at[0] + seconds)
    return max(free_at)


def _tables(figures: dict[str, Any]) -> str:
    titles = [figures["library"], figures["machine"]]
    parts = [figures[part] for part in ("calls", "in_flight") if part in figures]
    return "\n\n".join([", ".join(titles), *map(_table, parts)]) + "\n"


def _table(rows: dict[str, Figures]) -> str:
    columns = list(next(iter(rows.values())))
    lines = [f"| | {' | '.join(column.replace('_', ' ') for column in columns)} |"]
    lines += ["| --- " * (len(columns) + 1) + "|"]
    for name, row in rows.items():
        lines.append(f"| {name} | {' | '.join(f'{row[column]:.2f}' for column in columns)} |")
    return "\n".join(lines)


def _check(outcome: object) -> None:
    assert isinstance(outcome, Summary), outcome
    assert len(outcome.statements) == KINDS, outcome.rejected


if __name__ == "__main__":
    main()
