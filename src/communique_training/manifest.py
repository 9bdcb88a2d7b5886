"""The two manifests: of the data that the adapter is trained on, and of ``communique_weights``."""

from __future__ import annotations

import hashlib
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

import communique_weights

__all__ = ["ARTICLES", "Selection", "read_selection", "write_weights"]

ARTICLES = Path(__file__).parent / "articles"
"""The folder of annotated articles, with one file per author and day."""


@dataclass(frozen=True)
class Selection:
    """The files that the adapter is trained on.

    Attributes:
        articles: their names, in the order in which they are read.
        held_out: the names of the articles, such as ``g1-5``, that are excluded.
    """

    articles: tuple[str, ...]
    held_out: frozenset[str]


def read_selection() -> Selection:
    """Return the files that the adapter is trained on."""
    path = Path(__file__).with_name("manifest.toml")
    table = tomllib.loads(path.read_text(encoding="utf-8"))
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
