"""The two manifests: of the data that weights are fitted on, and of ``communique_weights``."""

from __future__ import annotations

import hashlib
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import communique_weights

__all__ = ["ARTICLES", "Language", "Selected", "Selection", "read_selection", "write_weights"]

Language = Literal["english", "multilingual"]

Selected = Literal["english", "multilingual", "adapter"]

ARTICLES = Path(__file__).parent / "articles"
"""The folder of annotated articles, with one file per author and day."""

_EVERY = 5
"""One in this many English articles of a file in `Selection.held_out` is held out."""


@dataclass(frozen=True)
class Selection:
    """The files that something is fitted on.

    Attributes:
        articles: their names, in the order in which they are read.
        held_out: the names of the files from which some articles are excluded, or of single
            articles, such as ``g1-5``.
    """

    articles: tuple[str, ...]
    held_out: frozenset[str]

    def holds_out(self, name: str, language: str) -> bool:
        """Return whether an article is excluded from fitting.

        Args:
            name: the article's name, such as ``g1-5``.
            language: its BCP 47 code.
        """
        file, _, number = name.rpartition("-")
        is_fifth = int(number) % _EVERY == 1 and language == "en"
        return name in self.held_out or (file in self.held_out and is_fifth)


def read_selection(selected: Selected) -> Selection:
    """Return the files that something is fitted on."""
    path = Path(__file__).with_name("manifest.toml")
    table = tomllib.loads(path.read_text(encoding="utf-8"))[selected]
    return Selection(tuple(table["articles"]), frozenset(table["held_out"]))


def write_weights(path: str, content: bytes) -> None:
    """Write a file of weights, and its sha256 to the manifest of ``communique_weights``.

    Args:
        path: the file's path in the folder of the weights, which the manifest must list.
        content: the content of the file.

    Raises:
        ValueError: the manifest does not list the file.
    """
    root = Path(communique_weights.__file__).parent
    manifest = root / "manifest.toml"
    entry = re.compile(rf'(path = "{re.escape(path)}"\nsha256 = ")[0-9a-f]*"')
    digest = hashlib.sha256(content).hexdigest()
    text, found = entry.subn(rf'\g<1>{digest}"', manifest.read_text(encoding="utf-8"))
    if not found:
        raise ValueError(f"{manifest} has no entry for {path}: add one first")
    (root / path).parent.mkdir(exist_ok=True)
    (root / path).write_bytes(content)
    manifest.write_text(text, encoding="utf-8")
