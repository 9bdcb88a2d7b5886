"""The public surface, and what importing it costs."""

from __future__ import annotations

import json
import subprocess
import sys

import communique

PUBLIC = [
    "Agreement", "Article", "CommuniqueError", "Condition", "Evidence", "Failure", "Position",
    "Progress", "Provenance", "Rejected", "Sentence", "Settings", "Statement", "Summarizer",
    "Summary", "Threat", "Usage", "asummarize", "errors", "json_schema", "local", "stream",
    "summarize", "summarize_many", "testing",
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


def test_json_schema_is_that_of_written_summaries() -> None:
    """Programs in other languages can check a summary by the published schema."""
    schema = communique.json_schema()
    summary = communique.summarize(
        "Talks ended.",
        model=communique.testing.ScriptedModel([{"gist": "Talks.", "statements": []}]),
        prompt="v1",
    )
    assert set(schema["required"]) <= set(summary.model_dump(mode="json"))
    assert set(summary.model_dump(mode="json")) == set(schema["properties"])
