# pyright: basic, reportMissingImports=false
# PyTorch and gguf are not among the tools that check this package.
"""The file of an adapter, as llama-server reads it: ``python -m communique_training.adapter_file``.

Requires PyTorch and gguf. Writes the adapter of a checkpoint of ``fit_adapter`` to
``communique_weights``, which that module does itself at the end of a training.
"""

from __future__ import annotations

import argparse
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

import gguf
import torch

from communique.local.catalog import DEFAULT
from communique_training.manifest import write_weights

__all__ = ["adapter_file", "main", "write_adapter"]

_NAMES = {
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}
"""The names of layers in llama.cpp, by their names in transformers."""

_MATRIX = re.compile(r"layers\.(\d+)\.(\w+\.\w+)\.lora_([AB])")


def main(checkpoint: Path) -> None:
    """Write the adapter of a checkpoint."""
    state = torch.load(checkpoint / "state.pt", weights_only=True)
    write_adapter(state["master"], state["rank"])


def write_adapter(matrices: Mapping[str, torch.Tensor], rank: int) -> None:
    """Write an adapter to ``communique_weights``, for the default embedded model."""
    write_weights(f"adapters/{DEFAULT}.gguf", adapter_file(matrices, 2.0 * rank))


def adapter_file(matrices: Mapping[str, torch.Tensor], alpha: float) -> bytes:
    """Return the content of a GGUF file with an adapter in 16 bits.

    Args:
        matrices: the low-rank matrices, under peft's names.
        alpha: the adapter's strength; llama.cpp multiplies by ``alpha`` / rank.

    Raises:
        ValueError: a matrix is of no layer that llama.cpp adapts.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "adapter.gguf"
        writer = gguf.GGUFWriter(path, "qwen2")
        writer.add_string("general.type", "adapter")
        writer.add_string("adapter.type", "lora")
        writer.add_float32("adapter.lora.alpha", alpha)
        for name, matrix in matrices.items():
            writer.add_tensor(_llama_name(name), matrix.detach().half().numpy())
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
        return path.read_bytes()


def _llama_name(name: str) -> str:
    found = _MATRIX.search(name)
    if found is None or found[2] not in _NAMES:
        raise ValueError(f"llama.cpp adapts no {name}")
    return f"blk.{found[1]}.{_NAMES[found[2]]}.weight.lora_{found[3].lower()}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", type=Path, help="the checkpoint's folder")
    main(parser.parse_args().checkpoint)
