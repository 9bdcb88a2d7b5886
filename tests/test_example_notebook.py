"""The example notebooks run, cell by cell, with what is in the repository."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import pytest

for library in ("polars", "pandas", "duckdb", "pyarrow", "vcr"):
    pytest.importorskip(library)

NOTEBOOKS = sorted((Path(__file__).parents[1] / "docs").rglob("*.ipynb"))


def run(source: str, names: dict[str, Any]) -> Any:
    """Run a cell as a notebook does, and return the value of its last line."""
    *lines, last = ast.parse(source).body
    exec(compile(ast.Module(lines, []), "cell", "exec"), names)
    if isinstance(last, ast.Expr):
        return eval(compile(ast.Expression(last.value), "cell", "eval"), names)
    exec(compile(ast.Module([last], []), "cell", "exec"), names)
    return None


@pytest.mark.block_network
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_as_it_stands(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each cell runs after those before it, and shows what was stored for a reader."""
    monkeypatch.chdir(path.parent)
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    names: dict[str, Any] = {}
    shown = 0
    for cell in (cell for cell in cells if cell["cell_type"] == "code"):
        value = run("".join(cell["source"]), names)
        stored = [output for output in cell["outputs"] if output["output_type"] == "execute_result"]
        assert (value is not None) == bool(stored)
        shown += len(stored)
    assert shown >= 5
    assert len(names["events"]) > 5
