"""Detection of English articles, by their language tag or by their most common words."""

from __future__ import annotations

import re

from communique.language import primary_language

__all__ = ["is_english"]

# Common words of English that hardly occur in other languages of the same script
_COMMON = frozenset(
    """
    the and that with which they from were would their said this his but been after than when
    who its not it as are
    """.split()  # noqa: SIM905 easier to read than a list
)
_WORD = re.compile(r"[^\W\d_]+")
_SHARE = 0.1
"""In English news a fifth of the words or more are among them; in Dutch, German or Danish news
less than a twentieth."""


def is_english(text: str, language: str | None = None) -> bool:
    """Return whether a text is in English.

    Args:
        text: text of several sentences; a few words are not enough to decide.
        language: its BCP 47 tag or ISO 639 code, which decides if it is given.

    Example:
        >>> is_english("The minister said that the talks with them were over.")
        True
        >>> is_english("Der Minister sagte, die Gespräche mit ihnen seien beendet.")
        False
    """
    if language is not None:
        return primary_language(language) == "en"
    words = _WORD.findall(text.casefold())
    return bool(words) and sum(word in _COMMON for word in words) >= _SHARE * len(words)
