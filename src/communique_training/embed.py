"""Embed the sentences that the probe is fitted on: ``python -m communique_training.embed``.

Needs ``communique[local]``. Appends to ``vectors.jsonl`` beside this file, which is not committed
(some 40 MB); sentences that are there already are left out. Takes half an hour on two cores.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from communique.local.encoder import Encoder
from communique.models import Ledger, open_model
from communique.models.chat import ChatModel
from communique.settings import choose_model, load_settings
from communique_training.labelled import read_sentences

__all__ = ["encode", "main", "read_vectors"]

VECTORS = Path(__file__).parent / "vectors.jsonl"
AT_ONCE = 16


def read_vectors() -> dict[str, list[float]]:
    """Return the vectors that were made so far, by their sentences."""
    if not VECTORS.is_file():
        return {}
    with VECTORS.open(encoding="utf-8") as file:
        return dict(json.loads(line) for line in file)


async def encode(texts: Sequence[str], encoder: Encoder) -> list[list[float]]:
    """Return the vectors that an encoder of the library makes of texts."""
    vectors = await _embedded_model().encode(texts, encoder, Ledger())
    if vectors is None:
        sys.exit("the encoder needs communique[local]")
    return vectors


async def main() -> None:
    """Embed what is not embedded yet."""
    model = _embedded_model()
    known = read_vectors()
    texts = dict.fromkeys(sentence.text for sentence in read_sentences("multilingual"))
    missing = [text for text in texts if text not in known]
    with VECTORS.open("a", encoding="utf-8") as file:
        for done, part in _parts(missing):
            vectors = await model.embed(part, Ledger())
            if vectors is None:
                sys.exit("the embedded model gives no vectors")
            for text, vector in zip(part, vectors, strict=True):
                row = [text, [round(value, 4) for value in vector]]
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
            file.flush()
            sys.stdout.write(f"\r{done} of {len(missing)}")
            sys.stdout.flush()
    sys.stdout.write("\n")


def _embedded_model() -> ChatModel:
    settings = load_settings(model="local")
    model = open_model(settings, choose_model(settings))
    if not isinstance(model, ChatModel):
        raise TypeError(f"the embedded model is a {type(model).__name__}, which gives no vectors")
    return model


def _parts(texts: Sequence[str]) -> Iterator[tuple[int, Sequence[str]]]:
    """Yield the texts in parts, each with how many there are up to its end."""
    for start in range(0, len(texts), AT_ONCE):
        part = texts[start : start + AT_ONCE]
        yield start + len(part), part


if __name__ == "__main__":
    asyncio.run(main())
