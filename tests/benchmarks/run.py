"""Measure communique, all in one command: figures as JSON, and a table that is made from them.

    python tests/benchmarks/run.py [--only PART …] [--peers PYTHON] [--brief] [--output FOLDER]

Writes ``results.json`` and ``results.md``. Parts that are not measured keep their last figures, with the
machine and the day of theirs. Only the ratios of one part can be compared: machines and days differ.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import sys
from collections.abc import Callable
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

from parts import Options, Part, cpu_seconds

from report import PARTS, to_markdown

__all__ = ["main"]

_HERE = Path(__file__).parent
_PEERS = _HERE.parents[1] / "build" / "peers" / "bin" / "python"
_LIBRARIES = ("openai", "instructor", "pydantic", "httpx2")


def main() -> None:
    """Measure, write, and print the table of targets."""
    parser = argparse.ArgumentParser(description="Measure communique.")
    parser.add_argument("--only", nargs="+", default=list(PARTS), choices=list(PARTS))
    parser.add_argument(
        "--peers", type=Path, default=_PEERS, help="an interpreter with langextract"
    )
    parser.add_argument("--brief", action="store_true", help="measure less, to try a change")
    parser.add_argument("--output", type=Path, default=_HERE, help="folder of the results")
    arguments = parser.parse_args()
    options = Options(arguments.brief, arguments.peers if arguments.peers.exists() else None)
    path = arguments.output / "results.json"
    results: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.exists() else {}
    arguments.output.mkdir(parents=True, exist_ok=True)
    for name in arguments.only:
        sys.stderr.write(f"{name} …\n")
        notes = _machine()
        measure: Callable[[Options], Part] = import_module(name).measure
        results[name] = {**measure(options).as_json(), "is_brief": options.brief, "machine": notes}
        path.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    page = to_markdown(results)
    (arguments.output / "results.md").write_text(page, encoding="utf-8")
    sys.stdout.write(page)


def _machine() -> dict[str, Any]:
    return {
        "day": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "cores": os.cpu_count(),
        "processor": _processor(),
        "load": round(os.getloadavg()[0], 1),
        # CPU time grows, too, where programs share a core's caches and its second thread.
        "yardstick_ms": round(1000 * cpu_seconds(lambda: sum(range(2_000_000)), 5), 1),
        "python": platform.python_version(),
        "libraries": {name: version(name) for name in _LIBRARIES},
    }


def _processor() -> str:
    """Return the processor's name, which only Linux tells in a file."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), ""
    )


if __name__ == "__main__":
    main()
