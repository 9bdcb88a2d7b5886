# pyright: basic, reportMissingImports=false
# scikit-learn has no types, and is not among the tools that check this package.
"""Weigh the encoder against the words: ``python -m communique_training.weigh``.

Requires scikit-learn and the weights that ``fit_encoder`` and ``fit english`` write. Reads the
held-out sentences, which neither has seen, and writes ``encoder.toml``. The gold articles in
``seeds/`` are never read.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Sequence

import numpy as np
from scipy.special import log_softmax
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score
from sklearn.model_selection import GroupKFold, cross_val_predict

from communique.reading.choosing.classifier import load_classifier
from communique.reading.choosing.cues import cued_value
from communique.reading.choosing.encoding import Heads, encoder_text, load_heads
from communique.statements import KINDS, Kind
from communique_training.embed import encode
from communique_training.labelled import Sentence, read_sentences
from communique_training.manifest import write_weights
from communique_training.regression import EXCLUSIVE, best_threshold, wanted

__all__ = ["main"]

SETTLED = 0.5
"""Least probability at which a value is taken without asking the language model, which is right
in about three of five such cases."""

BETA = 1.0
"""With the encoder, a missed sentence costs as much as a false alarm."""

CUE = 3.0
"""Weight of a cue in the words for a value. The maximum-likelihood weight would be 0 for a stance
and 2 for a status; from 0.7 to 3 about equally many values are right, on these sentences and on
the gold articles that are not held back."""


def main() -> None:
    """Weigh encoder and words, report the scores, and write the weights."""
    found = [sentence for sentence in read_sentences("english") if sentence.held_out]
    heads = load_heads({kind: KINDS[kind].values for kind in KINDS})
    words = load_classifier("english")
    texts = [encoder_text(s.text, s.before, s.after) for s in found]
    vectors = asyncio.run(encode(texts, heads.encoder))
    by_encoder = [heads.log_odds(vector) for vector in vectors]
    by_words = [words.log_odds(sentence.text, sentence.previous) for sentence in found]
    lines = [
        "# Written by communique_training.weigh; do not edit",
        f"sentences = {len(found)}",
        f"settled = {SETTLED}",
        f"cue = {CUE}",
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
        right = _right(kind, found, vectors, heads)
        lines += [
            "",
            f"[{kind}]",
            "# bias, encoder, words",
            f"weights = [{weights}]",
            f"threshold = {threshold:.3f}",
            f"values = {json.dumps(KINDS[kind].values)}",
            f"held_out_f1 = {best:.3f}",
            "# average precision, held out: by the encoder, by words, by both",
            f"average_precision = [{', '.join(f'{score:.3f}' for score in scores)}]",
            "# values that are right: by the encoder, with cues; settled; right of these",
            f"right = [{', '.join(f'{share:.3f}' for share in right)}]",
        ]
    text = "\n".join(lines) + "\n"
    write_weights("english", "encoder.toml", text.encode())
    sys.stdout.write(text)


def _right(
    kind: Kind, sentences: list[Sentence], vectors: Sequence[Sequence[float]], heads: Heads
) -> list[float]:
    """Return shares of values: right by the encoder, right with cues, settled, right if settled."""
    values = KINDS[kind].values
    rows: list[list[float]] = []
    cues: list[list[float]] = []
    labels: list[int] = []
    for sentence, vector in zip(sentences, vectors, strict=True):
        if kind in sentence.values:
            rows.append(list(heads.value_scores(kind, vector).values()))
            cued = cued_value(kind, sentence.text)
            cues.append([float(value == cued) for value in values])
            labels.append(values.index(sentence.values[kind]))
    scores = np.array(rows)
    both = np.exp(log_softmax(scores + CUE * np.array(cues), axis=1))
    right = both.argmax(1) == labels
    settled = both.max(1) >= SETTLED
    shares = (scores.argmax(1) == labels, right, settled, right[settled])
    return [float(share.mean()) for share in shares]


if __name__ == "__main__":
    main()
