"""A linear model over words that says which kinds of statement a sentence may make.

A language model of a billion parameters finds a statement in nearly every sentence. Whether a
sentence is worth a question is mostly evident from its words, and can be learned from labelled
sentences: ``communique_training`` has these, and the scripts that fit the weights. Classifying
an article's sentences takes milliseconds.
"""

from __future__ import annotations

import math
import tomllib
import zlib
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from communique.errors import ModelNotAvailable
from communique.reading.choosing.features import BUCKETS, features
from communique.settings import LOCAL_EXTRA
from communique.statements import KINDS, Kind

__all__ = [
    "KindClassifier",
    "chosen",
    "fitted_kinds",
    "load_classifier",
    "probability",
    "weights_folder",
]


@dataclass(frozen=True)
class KindClassifier:
    """One logistic regression for each kind.

    Attributes:
        weights: for each kind, a weight for each bucket, in units of its scale.
        scales: for each kind, the unit of its weights.
        biases: for each kind, the log-odds of a sentence without any known feature.
        thresholds: for each kind, the probability that balances false alarms and misses.
        exclusive: pairs of kinds of which only the likelier one is chosen.
    """

    weights: dict[Kind, array[int]]
    scales: dict[Kind, float]
    biases: dict[Kind, float]
    thresholds: dict[Kind, float]
    exclusive: tuple[tuple[Kind, Kind], ...] = ()

    def log_odds(self, sentence: str, previous: str = "") -> dict[Kind, float]:
        """Return, for each kind, the log-odds that the sentence makes such a statement.

        Args:
            sentence: the sentence.
            previous: the sentence before it, or an empty string.
        """
        seen = features(sentence, previous)
        found: dict[Kind, float] = {}
        for kind, weights in self.weights.items():
            total = sum(weights[bucket] * value for bucket, value in seen.items())
            found[kind] = self.biases[kind] + self.scales[kind] * total
        return found

    def kinds(self, log_odds: Mapping[Kind, float]) -> list[tuple[Kind, float]]:
        """Return the kinds of statement that a sentence probably makes, with probabilities."""
        found: dict[Kind, float] = {kind: probability(odds) for kind, odds in log_odds.items()}
        return chosen(found, self.thresholds, self.exclusive)


_LENIENCY = 0.3
"""Share of a kind's threshold from which on the language model is asked, which may answer that
there is no such statement. Chosen on real news held out from training: there, asking twice as often
raises F1 from 0.44 to 0.53, and asking still more often costs time for nothing."""


def chosen(
    found: Mapping[Kind, float],
    thresholds: Mapping[Kind, float],
    exclusive: Sequence[tuple[Kind, Kind]],
) -> list[tuple[Kind, float]]:
    """Return the kinds that are likely enough to ask about, with their probabilities.

    Args:
        found: the probability of each kind.
        thresholds: for each kind, the probability that balances false alarms and misses.
        exclusive: pairs of kinds of which only the likelier one is chosen.
    """
    taken: dict[Kind, float] = {
        kind: likely for kind, likely in found.items() if likely >= _LENIENCY * thresholds[kind]
    }
    for pair in exclusive:
        if all(kind in taken for kind in pair):
            del taken[min(pair, key=lambda kind: taken[kind])]
    return list(taken.items())


def probability(log_odds: float) -> float:
    """Return the probability, from 0 to 1, that natural log-odds stand for."""
    return (1 + math.tanh(log_odds / 2)) / 2  # the logistic function, without overflow


@lru_cache(maxsize=2)
def load_classifier(language: Literal["english", "multilingual"]) -> KindClassifier:
    """Load the classifier for a language from the package ``communique-weights``."""
    folder = weights_folder(language)
    table = tomllib.loads((folder / "words.toml").read_text(encoding="utf-8"))
    kinds = fitted_kinds(table)
    raw = array("b", zlib.decompress((folder / "words.bin").read_bytes()))
    return KindClassifier(
        weights={k: raw[n * BUCKETS : (n + 1) * BUCKETS] for n, k in enumerate(kinds)},
        scales={kind: table[kind]["scale"] for kind in kinds},
        biases={kind: table[kind]["bias"] for kind in kinds},
        thresholds={kind: table[kind]["threshold"] for kind in kinds},
        exclusive=tuple(map(tuple, table.get("exclusive", ()))),
    )


def fitted_kinds(table: Mapping[str, Any]) -> list[Kind]:
    """Return the kinds that weights were fitted for, in the order of the weights.

    Args:
        table: the content of the weights' TOML file, which has a table for each kind.
    """
    return [kind for kind in KINDS if kind in table]


def weights_folder(language: Literal["english", "multilingual"]) -> Path:
    """Return the folder that holds the weights for a language.

    Raises:
        ModelNotAvailable: the package ``communique-weights`` is not installed.
    """
    try:
        import communique_weights
    except ImportError as exc:
        raise ModelNotAvailable(
            "the strategy conversation chooses sentences by weights that are not installed; "
            f"install them with: {LOCAL_EXTRA}"
        ) from exc
    return communique_weights.folder(language)
