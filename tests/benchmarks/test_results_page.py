"""The benchmark's page is made from its figures, and says which targets are met."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from parts import Figure, Part  # noqa: E402 found by its folder

from report import PARTS, to_markdown  # noqa: E402

MACHINE = {"day": "2026-01-31", "cores": 2, "processor": "x", "load": 0.1, "yardstick_ms": 20.0, "python": "3.11",
           "libraries": {"openai": "3"}}  # fmt: skip


def results(*figures: Figure) -> dict[str, Any]:
    rows: list[dict[str, str | float]] = [{"library": "openai", "calls": 1200, "ms": 1.234}]
    return {"calls": {**Part(list(figures), rows).as_json(), "is_brief": True, "machine": MACHINE}}


def test_the_page_in_the_repository_is_that_of_its_figures() -> None:
    """Neither is edited by hand."""
    figures = json.loads((HERE / "results.json").read_text(encoding="utf-8"))
    assert (HERE / "results.md").read_text(encoding="utf-8") == to_markdown(figures)
    assert figures.keys() <= PARTS.keys()


def test_a_figure_is_compared_with_its_target() -> None:
    page = to_markdown(
        results(
            Figure("growth", 1.2, 1.1), Figure("share", 96, 95, ">=", "%"), Figure("free", 3.0)
        )
    )  # fmt: skip
    assert "| growth | 1.20 | ≤ 1.1 | missed |" in page
    assert "| share | 96 % | ≥ 95 % | met |" in page
    assert "| free | 3.00 |  |  |" in page


def test_each_part_has_its_table_and_its_machine() -> None:
    page = to_markdown(results())
    assert "| library | calls | ms |\n| --- | --- | --- |\n| openai | 1,200 | 1.23 |" in page
    assert "2026-01-31, 2 cores (x), load 0.1" in page
    assert "measured briefly" in page


def test_every_part_can_be_measured() -> None:
    """Its module is there."""
    assert all((HERE / f"{name}.py").is_file() for name in PARTS)
