"""Measure the latency that a service adds to its model's, with many requests at once.

    python tests/benchmarks/service_latency.py [--requests 200] [--rounds 5] [--latency 2]

The service is that of `tests/service/app.py`, in this process; its model is a loopback server in a
process of its own, whose answers take a fixed time. In each round all requests are sent at once,
first to the service's route that summarizes with communique, then to one that sends the same bytes
with the bare openai client and returns the answer as it is, and the other way round in the next
round. What is added is the time until a response comes, less the server's fixed time.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median
from typing import Any

import httpx
import openai
from fastapi import FastAPI
from libraries import Request, prepare
from loopback import KINDS, article_reply, loopback_server

sys.path.insert(0, str(Path(__file__).parents[1] / "service"))

from app import create_app

ROUTES = ("communique", "openai")


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description="Measure the latency that a service adds.")
    parser.add_argument("--requests", type=int, default=200, help="at once")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--latency", type=float, default=2.0, help="seconds, of the model")
    arguments = parser.parse_args()
    added = asyncio.run(_measure(arguments))
    sys.stdout.write(
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, "
        f"Python {platform.python_version()}, {arguments.requests} requests at once, "
        f"{arguments.rounds} rounds, a model that takes {arguments.latency:g} s\n\n"
        "| added, ms | median | p99 | longest | CPU a request |\n| --- | --- | --- | --- | --- |\n"
    )
    for name, (seconds, cpu) in added.items():
        seconds.sort()
        p99 = seconds[max(0, round(len(seconds) * 0.99) - 1)]
        figures = (median(seconds), p99, seconds[-1], cpu / len(seconds))
        sys.stdout.write(f"| {name} | {' | '.join(f'{1000 * s:.0f}' for s in figures)} |\n")


async def _measure(arguments: argparse.Namespace) -> dict[str, tuple[list[float], float]]:
    added: dict[str, list[float]] = {name: [] for name in ROUTES}
    cpu = dict.fromkeys(ROUTES, 0.0)
    with loopback_server() as server:
        work = await prepare(server, arguments.requests)
        texts, requests = work.texts, work.requests
        url = f"{server}/after/{arguments.latency}/0/v1"
        async with _client(url, requests) as client:
            for route in ROUTES:
                await _ask(client, route, 0, texts[0])
            for turn in range(arguments.rounds):
                for route in ROUTES[:: (-1) ** turn]:
                    begun = time.process_time()
                    waits = await asyncio.gather(
                        *(_ask(client, route, number, text) for number, text in enumerate(texts))
                    )
                    cpu[route] += time.process_time() - begun
                    added[route] += [wait - arguments.latency for wait in waits]
    return {route: (added[route], cpu[route]) for route in ROUTES}


@asynccontextmanager
async def _client(url: str, requests: list[Request]) -> AsyncIterator[httpx.AsyncClient]:
    """Yield a client of the service, which has a route for the bare openai client as well."""
    settings: dict[str, Any] = {"api_key": "none", "prompt": "v1"}
    service: FastAPI = create_app(model="openai/test", base_url=url, **settings)
    bare = openai.AsyncOpenAI(base_url=url, api_key="none", max_retries=0, timeout=600)

    @service.post("/answers/{number}")
    async def answer(number: int) -> str | None:
        completion = await bare.chat.completions.create(**requests[number])
        return completion.choices[0].message.content

    transport = httpx.ASGITransport(service)
    async with (
        service.router.lifespan_context(service),
        httpx.AsyncClient(transport=transport, base_url="http://service", timeout=600) as client,
        bare,
    ):
        yield client


async def _ask(client: httpx.AsyncClient, route: str, number: int, text: str) -> float:
    """Return the seconds until the right response came."""
    started = time.perf_counter()
    if route == "openai":
        response = await client.post(f"/answers/{number}")
        seconds = time.perf_counter() - started
        assert response.json() == article_reply(number)
    else:
        response = await client.post("/summaries", json={"text": text})
        seconds = time.perf_counter() - started
        summary = response.json()
        kinds = ("positions", "conditions", "threats", "agreements")
        assert sum(len(summary[kind]) for kind in kinds) == KINDS, response.text
    return seconds


if __name__ == "__main__":
    main()
