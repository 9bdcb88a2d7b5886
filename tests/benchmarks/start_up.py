"""How long `import communique` and `communique --help` take, next to `import openai`."""

from __future__ import annotations

import os
import subprocess
import sys

from parts import Figure, Options, Part, Row

__all__ = ["measure"]

_COMMANDS = {
    "python": ["-c", "pass"],
    "import openai": ["-c", "import openai"],
    "import communique": ["-c", "import communique"],
    "communique --help": ["-m", "communique", "--help"],
}


def measure(options: Options) -> Part:
    """Take the CPU time of new processes in turns, and compare without that of Python itself."""
    best = dict.fromkeys(_COMMANDS, float("inf"))
    for _ in range(options.of(9, 3) + 1):  # the first one may have to compile
        for name, arguments in _COMMANDS.items():
            best[name] = min(best[name], _cpu_seconds(arguments))
    net = {name: seconds - best["python"] for name, seconds in best.items()}
    rows: list[Row] = [
        {"command": name, "CPU ms": 1000 * best[name], "without Python's own": 1000 * net[name]}
        for name in _COMMANDS
    ]
    openai = net["import openai"]
    return Part(
        [
            Figure("import communique / import openai", net["import communique"] / openai, 0.15),
            Figure("communique --help / import openai", net["communique --help"] / openai, 0.5),
        ],
        rows,
    )


def _cpu_seconds(arguments: list[str]) -> float:
    with subprocess.Popen([sys.executable, *arguments], stdout=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, arguments
    return usage.ru_utime + usage.ru_stime
