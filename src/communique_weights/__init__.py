"""Weights of the small models that choose which sentences an article's reader is asked about.

``english`` holds the sentence encoder for English (GGUF) and what is weighed against it;
``multilingual`` holds what is used for all other languages. `communique_training` made them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

__all__ = ["folder"]


def folder(language: Literal["english", "multilingual"]) -> Path:
    """Return the folder with the weights for a language."""
    return Path(__file__).parent / language
