"""The public surface, and what importing it costs."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import communique
from builders import agreement, condition, position, summary_of, threat
from communique import Article

PUBLIC = [
    "Agreement", "Article", "AsyncStatementStream", "BatchEstimate", "BatchReport", "CommuniqueError",
    "Condition", "Correction", "Dossier", "Evidence",
    "Failure", "Position", "Progress", "Provenance", "Rejected", "Sentence", "Settings",
    "Statement", "StatementStream", "Summarizer", "Summary", "Threat", "Usage", "asummarize",
    "batch", "codes", "dossier", "errors", "estimate_batch", "json_schema", "local", "read_article",
    "read_outcomes", "stream", "summarize", "summarize_many", "testing", "to_duckdb", "to_pandas",
    "to_parquet", "to_polars", "write_report",
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
    "pyarrow",
    "polars",
    "pandas",
    "duckdb",
    "lxml",
    "trafilatura",
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
    paths = Path(communique.__file__).parent.rglob("[!_]*.py")
    places = Counter(path.stem for path in paths)
    assert len(places) > 50
    # What models and what statements have in common, each beside its own.
    assert {name for name, count in places.items() if count > 1} <= {"base"}


def test_json_schema_is_that_of_written_summaries() -> None:
    """Programs in other languages can check a summary by the published schema."""
    text = (
        "Ruritania opposes the dam. Ulmia will close the border if the dam is built. They signed."
    )
    said = [position(1), threat(2, actor="Ulmia", on_behalf_of=None, target="Ruritania"),
            condition(2, actor="Ulmia", outcome="the border", condition="the dam"),
            agreement(3, parties=["Ruritania"]), position(9)]  # fmt: skip
    summary = summary_of(Article(text=text, title="Dam", published="2026-01-31"), *said)
    assert len(summary.statements) == 4
    assert len(summary.rejected) == 1
    schema = communique.json_schema()
    written = json.loads(summary.model_dump_json())
    assert faults(schema, written, schema) == []
    assert set(written) == set(schema["properties"])
    for wrong in ({"gist": 7}, {"mood": "bad"}, {"positions": [{"kind": "threat"}]}):
        assert faults(schema, written | wrong, schema)


TYPES = {"object": dict, "array": list, "string": str, "null": type(None), "integer": int,
         "number": int | float, "boolean": bool}  # fmt: skip


def faults(schema: dict[str, Any], value: Any, root: dict[str, Any], at: str = "$") -> list[str]:
    """Return where a value is not as a JSON schema says, by the keywords that ours uses."""
    if "$ref" in schema:
        return faults(root["$defs"][schema["$ref"].rpartition("/")[2]], value, root, at)
    choices = schema.get("anyOf") or schema.get("oneOf")
    if choices:
        return min((faults(choice, value, root, at) for choice in choices), key=len)
    if value not in schema.get("enum", [schema.get("const", value)]):
        return [f"{at}: {value!r}"]
    if "type" in schema and not isinstance(value, TYPES[schema["type"]]):
        return [f"{at}: not of type {schema['type']}"]
    return _faults_within(schema, value, root, at)


def _faults_within(schema: dict[str, Any], value: Any, root: dict[str, Any], at: str) -> list[str]:
    """Those in the items of a list, or the fields of an object."""
    if isinstance(value, list):
        items = [faults(schema["items"], item, root, f"{at}[{n}]") for n, item in enumerate(value)]
        return [fault for found in items for fault in found]
    if not isinstance(value, dict) or "properties" not in schema:
        return []
    fields = schema["properties"]
    found = [f"{at}: lacks {name}" for name in schema.get("required", []) if name not in value]
    found += [f"{at}: has {name}" for name in value if name not in fields]
    for name in value.keys() & fields.keys():
        found += faults(fields[name], value[name], root, f"{at}.{name}")
    return found
