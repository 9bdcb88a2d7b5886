"""What communique adds to a call, next to what plain instructor adds: the three libraries in turns."""

from __future__ import annotations

import asyncio
from statistics import median

from libraries import LIBRARIES, prepare
from loopback import loopback_server
from parts import Figure, Options, Part, Row, timed

__all__ = ["measure"]

_WARM_UP = 20

Timing = tuple[float, float]


def measure(options: Options) -> Part:
    """Ask about the same articles one after the other.

    What is added to the bare client's call is compared article by article. CPU time counts, since
    it is this process's alone: on a busy machine the wall clock tells more about the others.
    """
    return asyncio.run(_measure(options.of(300, 60)))


async def _measure(calls: int) -> Part:
    with loopback_server() as server:
        work = await prepare(server, max(calls, _WARM_UP))
        libraries = {name: make(f"{server}/v1", work) for name, make in LIBRARIES.items()}
        for number in range(_WARM_UP):
            for library in libraries.values():
                await library.ask(number)
        timings: dict[str, list[Timing]] = {name: [] for name in libraries}
        names = list(libraries)
        for number in range(calls):
            first = number % len(names)
            for name in names[first:] + names[:first]:
                timings[name].append(await timed(libraries[name].ask(number)))
        for library in libraries.values():
            await library.close()
    added = {name: _added(timings[name], timings["openai"]) for name in names}
    ours, theirs = added["communique"][1], added["instructor"][1]
    return Part(
        [Figure("CPU time added to a call, relative to plain instructor", ours / theirs, 1.0)],
        [_row(name, timings[name], added[name]) for name in names],
    )


def _added(mine: list[Timing], bare: list[Timing]) -> Timing:
    pairs = list(zip(mine, bare, strict=True))
    return (
        1000 * median(call[0] - base[0] for call, base in pairs),
        1000 * median(call[1] - base[1] for call, base in pairs),
    )


def _row(name: str, timings: list[Timing], added: Timing) -> Row:
    return {
        "library": name,
        "ms a call": 1000 * median(seconds for seconds, _ in timings),
        "added ms": added[0],
        "CPU ms a call": 1000 * median(cpu for _, cpu in timings),
        "added CPU ms": added[1],
    }
