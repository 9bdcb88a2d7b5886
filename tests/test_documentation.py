"""The documentation is true."""

from __future__ import annotations

import doctest
import importlib
import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path


def code_blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def readme(repository: Path) -> str:
    return (repository / "README.md").read_text(encoding="utf-8")


def test_readme_has_the_two_commands_that_ci_runs(readme: str) -> None:
    """`.ci/run` takes its commands from the README: each is one line that starts from pip."""
    lines = [line for line in readme.splitlines() if line.startswith("python -m pip install")]
    summarize, tests = lines[:2]
    assert summarize.startswith("python -m pip install -q uv && uv run ")
    assert summarize.endswith(
        "communique summarize seeds/putin-vladivostok/article.txt --model local"
    )
    assert "pytest" in tests


def test_readme_program_with_a_scripted_model_runs(readme: str) -> None:
    """The block that a user can run without a model runs as it stands."""
    (block,) = [b for b in code_blocks(readme, "python") if "ScriptedModel" in b]
    exec(compile(block, "README.md", "exec"), {})


def test_readme_names_every_setting(readme: str) -> None:
    """Each setting stands in the README's table, and no other."""
    from communique import Settings

    named = set(re.findall(r"`COMMUNIQUE_([A-Z_]+)`", readme))
    # An object can't be given by a variable.
    settable = Settings.model_fields.keys() - {"http_client"}
    assert named == {name.upper() for name in settable} | {"CACHE_DIR"}


@pytest.mark.parametrize("module", ["communique", "communique.testing"])
def test_examples_in_docstrings_run(module: str) -> None:
    """Docstring examples are programs, not prose."""
    failed, tried = doctest.testmod(importlib.import_module(module))
    assert failed == 0
    assert tried
