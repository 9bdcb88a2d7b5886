"""The classifier's features of a sentence: hashed words, word pairs and parts of words."""

from __future__ import annotations

import math
import re
import zlib

__all__ = ["BUCKETS", "features"]

BUCKETS = 1 << 16
"""Number of buckets for features (feature hashing, Weinberger et al. 2009)."""

_WORD = re.compile(r"\w+(?:[’']\w+)?|[“”\"«»„:?!—–]")
_PIECE_LENGTHS = (3, 4, 5)
_PIECE_WEIGHT = 0.4
_PREVIOUS_WEIGHT = 0.3


def features(sentence: str, previous: str = "") -> dict[int, float]:
    """Return the buckets of a sentence and their weights, as a vector of length 1.

    Words and pairs of words say most; parts of words cover inflected forms, other languages, and
    scripts without spaces. The words of the previous sentence tell who speaks.

    Args:
        sentence: the sentence to classify.
        previous: the sentence before it in the article, or an empty string.
    """
    words = _WORD.findall(sentence.casefold())
    found: dict[str, float] = {}
    for word in words:
        found[f"w:{word}"] = 1.0
        padded = f" {word} "
        for length in _PIECE_LENGTHS:
            for start in range(len(padded) - length + 1):
                found[f"c:{padded[start : start + length]}"] = _PIECE_WEIGHT
    for left, right in zip(["^", *words], [*words, "$"], strict=True):
        found[f"b:{left} {right}"] = 1.0
    for word in _WORD.findall(previous.casefold()):
        found[f"p:{word}"] = _PREVIOUS_WEIGHT
    length = math.sqrt(sum(weight * weight for weight in found.values())) or 1.0
    buckets: dict[int, float] = {}
    for name, weight in found.items():
        bucket = zlib.crc32(name.encode()) % BUCKETS
        buckets[bucket] = buckets.get(bucket, 0.0) + weight / length
    return buckets
