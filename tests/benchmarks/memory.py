"""Peak memory of `communique.batch` over a short and over a long archive."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from parts import Figure, Options, Part, Row

__all__ = ["measure"]

_WORKER = Path(__file__).with_name("memory_worker.py")


def measure(options: Options) -> Part:
    """Read two archives, each in a process of its own."""
    counts = (options.of(10_000, 1_000), options.of(100_000, 10_000))
    rows = [_row(count) for count in counts]
    growth = float(rows[1]["peak MB"]) - float(rows[0]["peak MB"])
    what = f"memory for {counts[1]:,} articles instead of {counts[0]:,}"
    return Part([Figure(what, growth, 30, unit="MB")], rows)


def _row(count: int) -> Row:
    with TemporaryDirectory() as scratch:
        environment = {**os.environ, "COMMUNIQUE_CACHE_DIR": scratch}
        command = [sys.executable, _WORKER, str(count), scratch]
        done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE)
        return {"articles": count, **json.loads(done.stdout)}
