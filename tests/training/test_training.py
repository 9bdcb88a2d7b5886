"""The training package: what it reads, what it writes, and that its modules can be imported."""

from __future__ import annotations

import hashlib
import shutil
import tomllib
from importlib import import_module
from pathlib import Path

import pytest

import communique_weights
from communique.local.catalog import DEFAULT
from communique_training import manifest
from communique_training.articles import LabelledArticle, read_articles
from communique_training.manifest import ARTICLES, read_selection, write_weights

# What a module needs that the tests' environment may lack.
NEEDS = {
    "adapted_model": ("peft", "torch", "transformers"),
    "adapter_file": ("gguf", "torch"),
    "articles": (),
    "conversations": (),
    "fit_adapter": ("gguf", "peft", "torch", "transformers"),
    "manifest": (),
}


def test_every_module_is_named_here() -> None:
    """A new module is tried, too."""
    there = {path.stem for path in Path(manifest.__file__).parent.glob("*.py")}
    assert there == {*NEEDS, "__init__"}


@pytest.mark.parametrize("name", NEEDS)
def test_a_module_can_be_imported(name: str) -> None:
    """Where its libraries are installed, a module loads, and runs nothing by that."""
    for library in NEEDS[name]:
        pytest.importorskip(library)
    assert import_module(f"communique_training.{name}").__all__


def test_every_file_of_articles_is_used() -> None:
    """The manifest names all files once, and none that is not there."""
    there = sorted(path.stem for path in ARTICLES.glob("*.yaml"))
    assert sorted(read_selection().articles) == there


def test_articles_are_held_out(labelled_articles: list[LabelledArticle]) -> None:
    """Those that the manifest names, each of which there is."""
    held_out = {article.name for article in labelled_articles if article.held_out}
    assert held_out == read_selection().held_out


def test_gold_comes_after_the_packages_articles(
    repository: Path, labelled_articles: list[LabelledArticle]
) -> None:
    """Folders that are given are read, too."""
    both = list(read_articles([repository / "seeds"]))
    ours = [article for article in both if not article.is_gold]
    assert ours == labelled_articles == both[: len(ours)]
    assert len(both) > len(ours)


def test_weights_that_are_written_are_in_the_manifest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file is written together with its hash; one that the manifest lacks is refused."""
    ours = Path(communique_weights.__file__).with_name("manifest.toml")
    path = communique_weights.adapter(DEFAULT).relative_to(ours.parent).as_posix()
    shutil.copy(ours, tmp_path)
    monkeypatch.setattr(communique_weights, "__file__", str(tmp_path / "__init__.py"))
    write_weights(path, b"other weights")
    assert (tmp_path / path).read_bytes() == b"other weights"
    (before,) = tomllib.loads(ours.read_text(encoding="utf-8"))["file"]
    (after,) = tomllib.loads((tmp_path / ours.name).read_text(encoding="utf-8"))["file"]
    assert after == before | {"sha256": hashlib.sha256(b"other weights").hexdigest()}
    with pytest.raises(ValueError, match=r"no entry for adapters/more\.gguf"):
        write_weights("adapters/more.gguf", b"")
