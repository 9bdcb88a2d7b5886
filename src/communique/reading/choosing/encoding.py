"""The sentence encoder, fine-tuned to find the statements that an English sentence makes.

It is all-MiniLM-L6-v2 (Wang et al. 2020, arXiv:2002.10957; Reimers and Gurevych 2019,
arXiv:1908.10084), trained further on the labelled sentences in ``communique_training``. It reads a
sentence with its context, in a hundredth of the time that the language model takes, and its
result is weighed against that of the words. llama-server runs it. It can't read other languages.
"""

from __future__ import annotations

import sys
import tomllib
import unicodedata
import zlib
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from communique.errors import ProviderError
from communique.local.encoder import Encoder
from communique.reading.choosing.classifier import (
    chosen,
    fitted_kinds,
    probability,
    weights_folder,
)
from communique.statements import Kind

__all__ = ["Heads", "KindEncoder", "encoder_text", "load_encoder", "load_heads"]

_CONTEXT_TOKENS = 512
_MOST_CHARACTERS = 500
"""Text of this length always fits into the context, since a token has at least one character."""

_SENTENCE_CHARACTERS = 320
_AFTER_CHARACTERS = 80
_BEFORE = 2
_SEPARATOR = "[SEP]"


def encoder_text(sentence: str, before: Sequence[str] = (), after: str = "") -> str:
    """Return the text that the encoder reads: a sentence, and a part of what surrounds it.

    Args:
        sentence: the sentence to classify; only the beginning of a very long one is used.
        before: the sentences before it; the end of the last two is used.
        after: the sentence after it; its beginning is used.
    """
    parts = [_plain(part) for part in (sentence, " ".join(before[-_BEFORE:]), after)]
    judged = parts[0][:_SENTENCE_CHARACTERS]
    later = parts[2][:_AFTER_CHARACTERS]
    room = _MOST_CHARACTERS - len(judged) - len(later)
    return f"{judged}{_SEPARATOR}{parts[1][-room:]}{_SEPARATOR}{later}"


def _plain(text: str) -> str:
    """Return text on one line, decomposed as the encoder does it, without separator tokens."""
    flat = " ".join(unicodedata.normalize("NFD", text).split())
    return flat.replace("[", "(").replace("]", ")")


@dataclass(frozen=True)
class Heads:
    """Logistic regressions on the encoder's vector of a sentence.

    Attributes:
        encoder: the encoder that computes the vectors.
        length: length of a vector.
        kinds: for each kind, a weight for each component, followed by the bias.
    """

    encoder: Encoder
    length: int
    kinds: dict[Kind, Sequence[float]]

    def check(self, vectors: Sequence[Sequence[float]]) -> None:
        """Check that the encoder's server sent vectors that fit these models.

        Raises:
            ProviderError: the vectors have another length.
        """
        lengths = {len(vector) for vector in vectors} - {self.length}
        if lengths:
            raise ProviderError(
                f"{self.encoder.name} sent vectors of {lengths.pop()} numbers, not {self.length}: "
                "it is not the encoder that belongs to this version; install communique again"
            )

    def log_odds(self, vector: Sequence[float]) -> dict[Kind, float]:
        """Return, for each kind, the log-odds that the sentence makes such a statement."""
        return {kind: _dot(row, (*vector, 1.0)) for kind, row in self.kinds.items()}


@dataclass(frozen=True)
class KindEncoder:
    """A classifier of sentences that combines the encoder with the words.

    Attributes:
        heads: the linear models on the encoder's vectors.
        weights: for each kind, the bias and the weights of the encoder's and the words' log-odds.
        thresholds: for each kind, the probability that balances false alarms and misses.
        exclusive: pairs of kinds of which only the likelier one is chosen.
    """

    heads: Heads
    weights: dict[Kind, Sequence[float]]
    thresholds: dict[Kind, float]
    exclusive: tuple[tuple[Kind, Kind], ...] = ()

    def kinds(
        self, vector: Sequence[float], words: Mapping[Kind, float]
    ) -> list[tuple[Kind, float]]:
        """Return the kinds of statement that a sentence probably makes, with probabilities.

        Args:
            vector: the encoder's vector of the sentence.
            words: the log-odds of each kind by the words.
        """
        encoded = self.heads.log_odds(vector)
        found: dict[Kind, float] = {
            kind: probability(_dot(weights, (1.0, encoded[kind], words[kind])))
            for kind, weights in self.weights.items()
        }
        return chosen(found, self.thresholds, self.exclusive)


def load_heads(kinds: Sequence[Kind]) -> Heads:
    """Load the linear models on the encoder's vectors.

    Args:
        kinds: the kinds, in the order in which they were fitted.
    """
    folder = weights_folder("english")
    raw = array("f", zlib.decompress((folder / "heads.bin").read_bytes()))
    if sys.byteorder == "big":
        raw.byteswap()
    length = len(raw) // len(kinds)
    return Heads(
        encoder=Encoder("communique-encoder", folder / "encoder.gguf", _CONTEXT_TOKENS),
        length=length - 1,
        kinds={kind: raw[n * length : (n + 1) * length] for n, kind in enumerate(kinds)},
    )


@lru_cache(maxsize=1)
def load_encoder() -> KindEncoder:
    """Load the encoder and its heads from the package ``communique-weights``."""
    path = weights_folder("english") / "encoder.toml"
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    kinds = fitted_kinds(table)
    return KindEncoder(
        heads=load_heads(kinds),
        weights={kind: table[kind]["weights"] for kind in kinds},
        thresholds={kind: table[kind]["threshold"] for kind in kinds},
        exclusive=tuple(map(tuple, table.get("exclusive", ()))),
    )


def _dot(weights: Sequence[float], vector: Sequence[float]) -> float:
    return sum(weight * value for weight, value in zip(weights, vector, strict=True))
