# pyright: basic, reportMissingImports=false
# scikit-learn has no types, and is not among the tools that check this package.
"""Fit the models of words: ``python -m communique_training.fit english`` (or ``multilingual``).

Requires scikit-learn in addition to communique (``pip install scikit-learn==1.9.*``). Writes
``words.toml`` and ``words.bin``. The gold articles in ``seeds/`` are never read.

Each kind gets an L2-regularized logistic regression; its threshold is the one with the best
F-measure in five-fold cross-validation that keeps the sentences of an article together.
"""

from __future__ import annotations

import argparse
import sys
import zlib
from array import array
from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold

from communique.statements import KINDS
from communique_training.labelled import Sentence, read_sentences
from communique_training.manifest import Language, write_weights
from communique_training.regression import (
    EXCLUSIVE,
    STRENGTH,
    best_threshold,
    fit,
    wanted,
    word_matrix,
)

__all__ = ["main"]

STEPS = 127
"""Weights are whole numbers from -127 to 127, in units of their kind's scale."""


def main(language: Language) -> None:
    """Fit the models, report the cross-validation, and write the weights."""
    found = [sentence for sentence in read_sentences(language) if not sentence.held_out]
    matrix = word_matrix(found)
    lines = [
        "# Written by communique_training.fit; do not edit",
        f"sentences = {len(found)}",
        f"articles = {len({sentence.group for sentence in found})}",
        EXCLUSIVE,
    ]
    weights = array("b")
    for kind in KINDS:
        labels = wanted(found, kind)
        held_out = _cross_validated(matrix, labels, found)
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
    text = "\n".join(lines) + "\n"
    write_weights(f"{language}/words.toml", text.encode())
    write_weights(f"{language}/words.bin", zlib.compress(weights.tobytes(), 9))
    sys.stdout.write(text)


def _cross_validated(
    matrix: csr_matrix, labels: np.ndarray, sentences: Sequence[Sentence]
) -> np.ndarray:
    """Return each sentence's probability from a model that has not seen its article."""
    found = np.zeros(len(labels))
    groups = [sentence.group for sentence in sentences]
    for train, test in GroupKFold(5).split(matrix, labels, groups):
        model = fit(matrix[train], labels[train], STRENGTH)
        found[test] = model.predict_proba(matrix[test])[:, 1]
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("language", choices=["english", "multilingual"])
    main(parser.parse_args().language)
