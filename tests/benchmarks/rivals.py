"""langextract and plain instructor on the same server and articles: articles a second, and tokens.

The peers run in an environment of their own (`README.md` says how to make it), each by a process of
`rivals_worker.py`, with the task and the settings of `peers/`.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.request import urlopen

from libraries import Communique, Work
from loopback import article_text, loopback_server
from parts import Figure, Options, Part, Row, timed

__all__ = ["measure"]

_HERE = Path(__file__).parent
_AFTER = "after/2.0/0.25"
_IN_FLIGHT = 32
_NAMES = ("langextract", "langextract-whole", "instructor")
"""``langextract-whole`` sends each article in one request, against its documentation's advice."""


def measure(options: Options) -> Part:
    """Let each library read the same articles with as many requests in flight.

    Raises:
        SystemExit: there is no environment of the peers.
    """
    if options.peers is None:
        raise SystemExit("rivals: name the peers' interpreter with --peers; see README.md")
    count = _IN_FLIGHT * options.of(5, 2)
    with loopback_server() as server, TemporaryDirectory() as scratch:
        task = _write_task(Path(scratch) / "task.json")
        rows = [_row("communique", count, *asyncio.run(_communique(server, count)))]
        for name in _NAMES:
            command = [options.peers, _HERE / "rivals_worker.py", name, task]
            command += [f"{server}/{_AFTER}/as/{name}/v1", str(count), str(_IN_FLIGHT)]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            rows.append(_row(name, count, **json.loads(done.stdout)))
        with urlopen(f"{server}/counts") as answer:
            counts = json.load(answer)
    for row in rows:
        for key, value in counts[row["library"]].items():
            row[f"{key.replace('_', ' ')} an article"] = value / count
    ours, *theirs = (float(row["articles/s"]) for row in rows)
    figures = [
        Figure(f"articles/s relative to {name}", ours / rate, 1.5 if name == "langextract" else None, ">=")
        for name, rate in zip(_NAMES, theirs, strict=True)
    ]  # fmt: skip
    return Part(figures, rows)


def _write_task(path: Path) -> Path:
    command = [sys.executable, _HERE / "peers" / "peer_task.py", path]
    subprocess.run(command, check=True)
    return path


async def _communique(server: str, count: int) -> tuple[float, float]:
    texts = [article_text(number) for number in range(count)]
    library = Communique(f"{server}/{_AFTER}/as/communique/v1", Work(texts, []))
    seconds, cpu = await timed(library.ask_many(range(count), _IN_FLIGHT))
    await library.close()
    return seconds, cpu


def _row(name: str, count: int, seconds: float, cpu: float) -> Row:
    return {"library": name, "articles/s": count / seconds, "CPU ms an article": 1000 * cpu / count}
