"""Fit the probe on the embedded model's vectors, by ``python fit_probe.py FOLDER``.

Needs scikit-learn and the vectors that ``embed.py`` makes. Reads the files of ``sentences/`` that
there were for classifier 2, and writes ``probe.toml`` and ``probe.bin`` as they were made for it.
The gold articles in ``seeds/`` are never read.

Words and vectors are fitted each for itself, and then weighed against each other by what they say
of sentences that neither has seen (five-fold cross-validation, articles kept together).
"""

from __future__ import annotations

import json
import sys
import zlib
from array import array
from pathlib import Path

import numpy as np
from embed import PROBED, VECTORS
from labelled import (
    EXCLUSIVE,
    STRENGTH,
    best_threshold,
    fit,
    labelled,
    wanted,
    word_matrix,
)
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score
from sklearn.model_selection import GroupKFold

from communique.statements import KINDS

VECTOR_STRENGTH = 10.0
"""Inverse of the regularization's strength for the vectors, chosen by cross-validation."""

VECTOR_SCALE = 40.0
"""The root of their length: what is standardized is made as long as the words' vectors are."""

LOST_BY_FLOOR = 0.02
"""Of the statements that words and vectors find so many may be too unlikely by their words."""


def main() -> None:
    """Fit, report the cross-validation, write."""
    embedded = dict(json.loads(line) for line in VECTORS.open(encoding="utf-8"))
    texts = [sentence for sentence in labelled(last=PROBED) if sentence.text in embedded]
    groups = [sentence.group for sentence in texts]
    words = word_matrix(texts)
    raw = np.array([embedded[sentence.text] for sentence in texts])
    mean, spread = raw.mean(axis=0), raw.std(axis=0) * VECTOR_SCALE
    vectors = (raw - mean) / spread
    lines = [
        "# Written by src/communique_training/fit_probe.py; do not edit",
        f"sentences = {len(texts)}",
        EXCLUSIVE,
    ]
    tables: list[str] = []
    weights = array("f")
    by_words: list[np.ndarray] = []
    hits: list[np.ndarray] = []
    for kind in KINDS:
        labels = wanted(texts, kind)
        seen = np.zeros((len(texts), 2))
        for train, test in GroupKFold(5).split(words, labels, groups):
            for n, (data, strength) in enumerate(((words, STRENGTH), (vectors, VECTOR_STRENGTH))):
                model = fit(data[train], labels[train], strength)
                seen[test, n] = model.decision_function(data[test])
        weighed = LogisticRegression().fit(seen, labels)
        of_words, of_vector = weighed.coef_[0]
        likely = weighed.predict_proba(seen)[:, 1]
        threshold, best = best_threshold(labels, likely)
        by_words.append(seen[:, 0])
        hits.append(labels & (likely >= threshold))
        model = fit(vectors, labels, VECTOR_STRENGTH)
        row = of_vector * model.coef_[0] / spread
        bias = weighed.intercept_[0] + of_vector * model.intercept_[0] - row @ mean
        weights.extend(float(value) for value in row)
        scores = [average_precision_score(labels, seen[:, 0])]
        scores += [average_precision_score(labels, seen[:, 1])]
        scores += [average_precision_score(labels, weighed.decision_function(seen))]
        tables += [
            "",
            f"[{kind}]",
            f"words = {of_words:.6f}",
            f"bias = {bias:.6f}",
            f"threshold = {threshold:.3f}",
            f"held_out_f1 = {best:.3f}",
            "# average precision, held out: by words, by vectors, by both",
            f"average_precision = [{', '.join(f'{score:.3f}' for score in scores)}]",
        ]
    if sys.byteorder == "big":
        weights.byteswap()
    lines.append(f"floor = {_floor(by_words, hits):.3f}")
    folder = Path(sys.argv[1])
    (folder / "probe.toml").write_text("\n".join([*lines, *tables]) + "\n", encoding="utf-8")
    (folder / "probe.bin").write_bytes(zlib.compress(weights.tobytes(), 9))
    sys.stdout.write("\n".join([*lines, *tables]) + "\n")


def _floor(by_words: list[np.ndarray], hits: list[np.ndarray]) -> float:
    """Log-odds by the words that nearly all sentences reach in which something is found."""
    highest = np.max(by_words, axis=0)
    floor = float(np.quantile(highest[np.any(hits, axis=0)], LOST_BY_FLOOR))
    sys.stdout.write(f"# {np.mean(highest >= floor):.0%} of all sentences reach the floor\n")
    return floor


if __name__ == "__main__":
    main()
