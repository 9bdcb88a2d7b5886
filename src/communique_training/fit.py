"""Fit the classifier of words, by ``python src/communique_training/fit.py``.

Needs scikit-learn beside communique (``pip install scikit-learn==1.9.*``); the library itself
does not. Reads ``sentences/*.yaml`` beside this file and writes ``weights.toml`` and
``weights.bin`` of the classifier `VERSION`. The gold articles in ``seeds/`` are never read.

Each kind gets an L2-regularized logistic regression; its threshold is the one with the best
F measure in five-fold cross-validation, articles kept together.
"""

from __future__ import annotations

import sys
import zlib
from array import array

import numpy as np
from labelled import (
    CLASSIFIERS,
    EXCLUSIVE,
    STRENGTH,
    VERSION,
    best_threshold,
    fit,
    labelled,
    wanted,
    word_matrix,
)
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold

from communique.statements import KINDS

STEPS = 127


def main() -> None:
    """Fit, report the cross-validation, write."""
    found = [sentence for sentence in labelled() if not sentence.held_out]
    groups = [sentence.group for sentence in found]
    matrix = word_matrix(found)
    lines = [
        "# Written by src/communique_training/fit.py; do not edit",
        f"sentences = {len(found)}",
        f"articles = {len(set(groups))}",
        EXCLUSIVE,
    ]
    weights = array("b")
    for kind in KINDS:
        labels = wanted(found, kind)
        held_out = np.zeros(len(labels))
        for train, test in GroupKFold(5).split(matrix, labels, groups):
            held_out[test] = fit(matrix[train], labels[train], STRENGTH).predict_proba(
                matrix[test]
            )[:, 1]
        threshold, best = best_threshold(labels, held_out)
        model = fit(matrix, labels, STRENGTH)
        scale = float(np.abs(model.coef_).max()) / STEPS
        weights.extend(int(v) for v in np.rint(model.coef_[0] / scale))
        lines += [
            "",
            f"[{kind}]",
            f"bias = {model.intercept_[0]:.6f}",
            f"scale = {scale:.8f}",
            f"threshold = {threshold:.3f}",
            f"held_out_f1 = {best:.3f}",
            f"held_out_auc = {roc_auc_score(labels, held_out):.3f}",
            f"positives = {int(labels.sum())}",
        ]
    folder = CLASSIFIERS / str(VERSION)
    folder.mkdir(exist_ok=True)
    (folder / "weights.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "weights.bin").write_bytes(zlib.compress(weights.tobytes(), 9))
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
