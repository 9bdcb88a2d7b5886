# pyright: basic, reportMissingImports=false
# scikit-learn has no types, and is not among the tools that check this package.
"""Fit the probe on the embedded model's vectors: ``python -m communique_training.fit_probe``.

Requires scikit-learn and the vectors that ``communique_training.embed`` computes. Writes
``probe.toml`` and ``probe.bin``. The gold articles in ``seeds/`` are never read.

Words and vectors are fitted separately, and then weighed against each other by their results on
sentences that neither has seen (five-fold cross-validation that keeps an article together).
"""

from __future__ import annotations

import sys
import zlib
from array import array
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score
from sklearn.model_selection import GroupKFold

from communique.statements import KINDS
from communique_training.embed import read_vectors
from communique_training.labelled import read_sentences
from communique_training.manifest import write_weights
from communique_training.regression import (
    EXCLUSIVE,
    STRENGTH,
    best_threshold,
    fit,
    wanted,
    word_matrix,
)

__all__ = ["main"]

VECTOR_STRENGTH = 10.0
"""Inverse regularization strength for the vectors, chosen by cross-validation."""

VECTOR_SCALE = 40.0
"""Divisor of standardized vectors, which gives them about the norm of the words' vectors: the
square root of their length."""

LOST_BY_FLOOR = 0.02
"""Share of the statements found by words and vectors that the floor on the words may lose."""


@dataclass(frozen=True)
class _Seen:
    """The features of all sentences, a row each.

    Attributes:
        words: the features for the models of words.
        vectors: standardized, and scaled by `VECTOR_SCALE`.
        groups: the number of each sentence's article.
    """

    words: csr_matrix
    vectors: np.ndarray
    groups: list[int]


def main() -> None:
    """Fit the probe, report the cross-validation, and write the weights."""
    embedded = read_vectors()
    sentences = [item for item in read_sentences("multilingual") if item.text in embedded]
    raw = np.array([embedded[sentence.text] for sentence in sentences])
    mean, spread = raw.mean(axis=0), raw.std(axis=0) * VECTOR_SCALE
    groups = [sentence.group for sentence in sentences]
    seen = _Seen(word_matrix(sentences), (raw - mean) / spread, groups)
    lines = [
        "# Written by communique_training.fit_probe; do not edit",
        f"sentences = {len(sentences)}",
        EXCLUSIVE,
    ]
    tables: list[str] = []
    weights = array("f")
    by_words: list[np.ndarray] = []
    hits: list[np.ndarray] = []
    for kind in KINDS:
        labels = wanted(sentences, kind)
        scores = _cross_validated(seen, labels)
        weighed = LogisticRegression().fit(scores, labels)
        likely = weighed.predict_proba(scores)[:, 1]
        threshold, best = best_threshold(labels, likely)
        by_words.append(scores[:, 0])
        hits.append(labels & (likely >= threshold))
        of_words, of_vector = weighed.coef_[0]
        model = fit(seen.vectors, labels, VECTOR_STRENGTH)
        row = of_vector * model.coef_[0] / spread
        bias = weighed.intercept_[0] + of_vector * model.intercept_[0] - row @ mean
        weights.extend(float(value) for value in row)
        precision = [
            average_precision_score(labels, column)
            for column in (*scores.T, weighed.decision_function(scores))
        ]
        tables += [
            "",
            f"[{kind}]",
            f"words = {of_words:.6f}",
            f"bias = {bias:.6f}",
            f"threshold = {threshold:.3f}",
            f"held_out_f1 = {best:.3f}",
            "# average precision, held out: by words, by vectors, by both",
            f"average_precision = [{', '.join(f'{score:.3f}' for score in precision)}]",
        ]
    if sys.byteorder == "big":
        weights.byteswap()
    text = "\n".join([*lines, f"floor = {_floor(by_words, hits):.3f}", *tables]) + "\n"
    write_weights("multilingual/probe.toml", text.encode())
    write_weights("multilingual/probe.bin", zlib.compress(weights.tobytes(), 9))
    sys.stdout.write(text)


def _cross_validated(seen: _Seen, labels: np.ndarray) -> np.ndarray:
    """Return log-odds by words and by vectors, from models that have not seen the article."""
    found = np.zeros((len(labels), 2))
    sources = ((seen.words, STRENGTH), (seen.vectors, VECTOR_STRENGTH))
    for train, test in GroupKFold(5).split(seen.words, labels, seen.groups):
        for n, (data, strength) in enumerate(sources):
            model = fit(data[train], labels[train], strength)
            found[test, n] = model.decision_function(data[test])
    return found


def _floor(by_words: list[np.ndarray], hits: list[np.ndarray]) -> float:
    """Return the log-odds by words that nearly all sentences with a statement reach."""
    highest = np.max(by_words, axis=0)
    floor = float(np.quantile(highest[np.any(hits, axis=0)], LOST_BY_FLOOR))
    sys.stdout.write(f"# {np.mean(highest >= floor):.0%} of all sentences reach the floor\n")
    return floor


if __name__ == "__main__":
    main()
