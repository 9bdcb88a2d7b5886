"""Fit the sentence classifier, by ``python prompts/classifier/fit.py``.

Needs scikit-learn beside communique (``pip install scikit-learn==1.9.*``); the library itself
does not. Reads ``sentences/*.yaml`` beside this file and writes ``weights.toml`` and
``weights.bin`` of `communique.classifier`. The gold articles in ``seeds/`` are never read.

Each kind gets an L2-regularized logistic regression; its threshold is the one with the best
F1 in five-fold cross-validation, articles kept together.
"""

from __future__ import annotations

import sys
import zlib
from array import array
from pathlib import Path

import numpy as np
import yaml
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold

from communique.classifier import KINDS
from communique.classifier.features import BUCKETS, features

HERE = Path(__file__).parent
OUTPUT = HERE.parents[1] / "src" / "communique" / "classifier"
STRENGTH = 50.0
"""Inverse of the regularization's strength, chosen by cross-validation."""

STEPS = 127
SMOOTHING = 11
"""So many thresholds, a hundredth apart, are averaged."""


def main() -> None:
    """Fit, report the cross-validation, write."""
    texts: list[tuple[str, str]] = []
    labels: list[set[str]] = []
    groups: list[int] = []
    for path in sorted((HERE / "sentences").glob("*.yaml")):
        for article in yaml.safe_load(path.read_text(encoding="utf-8")):
            group = groups[-1] + 1 if groups else 0
            previous = ""
            for sentence in article["sentences"]:
                texts.append((sentence["text"], previous))
                previous = sentence["text"]
                labels.append(set(sentence["kinds"]))
                groups.append(group)
    matrix = _matrix(texts)
    lines = [
        "# Written by prompts/classifier/fit.py; do not edit",
        f"sentences = {len(texts)}",
        f"articles = {len(set(groups))}",
    ]
    weights = array("b")
    for kind in KINDS:
        wanted = np.array([kind in label for label in labels])
        held_out = np.zeros(len(wanted))
        for train, test in GroupKFold(5).split(matrix, wanted, groups):
            held_out[test] = _fit(matrix[train], wanted[train]).predict_proba(matrix[test])[:, 1]
        threshold, best = _best_threshold(wanted, held_out)
        model = _fit(matrix, wanted)
        scale = float(np.abs(model.coef_).max()) / STEPS
        weights.extend(int(v) for v in np.rint(model.coef_[0] / scale))
        lines += [
            "",
            f"[{kind}]",
            f"bias = {model.intercept_[0]:.6f}",
            f"scale = {scale:.8f}",
            f"threshold = {threshold:.3f}",
            f"held_out_f1 = {best:.3f}",
            f"held_out_auc = {roc_auc_score(wanted, held_out):.3f}",
            f"positives = {int(wanted.sum())}",
        ]
    (OUTPUT / "weights.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (OUTPUT / "weights.bin").write_bytes(zlib.compress(weights.tobytes(), 9))
    sys.stdout.write("\n".join(lines) + "\n")


def _matrix(texts: list[tuple[str, str]]) -> csr_matrix:
    rows = [features(*text) for text in texts]
    indices = [bucket for row in rows for bucket in row]
    values = [value for row in rows for value in row.values()]
    ends = np.cumsum([0, *map(len, rows)])
    return csr_matrix((values, indices, ends), shape=(len(rows), BUCKETS))


def _fit(matrix: csr_matrix, wanted: np.ndarray) -> LogisticRegression:
    return LogisticRegression(C=STRENGTH, class_weight="balanced", solver="liblinear").fit(
        matrix, wanted
    )


def _best_threshold(wanted: np.ndarray, probability: np.ndarray) -> tuple[float, float]:
    """Where F1, averaged over the thresholds around it, is best: a single peak is chance."""
    grid = np.arange(0.05, 0.95, 0.01)
    found = [_f1(wanted, probability >= threshold) for threshold in grid]
    around = np.convolve(found, np.ones(SMOOTHING) / SMOOTHING, mode="same")
    best = int(around.argmax())
    return float(grid[best]), float(found[best])


def _f1(wanted: np.ndarray, said: np.ndarray) -> float:
    return 2 * float((said & wanted).sum()) / max(1, int(said.sum() + wanted.sum()))


if __name__ == "__main__":
    main()
