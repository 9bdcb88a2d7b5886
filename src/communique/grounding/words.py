"""Words compared: which wordings say the same, and which words an article has."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

__all__ = ["Vocabulary", "content_key", "content_words", "points_back"]

_WORD = re.compile(r"[^\W_]+(?:[’'][^\W_]+)*")
_SUFFIXES = ("ing", "ed", "es", "s")
_SHORTEST_STEM = 4

# Words that don't tell one issue from another. Prepositions that turn a phrase round ("by",
# "against", "from", "without") and negations are not among them.
_EMPTY = frozenset(
    """
    the a an of to in on at for its their his her our any all some this that these those
    be is are was were been being will would shall should may might can could
    has have had do does did s
    """.split()  # noqa: SIM905 easier to read than a list
)
_POINTS_BACK = re.compile(r"(?:if |when |once )?(?:he|she|it|they|this|that|these|those|one)\b")

# To join an alliance, its membership, accession to it: the words that such news use in turns.
_MEMBERSHIP = frozenset(
    "join joining joined membership member accession entry entering".split()  # noqa: SIM905
)


@lru_cache(maxsize=4096)
def content_words(text: str) -> tuple[str, ...]:
    """The words that carry meaning, case-folded and without English endings, in order."""
    words = (_plain(word) for word in _WORD.findall(text.casefold()))
    return tuple(_stem(word) for word in words if word not in _EMPTY)


@lru_cache(maxsize=4096)
def content_key(text: str) -> tuple[str, ...]:
    """What two wordings of one content have in common: their content words.

    One differing word can turn a meaning round ("imposing sanctions", "lifting sanctions"),
    so that keys are compared for equality only.
    """
    words = [_plain(word) for word in _WORD.findall(text.casefold())]
    if _MEMBERSHIP.isdisjoint(words):
        return content_words(text) or tuple(words)
    others = (_stem(word) for word in words if word not in _EMPTY | _MEMBERSHIP)
    return (*sorted(others), "membership")


def points_back(text: str) -> bool:
    """Whether the subject of a wording is named elsewhere ("if they appear there")."""
    return _POINTS_BACK.match(text.casefold()) is not None


class Vocabulary:
    """The words of an article.

    Args:
        text: the article.
    """

    def __init__(self, text: str) -> None:
        folded = text.casefold()
        self._text = folded
        self._starts = {word[:_SHORTEST_STEM] for word in _WORD.findall(folded)}

    def knows(self, text: str) -> bool:
        """Whether the article has any word of ``text``, in any form ("Russia", "Russian")."""
        return any(self._knows(word) for word in content_words(text))

    def knows_any(self, texts: Iterable[str]) -> bool:
        """Whether it has any word of any of them."""
        return any(self.knows(text) for text in texts)

    def _knows(self, word: str) -> bool:
        # Scripts without spaces between words have them inside longer runs of letters.
        return word[:_SHORTEST_STEM] in self._starts or (not word.isascii() and word in self._text)


def _plain(word: str) -> str:
    return re.sub(r"[’']s?$", "", word)


def _stem(word: str) -> str:
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= _SHORTEST_STEM:
            return word.removesuffix(suffix)
    return word
