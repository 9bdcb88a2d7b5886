"""A batch that is killed again and again: in the end each article has its outcome once.

    python tests/stress/kills.py --articles 2000 --kills 3 --concurrency 16 --seed 1

Runs `communique batch` in a process of its own against a server on loopback, ends it by `kill -9`
at random moments, and starts it again with the same command. Prints a line of JSON and exits with
1 if an outcome is missing, doubled, torn or wrong, or if more was asked than had to be.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))

from loopback import article_reply, article_text

__all__ = ["CountingServer", "Report", "run_kills"]


class CountingServer:
    """Answers about `article_text`'s articles after a pause.

    Attributes:
        requests: how often it was asked about each article.
        url: root of its API.
    """

    def __init__(self, seconds: float) -> None:
        self.requests: Counter[int] = Counter()
        self._seconds = seconds
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        start = asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=512)
        self._server = asyncio.run_coroutine_threadsafe(start, self._loop).result()
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/v1"

    def close(self) -> None:
        """Stop listening."""

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
        with contextlib.suppress(
            asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError
        ):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = re.search(rb"(?i)\ncontent-length: *(\d+)", head)
                body = await reader.readexactly(int(length[1]) if length else 0)
                found = re.search(rb"Dispatch (\d+)", body)
                number = int(found[1]) if found else -1
                self.requests[number] += 1
                await asyncio.sleep(self._seconds)
                answer = _completion(number)
                lines = ["HTTP/1.1 200 OK", "content-type: application/json"]
                lines += [f"content-length: {len(answer)}", "", ""]
                writer.write("\r\n".join(lines).encode() + answer)
                await writer.drain()
        writer.close()


def _completion(number: int) -> bytes:
    message = {"role": "assistant", "content": article_reply(number), "refusal": None}
    usage = {"prompt_tokens": 1800, "completion_tokens": 220, "total_tokens": 2020}
    choice = {"index": 0, "finish_reason": "stop", "logprobs": None, "message": message}
    body = {"id": "x", "object": "chat.completion", "created": 1, "model": "test"}
    return json.dumps({**body, "choices": [choice], "usage": usage}).encode()


@dataclass
class Report:
    """What came of a batch.

    Attributes:
        kept: number of whole outcomes at each kill.
        torn: number of half lines that the kills left.
        problems: what should not have been; empty if all is well.
    """

    articles: int
    kills: int
    concurrency: int
    outcomes: int = 0
    requests: int = 0
    kept: list[int] = field(default_factory=list[int])
    torn: int = 0
    seconds: float = 0.0
    problems: list[str] = field(default_factory=list[str])


def run_kills(articles: int, kills: int, concurrency: int, seed: int) -> Report:
    """Run a batch to its end, and kill it some times on the way."""
    report = Report(articles, kills, concurrency)
    chance = random.Random(seed)
    started = time.perf_counter()
    server = CountingServer(seconds=0.05)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows = ({"id": f"n{n}", "text": article_text(n)} for n in range(articles))
        lines = (json.dumps(row) + "\n" for row in rows)
        (folder / "in.jsonl").write_text("".join(lines), encoding="utf-8")
        try:
            for at in sorted(chance.sample(range(1, articles), kills)):
                _run(folder, server.url, concurrency, until=at)
                _look(folder / "out.jsonl", report)
            _run(folder, server.url, concurrency)
        finally:
            server.close()
        _check(folder / "out.jsonl", server.requests, report)
    report.seconds = round(time.perf_counter() - started, 1)
    return report


def _run(folder: Path, url: str, concurrency: int, until: int | None = None) -> None:
    """Run the command to its end, or until it has written some outcomes."""
    command = ["batch", "in.jsonl", "--output", "out.jsonl", "--quiet", "--no-cache"]
    command += ["--model", "openai/test", "--base-url", url, "--concurrency", str(concurrency)]
    environment = {**os.environ, "COMMUNIQUE_API_KEY": "none"}
    run = [sys.executable, "-m", "communique", *command]
    with subprocess.Popen(run, cwd=folder, env=environment) as process:
        while until is not None and process.poll() is None:
            if _size(folder / "out.jsonl") >= until:
                process.send_signal(signal.SIGKILL)
                break
            time.sleep(0.002)
        code = process.wait()
    if code not in {0, -signal.SIGKILL}:
        raise RuntimeError(f"the batch ended with {code}")


def _size(path: Path) -> int:
    return path.read_bytes().count(b"\n") if path.exists() else 0


def _look(path: Path, report: Report) -> None:
    """Look at an output that was left by a kill."""
    whole, _, torn = path.read_bytes().rpartition(b"\n")
    report.torn += bool(torn)
    report.kept.append(len(whole.splitlines()))


def _check(path: Path, requests: Counter[int], report: Report) -> None:
    found = list(_outcomes(path, report))
    report.outcomes, report.requests = len(found), requests.total()
    counts = Counter(outcome["index"] for outcome in found)
    if wrong := [n for n in range(report.articles) if counts[n] != 1]:
        report.problems.append(f"not exactly once: rows {wrong[:5]}, {len(wrong)} in all")
    for outcome in found:
        number, article = outcome["index"], outcome["article"]
        if article["id"] != f"n{number}" or article["text"] != article_text(number):
            report.problems.append(f"row {number} has the outcome of {article['id']}")
        if outcome["gist"] != json.loads(article_reply(number))["gist"]:
            report.problems.append(f"row {number} has the answer {outcome['gist']!r}")
    if report.requests > report.articles + report.kills * report.concurrency:
        report.problems.append(f"{report.requests} requests for {report.articles} articles")
    if any(count > 1 + report.kills for count in requests.values()):
        report.problems.append("an article was asked about twice in one run")


def _outcomes(path: Path, report: Report) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(path.read_bytes().split(b"\n")[:-1], start=1):
        try:
            yield json.loads(line)
        except ValueError:
            report.problems.append(f"line {number} is torn")


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description="Kill a batch, and go on with it.")
    parser.add_argument("--articles", type=int, default=2000)
    parser.add_argument("--kills", type=int, default=3)
    parser.add_argument("--concurrency", type=int, default=16)
    parser.add_argument("--seed", type=int, default=1)
    report = run_kills(**vars(parser.parse_args()))
    sys.stdout.write(json.dumps(vars(report)) + "\n")
    raise SystemExit(1 if report.problems else 0)


if __name__ == "__main__":
    main()
