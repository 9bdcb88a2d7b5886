"""The page that is made from the benchmark's figures."""

from __future__ import annotations

from typing import Any

__all__ = ["PARTS", "to_markdown"]

PARTS = {
    "calls": "Calls one after the other, on a loopback server that answers at once",
    "in_flight": "Many articles at once, on a loopback server that takes 2 s",
    "start_up": "Start of a process",
    "grounding_time": "Grounding and merging",
    "replay": "Replay of recorded articles",
    "rivals": "Other libraries on the same server, with 32 requests in flight",
}
"""The parts in order, by the module that measures them."""

_HEAD = """\
# Benchmark results

Made by `python tests/benchmarks/run.py` from `results.json`; do not edit. Compare only figures of the
same part: they were measured in one run, and other machines and days differ.

"""


def to_markdown(results: dict[str, Any]) -> str:
    """Return the page: the targets, then each part's table."""
    measured = {name: results[name] for name in PARTS if name in results}
    rows = [_target(figure) for part in measured.values() for figure in part["figures"]]
    page = [_HEAD + _table(["figure", "measured", "target", ""], rows)]
    for name, part in measured.items():
        columns = list(dict.fromkeys(key for row in part["rows"] for key in row))
        lines = [[_shown(row.get(column, "")) for column in columns] for row in part["rows"]]
        page.append(f"## {PARTS[name]}\n\n{_table(columns, lines)}\n{_notes(part)}")
    return "\n".join(page)


def _target(figure: dict[str, Any]) -> list[str]:
    unit = f" {figure['unit']}" if figure["unit"] else ""
    target = figure["target"]
    sign = {"<=": "≤", ">=": "≥"}[figure["sense"]]
    met = {True: "met", False: "missed", None: ""}[figure["is_met"]]
    wanted = "" if target is None else f"{sign} {target:g}{unit}"
    return [figure["what"], f"{_shown(figure['value'])}{unit}", wanted, met]


def _shown(value: str | float) -> str:
    if isinstance(value, float):
        return f"{value:,.2f}" if abs(value) < 100 else f"{value:,.0f}"
    return f"{value:,}" if isinstance(value, int) else value


def _table(columns: list[str], rows: list[list[str]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _notes(part: dict[str, Any]) -> str:
    machine = part["machine"]
    libraries = ", ".join(f"{name} {number}" for name, number in machine["libraries"].items())
    brief = "; measured briefly" if part["is_brief"] else ""
    return (
        f"{machine['day']}, {machine['cores']} cores ({machine['processor']}), load "
        f"{machine['load']} at the beginning, Python {machine['python']}, {libraries}{brief}.\n"
    )
