"""Thousands of articles, a server that fails at random: each ends once, and nothing is left.

    python tests/stress/chaos.py --articles 5000 --faulty 0.3 --concurrency 64 --seed 1

Prints a line of JSON and exits with 1 if an article is lost, doubled or of the wrong outcome,
if memory grew, or if a task, thread or socket is left.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from communique import Failure, Summarizer, Summary

__all__ = ["Report", "run_chaos"]

Reply = bytes | None
"""What is sent before the connection ends; None: nothing, and it is reset."""


def _http(status: int, body: str, headers: str = "") -> bytes:
    head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\n{headers}"
    return f"{head}Content-Length: {len(body.encode())}\r\n\r\n{body}".encode()


def _chat(content: str, finish: str = "stop") -> bytes:
    message = {"role": "assistant", "content": content}
    choice = {"index": 0, "finish_reason": finish, "message": message}
    usage = {"prompt_tokens": 50, "completion_tokens": 10, "total_tokens": 60}
    return _http(200, json.dumps({"model": "chaos-1", "choices": [choice], "usage": usage}))


# The faults that pass, and those for which an article ends as a failure.
PASSING: tuple[Callable[[], Reply], ...] = (
    lambda: None,
    lambda: b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{",
    lambda: _http(503, "{}", "Retry-After: 0\r\n"),
    lambda: _http(500, "oops", "Retry-After: 0\r\n"),
    lambda: _http(429, "{}", "Retry-After: 0\r\n"),
)
BROKEN = _chat("no JSON at all")
FINAL: dict[str, bytes] = {
    "ProviderError": _http(400, "{}"),
    "TruncatedReply": _chat('{"gist": "', "length"),
    "RefusedReply": _chat("", "content_filter"),
}


class _Server:
    """Answers each request well, or, by the seed, with a fault."""

    def __init__(self, faulty: float, seed: int) -> None:
        self._random = random.Random(seed)
        self._faulty = faulty
        self.requests = 0
        self.faults: Counter[str] = Counter()
        self.doomed: dict[str, str] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        start = asyncio.start_server(self._serve, "127.0.0.1", 0)
        self._server = asyncio.run_coroutine_threadsafe(start, self._loop).result()
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/v1"

    def close(self) -> None:
        async def end() -> None:
            self._server.close()
            for task in asyncio.all_tasks() - {asyncio.current_task()}:
                task.cancel()
            await asyncio.sleep(0.05)

        asyncio.run_coroutine_threadsafe(end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
                length = int(head.split("content-length:")[1].split("\r\n")[0])
                body = json.loads(await reader.readexactly(length))
                reply = self._reply(body)
                if reply is None:
                    writer.transport.abort()
                    return
                writer.write(reply)
                await writer.drain()
                if reply.startswith(b"HTTP/1.1 200 OK\r\nContent-Length: 900"):
                    return
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    def _reply(self, body: dict[str, Any]) -> Reply:
        self.requests += 1
        article = body["messages"][-1]["content"].rpartition("Article number ")[2].split(".")[0]
        kind = self._random.random()
        if kind >= self._faulty:
            return _chat(json.dumps({"gist": f"Number {article}.", "statements": []}))
        pick = self._random.random()
        if pick < 0.9:
            self.faults["passing"] += 1
            return self._random.choice(PASSING)()
        if pick < 0.97:
            self.faults["broken"] += 1
            return BROKEN
        self.faults["final"] += 1
        error = self._random.choice(sorted(FINAL))
        self.doomed[article] = error
        return FINAL[error]


@dataclass
class Report:
    """What came of a run.

    Attributes:
        problems: what should not have been; empty if all is well.
    """

    articles: int
    summaries: int = 0
    failures: Counter[str] = field(default_factory=Counter)
    requests: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    megabytes_grown: float = 0.0
    problems: list[str] = field(default_factory=list)


def run_chaos(articles: int, faulty: float, concurrency: int, seed: int) -> Report:
    """Read a number of articles from a server with a given share of faulty replies."""
    report = Report(articles)
    server = _Server(faulty, seed)
    threads_before = set(threading.enumerate())
    seen: Counter[int] = Counter()
    sizes: list[float] = []
    started = time.perf_counter()
    tasks_left = asyncio.run(_read(server, report, concurrency, seen, sizes))
    report.seconds = round(time.perf_counter() - started, 1)
    report.requests, report.faults = server.requests, server.faults
    server.close()
    gc.collect()
    if tasks_left:
        report.problems.append(f"{tasks_left} tasks are left")
    left = set(threading.enumerate()) - threads_before
    left = {thread for thread in left if thread.is_alive() and "asyncio" not in thread.name}
    if left:
        report.problems.append(f"threads are left: {left}")
    if wrong := [n for n in range(articles) if seen[n] != 1]:
        report.problems.append(f"not exactly once: articles {wrong[:5]}, {len(wrong)} in all")
    middle, end = sizes[len(sizes) // 2], sizes[-1]
    report.megabytes_grown = round(end - middle, 1)
    if report.megabytes_grown > 30:
        report.problems.append(f"memory grew by {report.megabytes_grown} MB in the second half")
    return report


async def _read(
    server: _Server, report: Report, concurrency: int, seen: Counter[int], sizes: list[float]
) -> int:
    texts = (f"Talks went on. Article number {n}." for n in range(report.articles))
    files_before = _open_files()
    async with Summarizer(
        model="openai/chaos", base_url=server.url, api_key="none", prompt="v1", max_attempts=8
    ) as reader:
        async for outcome in reader.asummarize_many(texts, concurrency=concurrency):
            number = _check(outcome, server, report)
            seen[number] += 1
            if sum(seen.values()) % max(1, report.articles // 20) == 0:
                sizes.append(_resident_megabytes())
    await asyncio.sleep(0.1)
    if (files := _open_files()) > files_before + 2:
        report.problems.append(f"{files - files_before} sockets or files are left")
    return len(asyncio.all_tasks()) - 1


def _check(outcome: Summary | Failure, server: _Server, report: Report) -> int:
    """The article's number; what is wrong about its outcome goes into the report."""
    if isinstance(outcome, Summary):
        report.summaries += 1
        number = outcome.article.text.rpartition(" ")[2].rstrip(".")
        if outcome.gist != f"Number {number}.":
            report.problems.append(f"article {number} has the answer {outcome.gist!r}")
        if number in server.doomed:
            report.problems.append(f"article {number} should have failed")
        return int(number)
    report.failures[outcome.error] += 1
    expected = server.doomed.get(str(outcome.index))
    if outcome.error != expected and outcome.error not in {
        "InvalidReply", "ProviderUnavailable", "RateLimited",
    }:  # fmt: skip
        report.problems.append(f"article {outcome.index}: {outcome.error}, not {expected}")
    if outcome.article is None or outcome.attempts < 1:
        report.problems.append(f"article {outcome.index} lost its text or its attempts")
    return outcome.index


def _open_files() -> int:
    folder = Path("/proc/self/fd")
    return len(os.listdir(folder)) if folder.exists() else 0  # noqa: PTH208


def _resident_megabytes() -> float:
    path = Path("/proc/self/statm")
    pages = int(path.read_text().split()[1]) if path.exists() else 0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6 if pages else 0.0


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description="Read articles from a server that fails.")
    parser.add_argument("--articles", type=int, default=5000)
    parser.add_argument("--faulty", type=float, default=0.3, help="share of faulty replies")
    parser.add_argument("--concurrency", type=int, default=64)
    parser.add_argument("--seed", type=int, default=1)
    report = run_chaos(**vars(parser.parse_args()))
    sys.stdout.write(json.dumps(vars(report)) + "\n")
    raise SystemExit(1 if report.problems else 0)


if __name__ == "__main__":
    main()
