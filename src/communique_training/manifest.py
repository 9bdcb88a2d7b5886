"""The two manifests: of the data that weights are fitted on, and of ``communique_weights``."""

from __future__ import annotations

import hashlib
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import communique_weights

__all__ = ["SENTENCES", "Language", "Selection", "read_selection", "write_weights"]

Language = Literal["english", "multilingual"]

SENTENCES = Path(__file__).parent / "sentences"
"""The folder of labelled sentences, with one file per author and day."""


@dataclass(frozen=True)
class Selection:
    """The files that a set of weights is fitted on.

    Attributes:
        sentences: their names, in the order in which they are read.
        held_out: the names of the files from which some articles are excluded.
    """

    sentences: tuple[str, ...]
    held_out: frozenset[str]


def read_selection(language: Language) -> Selection:
    """Return the files that a set of weights is fitted on."""
    path = Path(__file__).with_name("manifest.toml")
    table = tomllib.loads(path.read_text(encoding="utf-8"))[language]
    return Selection(tuple(table["sentences"]), frozenset(table["held_out"]))


def write_weights(language: Language, name: str, content: bytes) -> None:
    """Write a file of weights, and its sha256 to the manifest of ``communique_weights``.

    Args:
        language: the set that the file belongs to.
        name: the file's name, which the manifest must list.
        content: the content of the file.

    Raises:
        ValueError: the manifest does not list the file.
    """
    folder = communique_weights.folder(language)
    manifest = folder.parent / "manifest.toml"
    entry = re.compile(rf'(path = "{language}/{re.escape(name)}"\nsha256 = ")[0-9a-f]*"')
    digest = hashlib.sha256(content).hexdigest()
    text, found = entry.subn(rf'\g<1>{digest}"', manifest.read_text(encoding="utf-8"))
    if not found:
        raise ValueError(f"{manifest} has no entry for {language}/{name}: add one first")
    (folder / name).write_bytes(content)
    manifest.write_text(text, encoding="utf-8")
