"""The public surface, and what importing it costs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import communique
from builders import whole

PUBLIC = [
    "Agreement", "Article", "AsyncStatementStream", "CommuniqueError", "Condition", "Evidence",
    "Failure", "Position", "Progress", "Provenance", "Rejected", "Sentence", "Settings",
    "Statement", "StatementStream", "Summarizer", "Summary", "Threat", "Usage", "asummarize",
    "errors", "json_schema", "local", "stream", "summarize", "summarize_many", "testing",
]  # fmt: skip


def test_public_names_are_these_and_exist() -> None:
    """The public names are a contract: changing them is a decision."""
    assert communique.__all__ == PUBLIC
    for name in PUBLIC:
        assert getattr(communique, name) is not None
    assert set(PUBLIC) <= set(dir(communique))


def test_import_loads_nothing_heavy() -> None:
    """`import communique` is for everyone who may never call a model."""
    program = "import sys, json, communique; print(json.dumps(sorted(sys.modules)))"
    output = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    ).stdout
    loaded = {name.partition(".")[0] for name in json.loads(output)}
    heavy = {"openai", "instructor", "vcr", "typer", "rich", "pydantic", "httpx2", "scipy"}
    assert not loaded & heavy


HEAVY = {
    "openai",
    "instructor",
    "vcr",
    "numpy",
    "scipy",
    "rich",
    "httpx2",
    "anthropic",
    "opentelemetry",
}


@pytest.mark.parametrize(
    ("module", "but"),
    [("communique.api", set()), ("communique.cli", set()), ("communique.testing", set()),
     ("communique.errors", {"typer"}), ("communique.settings", {"typer"})],
)  # fmt: skip
def test_what_is_heavy_is_loaded_when_it_is_used(module: str, but: set[str]) -> None:
    """Neither a module of the library nor the command line loads a provider's SDK by itself."""
    program = f"import sys, json, {module}; print(json.dumps(sorted(sys.modules)))"
    output = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    ).stdout
    loaded = {name.partition(".")[0] for name in json.loads(output)}
    assert not loaded & (HEAVY | but)


def test_python_m_communique_is_the_command_line() -> None:
    """For environments in which the script is not on the path."""
    done = subprocess.run(
        [sys.executable, "-m", "communique", "--version"],
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout.startswith("communique 0.")
    missing = subprocess.run(
        [sys.executable, "-m", "communique", "summarize", "no-such-file.txt"],
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert missing.returncode == 2
    assert "there is no file no-such-file.txt" in missing.stderr


def test_no_two_modules_have_one_name() -> None:
    """A name in a traceback, or in the editor's list of tabs, says which module it is."""
    root = Path(communique.__file__).parent
    own = [root / "cli", root / "_internal", root]
    names = [path.stem for folder in own for path in folder.glob("[!_]*.py")]
    assert sorted(names) == sorted(set(names))


def test_json_schema_is_that_of_written_summaries() -> None:
    """Programs in other languages can check a summary by the published schema."""
    schema = communique.json_schema()
    summary = communique.summarize(
        "Talks ended.",
        model=communique.testing.ScriptedModel([whole()]),
        prompt="v1",
    )
    assert set(schema["required"]) <= set(summary.model_dump(mode="json"))
    assert set(summary.model_dump(mode="json")) == set(schema["properties"])
