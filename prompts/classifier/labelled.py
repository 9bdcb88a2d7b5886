"""The labelled sentences, as the fitting scripts read them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import yaml
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from communique.classifier.features import BUCKETS, features

__all__ = [
    "EXCLUSIVE",
    "OUTPUT",
    "STRENGTH",
    "Labelled",
    "best_threshold",
    "fit",
    "labelled",
    "word_matrix",
]

HERE = Path(__file__).parent
OUTPUT = HERE.parents[1] / "src" / "communique" / "classifier" / "2"
"""Where the weights go: a version that prompts were released with is not fitted anew."""

BETA = 0.8
"""How much recall counts beside precision, at the threshold. Statements are often made by several
sentences: one that is missed seldom loses the statement, and each false one makes another."""

STRENGTH = 50.0
"""Inverse of the regularization's strength for the words, chosen by cross-validation."""

SMOOTHING = 11
"""So many thresholds, a hundredth apart, are averaged."""


EXCLUSIVE = 'exclusive = [["condition", "threat"]]'
"""By the annotation guide a threat that depends on something is no condition: of the labelled
sentences that have one of the two, three in a thousand have both."""


@dataclass
class Labelled:
    """Sentences in the order of their articles.

    Attributes:
        texts: each with the sentence before it, or nothing.
        labels: the kinds of statement that each makes.
        groups: the number of its article.
    """

    texts: list[tuple[str, str]] = field(default_factory=list)
    labels: list[set[str]] = field(default_factory=list)
    groups: list[int] = field(default_factory=list)


def labelled() -> Labelled:
    """All of them."""
    found = Labelled()
    for path in sorted((HERE / "sentences").glob("*.yaml")):
        for article in yaml.safe_load(path.read_text(encoding="utf-8")):
            group = found.groups[-1] + 1 if found.groups else 0
            previous = ""
            for sentence in article["sentences"]:
                found.texts.append((sentence["text"], previous))
                previous = sentence["text"]
                found.labels.append(set(sentence["kinds"]))
                found.groups.append(group)
    return found


def word_matrix(texts: list[tuple[str, str]]) -> csr_matrix:
    """What the classifier sees of them, a row each."""
    rows = [features(*text) for text in texts]
    indices = [bucket for row in rows for bucket in row]
    values = [value for row in rows for value in row.values()]
    ends = np.cumsum([0, *map(len, rows)])
    return csr_matrix((values, indices, ends), shape=(len(rows), BUCKETS))


def fit(matrix: csr_matrix | np.ndarray, wanted: np.ndarray, strength: float) -> LogisticRegression:
    """An L2-regularized logistic regression in which both classes count the same."""
    return LogisticRegression(C=strength, class_weight="balanced", solver="liblinear").fit(
        matrix, wanted
    )


def best_threshold(wanted: np.ndarray, probability: np.ndarray) -> tuple[float, float]:
    """Where the F measure, averaged over the thresholds around it, is best, and F1 there.

    A single peak is chance.
    """
    grid = np.arange(0.05, 0.95, 0.01)
    found = [_f(wanted, probability >= threshold, BETA) for threshold in grid]
    around = np.convolve(found, np.ones(SMOOTHING) / SMOOTHING, mode="same")
    best = float(grid[int(around.argmax())])
    return best, _f(wanted, probability >= best, 1)


def _f(wanted: np.ndarray, said: np.ndarray, beta: float) -> float:
    weighed = beta**2 * int(wanted.sum()) + int(said.sum())
    return (1 + beta**2) * float((said & wanted).sum()) / max(1, weighed)
