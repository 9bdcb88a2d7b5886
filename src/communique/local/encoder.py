"""The description of a sentence encoder that llama-server can run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

__all__ = ["Encoder"]


@dataclass(frozen=True, slots=True)
class Encoder:
    """A sentence encoder.

    Attributes:
        name: the name under which it is served.
        weights: path of its GGUF file.
        context_tokens: maximum number of tokens of a text.
    """

    name: str
    weights: Path
    context_tokens: int
