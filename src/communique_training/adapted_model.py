# pyright: basic, reportMissingImports=false
# PyTorch, transformers and peft are not among the tools that check this package.
"""The embedded model with an adapter that can be trained, on a CPU and in 16 bits.

The adapter's matrices are in bfloat16 as the model is, which is twice as fast as float32; the
optimizer keeps copies in float32, so that small steps are not lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, get_peft_model
from torch.nn.functional import cross_entropy
from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

from communique.local.weights import pull
from communique.models import Message

__all__ = ["LONGEST", "UNCOUNTED", "AdaptedModel", "encode", "load_base", "load_tokenizer"]

LONGEST = 2200
"""Tokens of a conversation beyond these are cut off."""

UNCOUNTED = -100
"""The label of a token that is not part of an answer."""

_LAYERS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
_CLIP = 1.0


def load_base(folder: Path) -> Any:
    """Return the embedded model in bfloat16; unpack it into a folder the first time."""
    if not (folder / "config.json").is_file():
        weights = pull()
        packed = {"gguf_file": weights.name}
        settings = GgufConfig(gguf_file=weights.name, dequantize=True)
        model = AutoModelForCausalLM.from_pretrained(
            weights.parent, **packed, dtype=torch.bfloat16, quantization_config=settings
        )
        model.save_pretrained(folder)
        AutoTokenizer.from_pretrained(weights.parent, **packed).save_pretrained(folder)
    return AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.bfloat16, attn_implementation="sdpa"
    )


def load_tokenizer(folder: Path) -> Any:
    """Return the tokenizer that `load_base` put beside the model."""
    return AutoTokenizer.from_pretrained(folder)


def encode(messages: Sequence[Message], tokenizer: Any) -> tuple[list[int], list[int]]:
    """Return a conversation's tokens and labels; all but answers and their ends are `UNCOUNTED`.

    The turns are marked as in the model's chat template, which adds nothing of its own to a
    conversation that begins with instructions.
    """
    ids: list[int] = []
    labels: list[int] = []

    def add(text: str, *, counts: bool = False) -> None:
        new = tokenizer(text, add_special_tokens=False)["input_ids"]
        ids.extend(new)
        labels.extend(new if counts else [UNCOUNTED] * len(new))

    for message in messages:
        add(f"<|im_start|>{message['role']}\n")
        add(f"{message['content']}<|im_end|>", counts=message["role"] == "assistant")
        add("\n")
    return ids[:LONGEST], labels[:LONGEST]


class AdaptedModel:
    """A causal language model with a low-rank adapter on its upper layers.

    Args:
        base: the model, which is changed.
        rank: the rank of the adapter's matrices; its alpha is twice that.
        layers: how many of the upper layers are adapted.
    """

    def __init__(self, base: Any, rank: int, layers: int) -> None:
        self.rank = rank
        count = base.config.num_hidden_layers
        config = LoraConfig(
            r=rank,
            lora_alpha=2 * rank,
            layers_to_transform=list(range(count - layers, count)),
            target_modules=[*_LAYERS],
            task_type="CAUSAL_LM",
        )
        self._model = get_peft_model(base, config, autocast_adapter_dtype=False)
        self._adapted = {
            name: matrix for name, matrix in self._model.named_parameters() if matrix.requires_grad
        }
        for matrix in self._adapted.values():
            matrix.data = matrix.data.to(base.dtype)
        self.master = {
            name: matrix.detach().float().clone().requires_grad_()
            for name, matrix in self._adapted.items()
        }
        self._optimizer = torch.optim.AdamW(
            self.master.values(), betas=(0.9, 0.99), weight_decay=0.0
        )

    def loss(self, ids: Sequence[int], labels: Sequence[int]) -> torch.Tensor:
        """Return the summed loss on a conversation's answers."""
        model = self._model.base_model.model
        hidden = model.model(input_ids=torch.tensor([ids])).last_hidden_state[0]
        wanted = torch.tensor(labels)
        # The vocabulary is large: only the positions of answers are worth computing.
        at = (wanted[1:] != UNCOUNTED).nonzero()[:, 0]
        return cross_entropy(model.lm_head(hidden[at]).float(), wanted[at + 1], reduction="sum")

    def step(self, rate: float) -> None:
        """Move the adapter along the gradients of the losses since the last step."""
        for name, matrix in self._adapted.items():
            self.master[name].grad = None if matrix.grad is None else matrix.grad.float()
            matrix.grad = None
        torch.nn.utils.clip_grad_norm_(self.master.values(), _CLIP)
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        self._optimizer.step()
        self._copy_down()

    def state(self) -> dict[str, Any]:
        """Return what `load_state` needs to go on from here."""
        master = {name: matrix.detach() for name, matrix in self.master.items()}
        return {"master": master, "opt": self._optimizer.state_dict(), "rank": self.rank}

    def load_state(self, state: dict[str, Any]) -> None:
        """Go on from a state of a model with the same rank and layers."""
        for name, matrix in self.master.items():
            matrix.data.copy_(state["master"][name])
        self._optimizer.load_state_dict(state["opt"])
        self._copy_down()

    def _copy_down(self) -> None:
        with torch.no_grad():
            for name, matrix in self._adapted.items():
                matrix.copy_(self.master[name])
