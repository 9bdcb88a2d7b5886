"""Measure the cues on the labelled sentences: ``python -m communique_training.measure_cues``."""

from __future__ import annotations

import sys
from collections import Counter

from communique.reading.choosing.cues import cued_value
from communique.statements import KINDS
from communique_training.labelled import read_sentences

__all__ = ["main"]


def main() -> None:
    """Print, for each field, how many sentences are labelled, have a cue, and have a right one."""
    counts: Counter[tuple[str, str]] = Counter()
    for sentence in read_sentences("english"):
        for kind, details in KINDS.items():
            if kind in sentence.values:
                name, said = details.enumerated, cued_value(kind, sentence.text)
                counts[name, "labelled"] += 1
                counts[name, "with a cue"] += said is not None
                counts[name, "right"] += said == sentence.values[kind]
    for name in (kind.enumerated for kind in KINDS.values()):
        row = (f"{what} {counts[name, what]}" for what in ("labelled", "with a cue", "right"))
        sys.stdout.write(f"{name}: {', '.join(row)}\n")


if __name__ == "__main__":
    main()
