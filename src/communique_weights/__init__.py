"""The low-rank adapters that communique adds to its embedded language models.

``adapters`` has a GGUF file for each embedded model. `communique_training` trained them for
communique's questions.
"""

from __future__ import annotations

from pathlib import Path

__all__ = ["adapter"]


def adapter(model: str) -> Path:
    """Return the path of the adapter for an embedded model, such as ``qwen2.5-coder-1.5b``."""
    return Path(__file__).parent / "adapters" / f"{model}.gguf"
