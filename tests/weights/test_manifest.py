"""The weights are those that the manifest names, and the manifest names all of them."""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path

import pytest

import communique_weights
from communique.local.catalog import DEFAULT

ROOT = Path(communique_weights.__file__).parent
MANIFEST = tomllib.loads((ROOT / "manifest.toml").read_text(encoding="utf-8"))
FILES = MANIFEST["file"]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file["path"])
def test_a_file_is_what_the_manifest_says(file: dict[str, str]) -> None:
    """Its content has the hash, and it says what made it, of what, and under which licence."""
    assert hashlib.sha256((ROOT / file["path"]).read_bytes()).hexdigest() == file["sha256"]
    assert file["licence"] == "Apache-2.0"
    assert file["holds"]
    assert file["made_of"]
    module = file["made_by"].removeprefix("communique_training.")
    assert (ROOT.parent / "communique_training" / f"{module}.py").is_file()


def test_the_manifest_has_every_file() -> None:
    """No file of weights is there that the manifest does not name: there are adapters alone."""
    there = {path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*/*") if path.is_file()}
    there -= {name for name in there if name.startswith("__pycache__/")}
    assert there == {file["path"] for file in FILES}
    assert {name.partition("/")[0] for name in there} == {"adapters"}


def test_the_versions_agree(repository: Path) -> None:
    """Manifest and distribution have one version, which the library's extra asks for."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == MANIFEST["version"]
    library = tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))
    series = MANIFEST["version"].rpartition(".")[0]
    assert f"communique-weights=={series}.*" in library["project"]["optional-dependencies"]["local"]


def test_there_is_an_adapter_for_the_default_model(repository: Path) -> None:
    """Whose name, and that of the model that it changes, stand in the manifest and the README."""
    path = communique_weights.adapter(DEFAULT)
    (entry,) = [file for file in FILES if file["path"] == path.relative_to(ROOT).as_posix()]
    for text in (entry["made_of"], (ROOT / "README.md").read_text(encoding="utf-8")):
        assert "Qwen2.5-Coder-1.5B-Instruct" in text
        assert "Apache-2.0" in text
