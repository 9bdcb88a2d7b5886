"""The documentation is true."""

from __future__ import annotations

import doctest
import importlib
import re
import tomllib
from pathlib import Path

import pytest


def code_blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def readme(repository: Path) -> str:
    return (repository / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def install(repository: Path) -> str:
    return (repository / "docs" / "how-to" / "install.md").read_text(encoding="utf-8")


def test_readme_has_the_two_commands_that_ci_runs(readme: str) -> None:
    """`.ci/run` takes its commands from the README: each is one line that starts from pip."""
    lines = [line for line in readme.splitlines() if line.startswith("python -m pip install")]
    summarize, tests = lines[:2]
    assert summarize.startswith("python -m pip install -q uv && uv run ")
    assert summarize.endswith(
        "communique summarize seeds/putin-vladivostok/article.txt --model local"
    )
    assert "pytest" in tests


def test_the_reference_names_every_setting(repository: Path) -> None:
    """Each setting stands in its table, and no other."""
    from communique import Settings

    page = (repository / "docs" / "reference" / "settings.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`COMMUNIQUE_([A-Z_]+)`", page))
    # An object can't be given by a variable.
    settable = Settings.model_fields.keys() - {"http_client"}
    assert named == {name.upper() for name in settable} | {"CACHE_DIR"}


@pytest.mark.parametrize("module", ["communique", "communique.testing"])
def test_examples_in_docstrings_run(module: str) -> None:
    """Docstring examples are programs, not prose."""
    failed, tried = doctest.testmod(importlib.import_module(module))
    assert failed == 0
    assert tried


def test_each_promise_about_security_has_its_test(repository: Path) -> None:
    """Every line names tests, and they exist."""
    text = (repository / "SECURITY.md").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.startswith("|") and "---" not in line]
    promises = [line for line in lines if line != "| promise | test |"]
    assert len(promises) > 20
    for promise in promises:
        named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", promise)
        assert named, promise
        for path, name in named:
            assert f"def {name}(" in (repository / path).read_text(encoding="utf-8"), promise


def test_examples_read_and_write_files_with_an_encoding(repository: Path, readme: str) -> None:
    """The default is another one on Windows. Bytes need none."""
    texts = {"README.md": readme}
    for path in sorted((repository / "docs").rglob("*.md")):
        texts[str(path)] = path.read_text(encoding="utf-8")
    for path in sorted((repository / "src" / "communique").rglob("*.py")):
        source = path.read_text(encoding="utf-8")
        texts[str(path)] = "\n".join(re.findall(r"^\s*(?:>>>|\.\.\.) .*$", source, re.MULTILINE))
    for path, text in texts.items():
        for call in re.findall(r"(?:\bopen|\.read_text|\.write_text)\(.*", text):
            assert "encoding=" in call, f"{path}: {call}"


def test_the_commands_are_there_for_powershell(readme: str, install: str) -> None:
    """The same two as in the README, without `&&`, which Windows PowerShell does not know."""
    (block,) = code_blocks(install, "powershell")
    lines = [line for line in readme.splitlines() if line.startswith("python -m pip install")]
    assert block.splitlines() == [line.replace(" && ", "; ") for line in lines[:2]]


def test_the_documentation_names_the_floors(install: str) -> None:
    """The lower bounds of the dependencies that a program most likely has, too."""
    with (Path(__file__).parents[1] / "pyproject.toml").open("rb") as file:
        project = tomllib.load(file)["project"]
    for package in ("openai", "instructor", "pydantic", "httpx2", "typer"):
        (floor,) = [
            found[1]
            for each in project["dependencies"]
            if (found := re.match(rf"{package}>=([\d.]+)", each))
        ]
        assert re.search(rf"\b{package} {re.escape(floor)}\b", install), package
    for classifier in project["classifiers"]:
        if found := re.search(r"Python :: (3\.\d+)$", classifier):
            assert 11 <= int(found[1].partition(".")[2]) <= 14


def test_the_weights_say_what_they_were_made_of(repository: Path) -> None:
    """The NOTICE goes into the distribution, and names each file of weights."""
    folder = repository / "src" / "communique_weights"
    with (folder / "pyproject.toml").open("rb") as file:
        assert tomllib.load(file)["project"]["license-files"] == ["LICENSE", "NOTICE"]
    notice = (folder / "NOTICE").read_text(encoding="utf-8")
    for path in (folder / "adapters").glob("*.gguf"):
        assert f"adapters/{path.name}\n" in notice
    assert "Qwen2.5-Coder-1.5B-Instruct" in notice
    assert "Changes:" in notice
