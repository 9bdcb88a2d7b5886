"""Measure the cues on the labelled sentences: ``python prompts/classifier/measure_cues.py``."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import yaml

from communique.classifier.cues import ENUMERATED, cued_value

SENTENCES = Path(__file__).parent / "sentences"


def main() -> None:
    """For each field: how many sentences are labelled, have a cue, and have the right one."""
    counts: Counter[tuple[str, str]] = Counter()
    for path in sorted(SENTENCES.glob("*.yaml")):
        for article in yaml.safe_load(path.read_text(encoding="utf-8")):
            for sentence in article["sentences"]:
                for kind, name in ENUMERATED.items():
                    if name in sentence:
                        said = cued_value(kind, sentence["text"])
                        counts[name, "labelled"] += 1
                        counts[name, "with a cue"] += said is not None
                        counts[name, "right"] += said == sentence[name]
    for name in ENUMERATED.values():
        row = (f"{what} {counts[name, what]}" for what in ("labelled", "with a cue", "right"))
        sys.stdout.write(f"{name}: {', '.join(row)}\n")


if __name__ == "__main__":
    main()
