# pyright: basic, reportMissingImports=false
# PyTorch is not among the tools that check this package.
"""Train the embedded model's adapter: ``python -m communique_training.fit_adapter``.

Requires, in a separate environment, PyTorch, transformers, peft, gguf, and communique with its
extras ``local`` and ``eval``; and 10 GB of memory. ``--gold FOLDER`` adds articles in the form of
``seeds/``, such as real news that may not be published. The gold articles in ``seeds/`` are never
read. At the end of each sitting the adapter is written to ``communique_weights``.

Each article is seen once. Training goes on for some hours on two cores, and can be spread over
several sittings: ``--minutes`` ends one, ``--resume CHECKPOINT`` continues it with the articles
not yet seen. In ``--folder`` are the unpacked model, the last checkpoint, and ``log.jsonl``, the
learning curve: every quarter of an hour the articles and tokens so far, and the mean loss on a
token of the answers, of those trained on since and of those held out.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from communique.prompts import default_version, load_prompt
from communique_training.adapted_model import (
    UNCOUNTED,
    AdaptedModel,
    encode,
    load_base,
    load_tokenizer,
)
from communique_training.adapter_file import write_adapter
from communique_training.articles import read_articles
from communique_training.conversations import to_conversation

__all__ = ["Example", "Plan", "main", "read_examples", "train"]

RANK = 16
LAYERS = 18
SEED = 1


@dataclass(frozen=True)
class Example:
    """A conversation in tokens.

    Attributes:
        name: the article's name.
        ids: its tokens.
        labels: the tokens of the answers, and `UNCOUNTED` elsewhere.
    """

    name: str
    ids: list[int]
    labels: list[int]

    @property
    def counted(self) -> int:
        """The number of tokens on which the loss is taken."""
        # The first token is not predicted.
        return sum(label != UNCOUNTED for label in self.labels[1:])


@dataclass(frozen=True)
class Plan:
    """How to train.

    Attributes:
        rate: the highest learning rate.
        final: the rate at the end; in between it follows a cosine.
        batch: the number of articles in a step.
        warm_up: the number of steps until the highest rate.
        minutes: the time after which the sitting ends.
        save_every: the time between two lines of the learning curve, in minutes.
    """

    rate: float = 2e-4
    final: float = 1e-5
    batch: int = 4
    warm_up: int = 8
    minutes: float = math.inf
    save_every: float = 15

    def rate_at(self, step: int, share: float) -> float:
        """Return the learning rate of a step, from 1, after a share of the way, from 0 to 1."""
        cosine = 0.5 * (1 + math.cos(math.pi * min(1.0, share)))
        rate = self.final + (self.rate - self.final) * cosine
        return rate * min(1.0, step / self.warm_up)


@dataclass
class _Progress:
    """What the next line of the learning curve reports."""

    started: float = field(default_factory=time.monotonic)
    articles: int = 0
    tokens: int = 0
    loss: float = 0.0
    counted: int = 0

    @property
    def minutes(self) -> float:
        return (time.monotonic() - self.started) / 60


def main() -> None:
    """Train an adapter, or train it further, and write it."""
    options = _options()
    torch.manual_seed(options.seed)
    base = load_base(options.folder / "base")
    examples, held_out = read_examples(load_tokenizer(options.folder / "base"), options.gold)
    model = AdaptedModel(base, options.rank, options.layers)
    seen: frozenset[str] = frozenset()
    if options.resume:
        state = torch.load(options.resume / "state.pt", weights_only=True)
        model.load_state(state)
        seen = frozenset(state["seen"])
    random.Random(options.seed).shuffle(examples)  # noqa: S311 no secret
    plan = Plan(rate=options.rate, final=options.final, minutes=options.minutes)
    train(model, examples, held_out, plan, folder=options.folder, seen=seen)
    write_adapter(model.master, model.rank)


def read_examples(tokenizer: Any, gold: Iterable[Path]) -> tuple[list[Example], list[Example]]:
    """Return the examples to train on and those held out, in the order of the manifest.

    A conversation whose first answer is beyond the length that is read is left out.
    """
    prompt = load_prompt(default_version("local"))
    both: tuple[list[Example], list[Example]] = ([], [])
    for article in read_articles(gold):
        talk = to_conversation(article, prompt)
        example = Example(talk.name, *encode(talk.messages, tokenizer))
        if example.counted:
            both[talk.held_out].append(example)
    return both


def train(
    model: AdaptedModel,
    examples: Sequence[Example],
    held_out: Sequence[Example],
    plan: Plan,
    *,
    folder: Path,
    seen: frozenset[str] = frozenset(),
) -> None:
    """Train on each example once, and keep the learning curve and the last checkpoint.

    Args:
        model: the model, which is changed.
        examples: in the order in which they are read.
        held_out: examples for the loss in the learning curve.
        plan: how to train.
        folder: where ``log.jsonl`` and ``last/state.pt`` are written.
        seen: names of examples that the model was trained on before, which are left out.
    """
    left = [example for example in examples if example.name not in seen]
    progress = _Progress()
    if not seen:
        _report(folder, model, progress, held_out)
    last = progress.minutes
    share = 0.0
    step = 0
    while share < 1 and progress.articles < len(left):
        batch = left[progress.articles : progress.articles + plan.batch]
        _learn(model, batch, progress)
        step += 1
        share = max(progress.articles / len(left), progress.minutes / plan.minutes)
        model.step(plan.rate_at(step, share))
        is_last = share >= 1
        if is_last or progress.minutes - last >= plan.save_every:
            _report(folder, model, progress, held_out)
            names = [example.name for example in left[: progress.articles]]
            _save(folder / "last", model, sorted(seen.union(names)))
            last = progress.minutes


def _learn(model: AdaptedModel, batch: Sequence[Example], progress: _Progress) -> None:
    """Add up the gradients of a batch, in which each token of an answer counts the same."""
    counted = sum(example.counted for example in batch)
    for example in batch:
        loss = model.loss(example.ids, example.labels)
        (loss / counted).backward()
        progress.loss += loss.item()
        progress.tokens += len(example.ids)
    progress.counted += counted
    progress.articles += len(batch)


def _report(
    folder: Path, model: AdaptedModel, progress: _Progress, held_out: Sequence[Example]
) -> None:
    """Add a line to the learning curve."""
    folder.mkdir(parents=True, exist_ok=True)
    line = {
        "articles": progress.articles,
        "tokens": progress.tokens,
        "minutes": round(progress.minutes, 1),
        "train": progress.loss / progress.counted if progress.counted else None,
        "held_out": _mean_loss(model, held_out),
    }
    progress.loss, progress.counted = 0.0, 0
    text = json.dumps(line) + "\n"
    with (folder / "log.jsonl").open("a", encoding="utf-8") as file:
        file.write(text)
    sys.stdout.write(text)
    sys.stdout.flush()


def _mean_loss(model: AdaptedModel, examples: Sequence[Example]) -> float | None:
    counted = sum(example.counted for example in examples)
    if not counted:
        return None
    with torch.no_grad():
        return sum(model.loss(e.ids, e.labels).item() for e in examples) / counted


def _save(folder: Path, model: AdaptedModel, seen: Sequence[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    new = folder / "new.pt"
    torch.save({**model.state(), "seen": [*seen]}, new)
    new.replace(folder / "state.pt")  # a sitting that is killed while saving loses nothing


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--gold", type=Path, nargs="+", default=[], help="folders of further articles")
    add("--folder", type=Path, default=Path("adapter-training"), help="for the intermediate files")
    add("--resume", type=Path, help="the folder of a checkpoint, such as adapter-training/last")
    add("--minutes", type=float, default=math.inf, help="when to end this sitting")
    add("--rate", type=float, default=Plan.rate, help="the highest learning rate")
    add("--final", type=float, default=Plan.final, help="the learning rate at the end")
    add("--rank", type=int, default=RANK, help="the rank of the adapter's matrices")
    add("--layers", type=int, default=LAYERS, help="how many upper layers are adapted")
    add("--seed", type=int, default=SEED, help="for the order of the articles")
    return parser.parse_args()


if __name__ == "__main__":
    main()
