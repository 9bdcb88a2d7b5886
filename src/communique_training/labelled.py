"""The labelled sentences, as the fitting scripts read them, and what these share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from communique.reading.choosing.features import BUCKETS, features
from communique.statements import KINDS

__all__ = [
    "CLASSIFIERS",
    "EXCLUSIVE",
    "STRENGTH",
    "VERSION",
    "Sentence",
    "best_threshold",
    "fit",
    "labelled",
    "wanted",
    "word_matrix",
]

HERE = Path(__file__).parent

CLASSIFIERS = HERE.parents[1] / "src" / "communique" / "classifier"
"""Where the weights go."""

VERSION = 3
"""What the scripts make; one that a prompt was released with is not fitted anew."""

_HELD_OUT = frozenset({"g1", "g2", "g4", "g5", "g6", "g7", "g8", "g9", "g11"})
_EVERY = 5
"""Every so many-th English article of these files is held out: one in fifteen sentences, from those
files that there were when this was decided."""

BETA = 0.8
"""How much recall counts beside precision, at the threshold of words and vectors. Statements are
often made by several sentences: one that is missed seldom loses the statement, and each false one
makes another."""

STRENGTH = 50.0
"""Inverse of the regularization's strength for the words, chosen by cross-validation."""

SMOOTHING = 11
"""So many thresholds, a hundredth apart, are averaged."""

AS_GOOD = 0.99
"""So much of the best F measure is as good as the best."""


EXCLUSIVE = 'exclusive = [["condition", "threat"]]'
"""By the annotation guide a threat that depends on something is no condition: of the labelled
sentences that have one of the two, three in a thousand have both."""


@dataclass(frozen=True)
class Sentence:
    """A labelled sentence.

    Attributes:
        text: the sentence.
        before: those before it in its article, the nearest last.
        after: the one after it, or nothing.
        kinds: the kinds of statement that it makes.
        optional: kinds that are defensible either way.
        values: of a kind's enumerated field, by kind, where it is labelled.
        group: the number of its article.
        language: its BCP 47 code.
        file: the name of its file.
        held_out: whether it is kept from the fitting, to weigh classifiers against each other.
    """

    text: str
    before: tuple[str, ...]
    after: str
    kinds: frozenset[str]
    optional: frozenset[str]
    values: dict[str, str]
    group: int
    language: str
    file: str
    held_out: bool

    @property
    def previous(self) -> str:
        """The sentence before it, or nothing."""
        return self.before[-1] if self.before else ""


def labelled(last: str = "") -> list[Sentence]:
    """All of them, in the order of their articles.

    Args:
        last: if given, those in files with names up to this one, as there were at the time of
            an earlier classifier.
    """
    found: list[Sentence] = []
    group = -1
    for path in sorted((HERE / "sentences").glob("*.yaml")):
        if last and path.stem > last:
            continue
        for number, article in enumerate(yaml.safe_load(path.read_text(encoding="utf-8"))):
            group += 1
            texts = [sentence["text"] for sentence in article["sentences"]]
            is_held_out = path.stem in _HELD_OUT and number % _EVERY == 0
            for n, sentence in enumerate(article["sentences"]):
                found.append(
                    Sentence(
                        text=texts[n],
                        before=tuple(texts[:n]),
                        after=texts[n + 1] if n + 1 < len(texts) else "",
                        kinds=frozenset(sentence["kinds"]),
                        optional=frozenset(sentence.get("optional", ())) - {*sentence["kinds"]},
                        values={
                            kind: sentence[details.enumerated]
                            for kind, details in KINDS.items()
                            if kind in sentence["kinds"] and details.enumerated in sentence
                        },
                        group=group,
                        language=article["language"],
                        file=path.stem,
                        held_out=is_held_out and article["language"] == "en",
                    )
                )
    return found


def wanted(sentences: Sequence[Sentence], kind: str) -> np.ndarray:
    """For each sentence whether it makes a statement of a kind."""
    return np.array([kind in sentence.kinds for sentence in sentences])


def word_matrix(sentences: Sequence[Sentence]) -> csr_matrix:
    """What the classifier sees of them, a row each."""
    rows = [features(sentence.text, sentence.previous) for sentence in sentences]
    indices = [bucket for row in rows for bucket in row]
    values = [value for row in rows for value in row.values()]
    ends = np.cumsum([0, *map(len, rows)])
    return csr_matrix((values, indices, ends), shape=(len(rows), BUCKETS))


def fit(matrix: csr_matrix | np.ndarray, wanted: np.ndarray, strength: float) -> LogisticRegression:
    """An L2-regularized logistic regression in which both classes count the same."""
    return LogisticRegression(C=strength, class_weight="balanced", solver="liblinear").fit(
        matrix, wanted
    )


def best_threshold(
    wanted: np.ndarray, probability: np.ndarray, beta: float = BETA
) -> tuple[float, float]:
    """Where the F measure, averaged over the thresholds around it, is best, and F1 there.

    A single peak is chance. Of thresholds that are as good, it is the one in the middle.
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
