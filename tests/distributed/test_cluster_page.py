"""`docs/how-to/cluster.md` is true: its commands, figures and arithmetic.

`test_on_a_cluster.py` runs its programs for Ray.
"""

from __future__ import annotations

import json
import re
import runpy
import shlex
from typing import TYPE_CHECKING

import pytest
from werkzeug import Response

from builders import PATH, completion
from communique import read_outcomes
from communique.cli import main
from communique.prompts import load_prompt

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_httpserver import HTTPServer


@pytest.fixture
def page(repository: Path) -> str:
    return (repository / "docs" / "how-to" / "cluster.md").read_text(encoding="utf-8")


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)


def commands(page: str) -> list[list[str]]:
    """The page's commands of communique, in words."""
    lines = "\n".join(blocks(page, "console")).replace("\\\n", " ").splitlines()
    return [shlex.split(line)[2:] for line in lines if line.startswith("$ communique ")]


def test_its_figures_are_those_of_today(repository: Path, page: str) -> None:
    """The tables are made of measured figures, and these are of the prompt that is in use."""
    script = repository / "tests" / "benchmarks" / "sizing.py"
    measured = json.loads(script.with_suffix(".json").read_text(encoding="utf-8"))
    assert measured["prompt_sha256"] == load_prompt("v1").sha256, "measure again: see sizing.py"
    assert runpy.run_path(str(script))["with_tables"](page) == page


def test_its_arithmetic_gives_what_the_table_has(
    page: str, capsys: pytest.CaptureFixture[str]
) -> None:
    exec(compile(blocks(page, "python")[-1], "cluster.md", "exec"), {})
    assert capsys.readouterr().out == "53 articles/s, 5.2 h, $166\n"
    assert "| 16 GPUs with vLLM | 53 | 0.052 h, $1.7 | 5.2 h, $170 |" in page


def test_its_command_for_a_server_runs(
    page: str, httpserver: HTTPServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it stands, with another port."""
    pa = pytest.importorskip("pyarrow")
    pq = pytest.importorskip("pyarrow.parquet")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COMMUNIQUE_CACHE_DIR", str(tmp_path / "cache"))
    texts = [f"Ruritania opposes the dam in town {n}." for n in range(3)]
    pq.write_table(pa.table({"text": texts}), "articles.parquet")
    httpserver.expect_request(PATH, method="POST").respond_with_handler(
        lambda _: Response(json.dumps(completion()))
    )
    laptop, server = commands(page)
    words = [httpserver.url_for("/v1") if "127.0.0.1" in word else word for word in server]
    assert words != server
    with pytest.raises(SystemExit, match="0"):
        main(words)
    assert [len(each.statements) for each in read_outcomes("outcomes.jsonl")] == [1, 1, 1]
    assert {*laptop} >= {"batch", "--output", "--model", "local", "--limit"}
