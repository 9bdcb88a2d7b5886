"""Articles a second against a server that takes two seconds, with 1 to 256 articles in flight."""

from __future__ import annotations

import asyncio
import heapq

from libraries import LIBRARIES, Work, prepare
from loopback import delay, loopback_server
from parts import Figure, Options, Part, Row, timed

__all__ = ["measure"]

_LEVELS = (1, 8, 32, 128, 256)
_UP_TO = 128
_IDEAL = 95.0
_LATENCY = 2.0
_JITTER = 0.25
"""Share by which latencies differ. Without it, calls that begin together stay together."""

_LIBRARIES = ("openai", "communique")


def measure(options: Options) -> Part:
    """Compare with what so many connections would carry if the client took no time.

    The bare client shows how much of the difference is the machine's.
    """
    return asyncio.run(_measure(options.of(5, 3)))


async def _measure(rounds: int) -> Part:
    rows: list[Row] = []
    figures: list[Figure] = []
    with loopback_server() as server:
        work = await prepare(server, rounds * max(_LEVELS))
        for level in _LEVELS:
            for name in _LIBRARIES:
                row = await _row(
                    name, f"{server}/after/{_LATENCY}/{_JITTER}/v1", work, level, rounds
                )
                rows.append(row)
            share = float(rows[-1]["percent of ideal"])
            if level <= _UP_TO:
                figures.append(
                    Figure(f"{level} in flight, share of ideal", share, _IDEAL, ">=", "%")
                )
        cpu = float(rows[-1]["CPU ms an article"])
    return Part([*figures, Figure("CPU time an article", cpu, unit="ms")], rows)


async def _row(name: str, base_url: str, work: Work, in_flight: int, rounds: int) -> Row:
    count = rounds * in_flight
    library = LIBRARIES[name](base_url, work)
    seconds, cpu = await timed(library.ask_many(range(count), in_flight))
    await library.close()
    return {
        "library": name,
        "in flight": in_flight,
        "articles/s": count / seconds,
        "percent of ideal": 100 * _ideal_seconds(count, in_flight) / seconds,
        "CPU ms an article": 1000 * cpu / count,
    }


def _ideal_seconds(count: int, in_flight: int) -> float:
    """Return how long the articles take if a connection that is free is used at once."""
    free_at = [0.0] * in_flight
    for number in range(count):
        heapq.heapreplace(free_at, free_at[0] + delay(number, _LATENCY, _JITTER))
    return max(free_at)
