"""Whether a text is in English, by its commonest words."""

from __future__ import annotations

import re

__all__ = ["is_english"]

# The commonest English words that are none in other languages of the same script.
_COMMON = frozenset(
    """
    the of and to that for with was is it by from at his he had not but which they been were
    their would who said will its this have are be
    """.split()  # noqa: SIM905 easier to read than a list
)
_WORD = re.compile(r"\w+")
_SHARE = 0.15
"""English prose has some 0.35 of them, Dutch and German less than 0.05, others next to none."""


def is_english(text: str) -> bool:
    """Whether at least one word in seven is a common word of English.

    Example:
        >>> is_english("The minister said that the talks were over.")
        True
        >>> is_english("Der Minister sagte, die Gespräche seien beendet.")
        False
    """
    words = _WORD.findall(text.casefold())
    return sum(word in _COMMON for word in words) >= _SHARE * max(1, len(words))
