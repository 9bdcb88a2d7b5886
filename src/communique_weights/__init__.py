"""Weights that communique adds to the embedded language model.

``adapters`` has, for each embedded model, the low-rank adapter (GGUF) that was trained for
communique's questions. The rest are small models that choose the sentences to ask about:
``english`` has the sentence encoder (GGUF) and the models of words for English; ``multilingual``
has the models for all other languages. `communique_training` fitted them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

__all__ = ["adapter", "folder"]


def adapter(model: str) -> Path:
    """Return the path of the adapter for an embedded model, such as ``qwen2.5-coder-1.5b``."""
    return Path(__file__).parent / "adapters" / f"{model}.gguf"


def folder(language: Literal["english", "multilingual"]) -> Path:
    """Return the folder with the weights for a language."""
    return Path(__file__).parent / language
