# pyright: basic, reportMissingImports=false
# scikit-learn has no types, and is not among the tools that check this package.
"""Weigh the encoder against the words: ``python -m communique_training.weigh``.

Requires scikit-learn and the weights that ``fit_encoder`` and ``fit english`` write. Reads the
held-out sentences, which neither has seen, and writes ``encoder.toml``. The gold articles in
``seeds/`` are never read.
"""

from __future__ import annotations

import asyncio
import sys

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score
from sklearn.model_selection import GroupKFold, cross_val_predict

from communique.reading.choosing.classifier import load_classifier
from communique.reading.choosing.encoding import encoder_text, load_heads
from communique.statements import KINDS
from communique_training.embed import encode
from communique_training.labelled import read_sentences
from communique_training.manifest import write_weights
from communique_training.regression import EXCLUSIVE, best_threshold, wanted

__all__ = ["main"]

BETA = 1.0
"""With the encoder, a missed sentence costs as much as a false alarm."""


def main() -> None:
    """Weigh encoder and words, report the scores, and write the weights."""
    found = [sentence for sentence in read_sentences("english") if sentence.held_out]
    heads = load_heads([*KINDS])
    words = load_classifier("english")
    texts = [encoder_text(s.text, s.before, s.after) for s in found]
    vectors = asyncio.run(encode(texts, heads.encoder))
    by_encoder = [heads.log_odds(vector) for vector in vectors]
    by_words = [words.log_odds(sentence.text, sentence.previous) for sentence in found]
    lines = [
        "# Written by communique_training.weigh; do not edit",
        f"sentences = {len(found)}",
        EXCLUSIVE,
    ]
    for kind in KINDS:
        counts = np.array([kind not in sentence.optional for sentence in found])
        groups = np.array([sentence.group for sentence in found])[counts]
        labels = wanted(found, kind)[counts]
        seen = np.array(
            [[left[kind], right[kind]] for left, right in zip(by_encoder, by_words, strict=True)]
        )[counts]
        model = LogisticRegression().fit(seen, labels)
        likely = cross_val_predict(
            LogisticRegression(),
            seen,
            labels,
            groups=groups,
            cv=GroupKFold(5),
            method="predict_proba",
        )[:, 1]
        threshold, best = best_threshold(labels, likely, BETA)
        scores = [average_precision_score(labels, row) for row in (*seen.T, likely)]
        weights = ", ".join(f"{weight:.5f}" for weight in (*model.intercept_, *model.coef_[0]))
        lines += [
            "",
            f"[{kind}]",
            "# bias, encoder, words",
            f"weights = [{weights}]",
            f"threshold = {threshold:.3f}",
            f"held_out_f1 = {best:.3f}",
            "# average precision, held out: by the encoder, by words, by both",
            f"average_precision = [{', '.join(f'{score:.3f}' for score in scores)}]",
        ]
    text = "\n".join(lines) + "\n"
    write_weights("english/encoder.toml", text.encode())
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
