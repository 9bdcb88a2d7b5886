"""`communique batch --provider-batch` over 2,000 articles, killed three times, against loopback.

    python tests/stress/provider_kills.py [ARTICLES]

The server lets only a third of the tokens be enqueued at once, so the batch is split. The command is
killed (``kill -9``) when a file has been uploaded, when a batch has been created, and when answers
are collected, each time before it learns of it; then it goes on. It prints what was asked and paid.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from batch_server import BatchServer, question  # noqa: E402
from builders import KEY  # noqa: E402

KILL_AT = [("POST", "/v1/files", 1), ("POST", "/v1/batches", 3), ("GET", "/content", 2)]
COMMAND = [
    sys.executable, "-m", "communique", "batch", "in.jsonl", "--output", "out.jsonl",
    "--provider-batch", "--poll-interval", "0.1", "--prompt", "v1", "--no-cache",
]  # fmt: skip
TOKENS = 4_400
"""Tokens of a request, roughly."""


def main(count: int) -> None:
    with BatchServer() as server, tempfile.TemporaryDirectory() as folder:
        server.token_limit = count * TOKENS // 3
        os.chdir(folder)
        write(count)
        left = list(KILL_AT)
        process: subprocess.Popen[bytes] | None = None

        def kill(_: int, method: str, path: str) -> bool:
            if not left or process is None:
                return False
            wanted, end, times = left[0]
            if method != wanted or not path.endswith(end):
                return False
            if sum(m == wanted and p.endswith(end) for m, p in server.log) < times:
                return False
            left.pop(0)
            process.send_signal(signal.SIGKILL)
            return True

        server.drop = kill
        runs, started, code = 0, time.monotonic(), None
        while code not in {0, 6}:
            runs += 1
            process = subprocess.Popen(COMMAND, env=environment(server.url))
            code = process.wait()
            say(f"run {runs}: exit code {code}")
            assert code in {0, 6, -signal.SIGKILL}, code
        report(server, count, runs, time.monotonic() - started)


def write(count: int) -> None:
    with Path("in.jsonl").open("w", encoding="utf-8") as file:
        for n in range(count):
            row = {"id": f"a{n}", "text": f"Ruritania opposes the dam. This is dispatch {n}."}
            file.write(json.dumps(row) + "\n")


def environment(url: str) -> dict[str, str]:
    """Return the variables of the command; a key belongs to the server that it is set with."""
    named = {"MODEL": "openai/test", "BASE_URL": url, "API_KEY": KEY, "CACHE_DIR": "cache"}
    return {**os.environ, **{f"COMMUNIQUE_{name}": value for name, value in named.items()}}


def report(server: BatchServer, count: int, runs: int, seconds: float) -> None:
    with Path("out.jsonl").open(encoding="utf-8") as file:
        ids = Counter(json.loads(line)["article"]["id"] for line in file)
    ordinary = Counter(question(body) for body in server.asked)
    accepted = [batch for batch in server.batches.values() if batch.status != "failed"]
    say(
        f"{count:,} articles, {runs} runs, {seconds:.0f} s: "
        f"{len(ids):,} outcomes, each {max(ids.values())} x; {sum(server.paid.values()):,} answers of "
        f"{len(accepted)} batches paid, each {max(server.paid.values())} x; "
        f"{sum(ordinary.values())} asked in the ordinary way; "
        f"{len(server.batches) - len(accepted)} batches rejected for want of room"
    )
    assert len(ids) == count
    assert max(ids.values()) == max(server.paid.values()) == 1
    assert sum(server.paid.values()) + len(ordinary) == count
    assert not ordinary.keys() & server.paid.keys()


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2_000)
