"""A sentence encoder that comes with the library: a file for llama-server."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

__all__ = ["Encoder"]


@dataclass(frozen=True, slots=True)
class Encoder:
    """An encoder.

    Attributes:
        name: what it is called where it is served.
        weights: its GGUF file.
        context_tokens: tokens of the longest text that it can read.
    """

    name: str
    weights: Path
    context_tokens: int
