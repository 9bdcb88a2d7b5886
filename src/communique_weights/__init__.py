"""Weights of the small models that choose the sentences about which a language model is asked.

``english`` has the sentence encoder (GGUF) and the models of words for English;
``multilingual`` has the models for all other languages. `communique_training` fitted them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

__all__ = ["folder"]


def folder(language: Literal["english", "multilingual"]) -> Path:
    """Return the folder with the weights for a language."""
    return Path(__file__).parent / language
