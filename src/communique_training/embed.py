"""Embed the sentences that the probe was fitted on with the model that comes with the library.

    python src/communique_training/embed.py

Appends to ``vectors.jsonl`` beside this file, which is not committed (some 40 MB); goes on where it
was broken off. On two cores it takes half an hour.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from communique.llm import Ledger, open_model
from labelled import labelled

from communique.settings import choose_model, load_settings

VECTORS = Path(__file__).parent / "vectors.jsonl"
AT_ONCE = 16

PROBED = "f4"
"""The last file of sentences that there was when the probe was fitted."""


async def main() -> None:
    """Embed what is not embedded yet."""
    settings = load_settings(model="local")
    model = open_model(settings, choose_model(settings))
    known: set[str] = set()
    if VECTORS.is_file():
        known = {json.loads(line)[0] for line in VECTORS.open(encoding="utf-8")}
    texts = dict.fromkeys(sentence.text for sentence in labelled(last=PROBED))
    texts = [text for text in texts if text not in known]
    with VECTORS.open("a", encoding="utf-8") as file:
        for start in range(0, len(texts), AT_ONCE):
            part = texts[start : start + AT_ONCE]
            vectors = await model.embed(part, Ledger())  # pyright: ignore[reportAttributeAccessIssue]
            for text, vector in zip(part, vectors, strict=True):
                row = [text, [round(value, 4) for value in vector]]
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
            file.flush()
            sys.stdout.write(f"\r{start + len(part)} of {len(texts)}")
            sys.stdout.flush()
    sys.stdout.write("\n")


if __name__ == "__main__":
    asyncio.run(main())
