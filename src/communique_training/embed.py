"""Embed the sentences that the probe is fitted on: ``python -m communique_training.embed``.

Requires ``communique[local]``. Appends to ``vectors.jsonl`` beside this file, which is not
committed (about 40 MB); sentences that it has already are skipped. Takes half an hour on two cores.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from communique.local.encoder import Encoder
from communique.models import LanguageModel, open_model
from communique.settings import choose_model, load_settings
from communique_training.labelled import read_sentences

__all__ = ["encode", "main", "read_vectors"]

VECTORS = Path(__file__).parent / "vectors.jsonl"
AT_ONCE = 16


def read_vectors() -> dict[str, list[float]]:
    """Return the vectors computed so far, by sentence."""
    if not VECTORS.is_file():
        return {}
    with VECTORS.open(encoding="utf-8") as file:
        return dict(json.loads(line) for line in file)


async def encode(texts: Sequence[str], encoder: Encoder) -> Sequence[Sequence[float]]:
    """Return the vectors of texts from an encoder of the library."""
    vectors = await _embedded_model().encode(texts, encoder)
    if vectors is None:
        sys.exit("the encoder needs communique[local]")
    return vectors.rows


async def main() -> None:
    """Embed the sentences that have no vector yet."""
    model = _embedded_model()
    known = read_vectors()
    texts = dict.fromkeys(sentence.text for sentence in read_sentences("multilingual"))
    missing = [text for text in texts if text not in known]
    with VECTORS.open("a", encoding="utf-8") as file:
        for done, part in _parts(missing):
            vectors = await model.embed(part)
            if vectors is None:
                sys.exit("the embedded model gives no vectors")
            for text, vector in zip(part, vectors.rows, strict=True):
                row = [text, [round(value, 4) for value in vector]]
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
            file.flush()
            sys.stdout.write(f"\r{done} of {len(missing)}")
            sys.stdout.flush()
    sys.stdout.write("\n")


def _embedded_model() -> LanguageModel:
    settings = load_settings(model="local")
    return open_model(settings, choose_model(settings))


def _parts(texts: Sequence[str]) -> Iterator[tuple[int, Sequence[str]]]:
    """Yield the texts in parts, each with the number of texts up to its end."""
    for start in range(0, len(texts), AT_ONCE):
        part = texts[start : start + AT_ONCE]
        yield start + len(part), part


if __name__ == "__main__":
    asyncio.run(main())
