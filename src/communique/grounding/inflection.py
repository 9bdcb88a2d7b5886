"""Removal of English inflection from words: the first step of the Porter2 stemmer.

Only plural endings, ``-ed`` and ``-ing`` are removed. The later steps of a stemmer would make
"police" and "policy" the same word.
"""

from __future__ import annotations

import re

__all__ = ["base_form"]

_VOWEL = re.compile("[aeiouy]")
_VERB_ENDING = re.compile(r"(?:ed|ing)$")
_DOUBLE = re.compile(r"..(?:bb|dd|ff|gg|mm|nn|pp|rr|tt)$")
# Stems that have lost an e: creat-ed, seiz-ing, and single short syllables such as clos-ing.
_LACKS_E = re.compile(r"(?:[^aeiou]at|bl|iz)$|^[^aeiouy]*[aeiouy][^aeiouywx]$")
_PAST_OF_EE = re.compile(r"(?:agr|decr|guarant)eed$")
_SHORTEST_IN_Y = 5  # "tries" comes from "try", but "ties" from "tie"


def base_form(word: str) -> str:
    """Return a lower-case word without its plural ending, ``-ed`` or ``-ing``.

    The result need not be a word: "impose" and "imposing" become "impos".

    Examples:
        >>> [base_form(w) for w in ("parties", "planes", "plans", "planning", "closing", "close")]
        ['party', 'plane', 'plan', 'plan', 'close', 'close']
    """
    return _without_final_e(_without_verb_ending(_without_plural(word)))


def _without_plural(word: str) -> str:
    if word.endswith("ies"):
        return word[:-3] + "y" if len(word) >= _SHORTEST_IN_Y else word[:-1]
    if word.endswith(("sses", "ches", "shes", "xes")):
        return word[:-2]
    # "this", "gas" and "crisis" are not plurals of "thi", "ga" and "crisi".
    if word.endswith("s") and not word.endswith(("ss", "us", "is")) and _VOWEL.search(word[:-2]):
        return word[:-1]
    return word


def _without_verb_ending(word: str) -> str:
    if word.endswith("eed"):
        return word[:-1] if _PAST_OF_EE.search(word) else word
    if word.endswith("ied"):
        return word[:-3] + "y" if len(word) >= _SHORTEST_IN_Y else word[:-1]
    stem = _VERB_ENDING.sub("", word)
    if stem == word or not _VOWEL.search(stem):
        return word
    if _DOUBLE.search(stem):
        return stem[:-1]
    return stem + "e" if _LACKS_E.search(stem) else stem


def _without_final_e(word: str) -> str:
    """Return the word without a final e that ``-ing`` would remove as well; "plane" keeps it."""
    stem = word.removesuffix("e")
    keeps = stem.endswith(("e", "i")) or _LACKS_E.search(stem) or not _VOWEL.search(stem)
    return word if keeps else stem
