"""A linear probe on the embedded model's own vectors, which complements the words.

A sentence's vector shows what its words alone do not (who acts, whether it is meant seriously),
and a linear model on it can be learned from the same labelled sentences (Alain and Bengio 2016,
arXiv:1610.01644). The weights fit only the vectors of the embedded model.
"""

from __future__ import annotations

import sys
import tomllib
import zlib
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from communique.reading.choosing.classifier import (
    chosen,
    fitted_kinds,
    probability,
    weights_folder,
)
from communique.statements import Kind

__all__ = ["KindProbe", "load_probe"]


@dataclass(frozen=True)
class KindProbe:
    """One logistic regression for each kind, on a sentence's vector and its log-odds by words.

    Attributes:
        length: length of a vector.
        floor: a sentence whose log-odds by the words are below this for all kinds gets no vector.
        weights: for each kind, a weight for each component.
        words: for each kind, the weight of the log-odds by the words.
        biases: for each kind, the bias.
        thresholds: for each kind, the probability that balances false alarms and misses.
        exclusive: pairs of kinds of which only the likelier one is chosen.
    """

    length: int
    floor: float
    weights: dict[Kind, Sequence[float]]
    words: dict[Kind, float]
    biases: dict[Kind, float]
    thresholds: dict[Kind, float]
    exclusive: tuple[tuple[Kind, Kind], ...] = ()

    def is_worth_it(self, log_odds: Mapping[Kind, float]) -> bool:
        """Return whether a vector could still find a statement, given the log-odds by words."""
        return max(log_odds.values()) >= self.floor

    def kinds(
        self, log_odds: Mapping[Kind, float], vector: Sequence[float]
    ) -> list[tuple[Kind, float]]:
        """Return the kinds of statement that a sentence probably makes, with probabilities.

        Args:
            log_odds: the log-odds of each kind by the words.
            vector: the embedded model's vector of the sentence.
        """
        found: dict[Kind, float] = {}
        for kind, weights in self.weights.items():
            seen = sum(w * v for w, v in zip(weights, vector, strict=True))
            found[kind] = probability(self.biases[kind] + self.words[kind] * log_odds[kind] + seen)
        return chosen(found, self.thresholds, self.exclusive)


@lru_cache(maxsize=1)
def load_probe() -> KindProbe:
    """Load the probe from the package ``communique-weights``."""
    folder = weights_folder("multilingual")
    table = tomllib.loads((folder / "probe.toml").read_text(encoding="utf-8"))
    raw = array("f", zlib.decompress((folder / "probe.bin").read_bytes()))
    if sys.byteorder == "big":
        raw.byteswap()
    kinds = fitted_kinds(table)
    length = len(raw) // len(kinds)
    return KindProbe(
        length=length,
        floor=table["floor"],
        weights={k: raw[n * length : (n + 1) * length] for n, k in enumerate(kinds)},
        words={kind: table[kind]["words"] for kind in kinds},
        biases={kind: table[kind]["bias"] for kind in kinds},
        thresholds={kind: table[kind]["threshold"] for kind in kinds},
        exclusive=tuple(map(tuple, table.get("exclusive", ()))),
    )
