# pyright: basic, reportMissingImports=false
# scikit-learn has no types, and is not among the tools that check this package.
"""Logistic regressions over words and vectors, and their thresholds, for all fitting scripts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from communique.reading.choosing.features import BUCKETS, features
from communique_training.labelled import Sentence

__all__ = ["EXCLUSIVE", "STRENGTH", "best_threshold", "fit", "wanted", "word_matrix"]

BETA = 0.8
"""Weight of recall relative to precision, for the threshold of words and vectors. A statement is
often made by several sentences, so that missing one of them rarely loses it, whereas each false
alarm can add a false statement."""

STRENGTH = 50.0
"""Inverse regularization strength for the words, chosen by cross-validation."""

SMOOTHING = 11
"""Number of adjacent thresholds, a hundredth apart, over which the F-measure is averaged."""

AS_GOOD = 0.99
"""Share of the best F-measure that counts as equally good."""

EXCLUSIVE = 'exclusive = [["condition", "threat"]]'
"""By the annotation guide a threat that depends on something is not a condition. Of the labelled
sentences with one of the two, only three in a thousand have both."""


def wanted(sentences: Sequence[Sentence], kind: str) -> np.ndarray:
    """Return, for each sentence, whether it makes a statement of a kind."""
    return np.array([kind in sentence.kinds for sentence in sentences])


def word_matrix(sentences: Sequence[Sentence]) -> csr_matrix:
    """Return the features of sentences for the models of words, a row each."""
    rows = [features(sentence.text, sentence.previous) for sentence in sentences]
    indices = [bucket for row in rows for bucket in row]
    values = [value for row in rows for value in row.values()]
    ends = np.cumsum([0, *map(len, rows)])
    return csr_matrix((values, indices, ends), shape=(len(rows), BUCKETS))


def fit(matrix: csr_matrix | np.ndarray, wanted: np.ndarray, strength: float) -> LogisticRegression:
    """Fit an L2-regularized logistic regression with balanced classes."""
    return LogisticRegression(C=strength, class_weight="balanced", solver="liblinear").fit(
        matrix, wanted
    )


def best_threshold(
    wanted: np.ndarray, probability: np.ndarray, beta: float = BETA
) -> tuple[float, float]:
    """Return the threshold around which the average F-measure is best, and F1 there.

    A single peak would be due to chance. Of equally good thresholds the middle one is returned.
    """
    grid = np.arange(0.05, 0.95, 0.01)
    found = [_f(wanted, probability >= threshold, beta) for threshold in grid]
    around = np.convolve(found, np.ones(SMOOTHING) / SMOOTHING, mode="same")
    good = grid[around >= AS_GOOD * around.max()]
    best = float(good[len(good) // 2])
    return best, _f(wanted, probability >= best, 1)


def _f(wanted: np.ndarray, said: np.ndarray, beta: float) -> float:
    weighed = beta**2 * int(wanted.sum()) + int(said.sum())
    return (1 + beta**2) * float((said & wanted).sum()) / max(1, weighed)
