"""Measure the cues on the labelled sentences: ``python measure_cues.py``."""

from __future__ import annotations

import sys
from collections import Counter

from labelled import labelled

from communique.reading.choosing.cues import cued_value
from communique.statements import KINDS


def main() -> None:
    """For each field: how many sentences are labelled, have a cue, and have the right one."""
    counts: Counter[tuple[str, str]] = Counter()
    for sentence in labelled():
        for kind, value in sentence.values.items():
            said = cued_value(kind, sentence.text)
            counts[kind, "labelled"] += 1
            counts[kind, "with a cue"] += said is not None
            counts[kind, "right"] += said == value
    for kind, details in KINDS.items():
        row = (f"{what} {counts[kind, what]}" for what in ("labelled", "with a cue", "right"))
        sys.stdout.write(f"{details.enumerated}: {', '.join(row)}\n")


if __name__ == "__main__":
    main()
