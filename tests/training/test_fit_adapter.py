"""The adapter's training, on a tiny model with random weights; skipped without PyTorch."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")
gguf = pytest.importorskip("gguf")
pytest.importorskip("peft")
transformers = pytest.importorskip("transformers")

from communique.models import Message  # noqa: E402 after the skip
from communique_training import adapted_model, fit_adapter  # noqa: E402 after the skip
from communique_training.adapter_file import adapter_file  # noqa: E402 after the skip

RANK = 4
LAYERS = 2


def tokenizer(text: str, **options: object) -> dict[str, list[int]]:
    """A token for each byte."""
    return {"input_ids": [*text.encode()]}


def talk(n: int) -> list[Message]:
    return [
        {"role": "system", "content": "Read."},
        {"role": "user", "content": f"[1] Ruritania opposes dam {n}.\n\n[1-1]?"},
        {"role": "assistant", "content": '[[[1],"position","dam"]]'},
    ]


def example(n: int) -> Any:
    return fit_adapter.Example(f"x-{n}", *adapted_model.encode(talk(n), tokenizer))


@pytest.fixture
def model() -> Any:
    torch.manual_seed(1)
    config = transformers.Qwen2Config(
        vocab_size=256,
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=3,
        num_attention_heads=4,
        num_key_value_heads=2,
    )
    base = transformers.Qwen2ForCausalLM(config).to(torch.bfloat16)
    return adapted_model.AdaptedModel(base, RANK, LAYERS)


def test_only_answers_count() -> None:
    """The loss is on what the model is to write, and on that it stops; a turn is as in Qwen's template."""
    ids, labels = adapted_model.encode(talk(1), tokenizer)
    text = bytes(ids).decode()
    assert text.startswith("<|im_start|>system\nRead.<|im_end|>\n<|im_start|>user\n[1] ")
    counted = bytes(label for label in labels if label != adapted_model.UNCOUNTED).decode()
    assert counted == '[[[1],"position","dam"]]<|im_end|>'


def test_training_lowers_the_loss_and_can_be_resumed(model: Any, tmp_path: Path) -> None:
    """Each example is seen once, the curve has the loss before and after, a checkpoint goes on."""
    examples = [example(n) for n in range(24)]
    plan = fit_adapter.Plan(rate=1e-2, warm_up=2)
    fit_adapter.train(model, examples[:16], [example(99)], plan, folder=tmp_path)
    first, last = map(json.loads, (tmp_path / "log.jsonl").read_text().splitlines())
    assert (first["articles"], last["articles"]) == (0, 16)
    assert last["held_out"] < first["held_out"]
    state = torch.load(tmp_path / "last" / "state.pt", weights_only=True)
    seen = frozenset(state["seen"])
    assert seen == {item.name for item in examples[:16]}
    before = {name: matrix.detach().clone() for name, matrix in model.master.items()}
    model.load_state(state)
    assert all(torch.equal(before[name], matrix) for name, matrix in model.master.items())
    fit_adapter.train(model, examples, [], plan, folder=tmp_path, seen=seen)
    (*_, last) = map(json.loads, (tmp_path / "log.jsonl").read_text().splitlines())
    assert (last["articles"], last["held_out"]) == (8, None)
    state = torch.load(tmp_path / "last" / "state.pt", weights_only=True)
    assert set(state["seen"]) == {item.name for item in examples}


def test_a_sitting_ends_in_time(model: Any, tmp_path: Path) -> None:
    """It is over after the step in which the time is up, with a checkpoint."""
    plan = fit_adapter.Plan(minutes=1e-9)
    fit_adapter.train(model, [example(n) for n in range(24)], [], plan, folder=tmp_path)
    state = torch.load(tmp_path / "last" / "state.pt", weights_only=True)
    assert len(state["seen"]) == plan.batch


def test_the_rate_rises_and_falls() -> None:
    """A warm-up, then a cosine down to the final rate."""
    plan = fit_adapter.Plan()
    rates = [plan.rate_at(step, 0) for step in range(1, plan.warm_up + 1)]
    assert all(left < right for left, right in pairwise(rates))
    assert rates[-1] == plan.rate
    rates = [plan.rate_at(100, share / 10) for share in range(11)]
    assert all(left > right for left, right in pairwise(rates))
    assert rates[-1] == pytest.approx(plan.final)


def test_the_file_has_the_adapter(model: Any, tmp_path: Path) -> None:
    """Every matrix under llama.cpp's name, of the upper layers only, with the strength."""
    path = tmp_path / "adapter.gguf"
    path.write_bytes(adapter_file(model.master, 2.0 * RANK))
    reader = gguf.GGUFReader(path)
    assert reader.fields["adapter.lora.alpha"].contents() == 2.0 * RANK
    assert reader.fields["adapter.type"].contents() == "lora"
    shapes = {tensor.name: tuple(tensor.shape) for tensor in reader.tensors}
    assert len(shapes) == len(model.master) == LAYERS * 7 * 2
    assert {name.split(".")[1] for name in shapes} == {"1", "2"}
    # GGUF lists dimensions from the innermost.
    assert shapes["blk.2.ffn_down.weight.lora_a"] == (48, RANK)
    assert shapes["blk.2.ffn_down.weight.lora_b"] == (RANK, 32)
    with pytest.raises(ValueError, match=r"adapts no base\.lm_head\.lora_A"):
        adapter_file({"base.lm_head.lora_A": torch.zeros(1, 1)}, 1.0)
