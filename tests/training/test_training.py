"""The training package: what it reads, what it writes, and that its modules can be imported."""

from __future__ import annotations

import hashlib
import shutil
import tomllib
from importlib import import_module
from pathlib import Path

import pytest

import communique_weights
from communique_training import manifest
from communique_training.labelled import read_articles, read_sentences
from communique_training.manifest import ARTICLES, Language, read_selection, write_weights

LANGUAGES: tuple[Language, ...] = ("english", "multilingual")
# What a module needs that the tests' environment may lack.
NEEDS = {
    "adapted_model": ("peft", "torch", "transformers"),
    "adapter_file": ("gguf", "torch"),
    "articles": (),
    "conversations": (),
    "embed": (),
    "fit": ("sklearn",),
    "fit_adapter": ("gguf", "peft", "torch", "transformers"),
    "fit_encoder": ("gguf", "sklearn", "torch", "transformers"),
    "fit_probe": ("sklearn",),
    "labelled": (),
    "manifest": (),
    "regression": ("sklearn",),
    "weigh": ("sklearn",),
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
    """The manifest names all files, and none that is not there."""
    there = {path.stem for path in ARTICLES.glob("*.yaml")}
    english = read_selection("english")
    assert set(english.articles) < there  # the others came after its words were fitted
    assert english.held_out <= there
    assert set(read_selection("multilingual").articles) < there
    assert set(read_selection("adapter").articles) == there


def test_articles_are_held_out() -> None:
    """Every fifth English article of some files, or those that are named."""
    english, adapter = read_selection("english"), read_selection("adapter")
    assert [n for n in range(1, 13) if english.holds_out(f"g1-{n}", "en")] == [1, 6, 11]
    assert not english.holds_out("g1-6", "fr")
    assert not english.holds_out("a1-6", "en")
    held_out = {article.name for article in read_articles("adapter") if article.held_out}
    assert held_out == adapter.held_out


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_weights_were_fitted_on_these_sentences(language: Language) -> None:
    """As many as the manifest selects; their labels have been revised since."""
    fitted = [sentence for sentence in read_sentences(language) if not sentence.held_out]
    path = communique_weights.folder(language) / "words.toml"
    figures = tomllib.loads(path.read_text(encoding="utf-8"))
    assert figures["sentences"] == len(fitted)
    assert figures["articles"] == len({sentence.group for sentence in fitted})


def test_the_encoder_was_weighed_on_the_sentences_held_out() -> None:
    """As many as the figures beside the encoder say; all are in English."""
    held_out = [sentence for sentence in read_sentences("english") if sentence.held_out]
    path = communique_weights.folder("english") / "encoder.toml"
    assert tomllib.loads(path.read_text(encoding="utf-8"))["sentences"] == len(held_out)
    assert {sentence.language for sentence in held_out} == {"en"}


def test_weights_that_are_written_are_in_the_manifest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file is written together with its hash; one that the manifest lacks is refused."""
    ours = communique_weights.folder("english").parent
    shutil.copy(ours / "manifest.toml", tmp_path)
    (tmp_path / "english").mkdir()
    monkeypatch.setattr(communique_weights, "__file__", str(tmp_path / "__init__.py"))
    write_weights("english/heads.bin", b"other weights")
    assert (tmp_path / "english" / "heads.bin").read_bytes() == b"other weights"
    before = tomllib.loads((ours / "manifest.toml").read_text(encoding="utf-8"))["file"]
    after = tomllib.loads((tmp_path / "manifest.toml").read_text(encoding="utf-8"))["file"]
    changed = [new for old, new in zip(before, after, strict=True) if old != new]
    (entry,) = changed
    assert entry["path"] == "english/heads.bin"
    assert entry["sha256"] == hashlib.sha256(b"other weights").hexdigest()
    with pytest.raises(ValueError, match=r"no entry for english/more\.bin"):
        write_weights("english/more.bin", b"")
