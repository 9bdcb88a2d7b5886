"""Text that is safe to show: without what controls a terminal or turns words round."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["harmless", "plain", "readable", "verbatim"]

_SPACE = re.compile(r"\s+")

# Direction overrides and isolates can make a text read as what it does not say. The marks
# for left-to-right, right-to-left and Arabic letters only settle where punctuation goes, and
# honest Hebrew or Arabic text has them: they are left out.
_OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_MARKS = dict.fromkeys(map(ord, "\u061c\u200e\u200f"))
# These two make letters run backwards, whatever they are; no honest text has them.
_FORCED = frozenset("\u202d\u202e")


def harmless(text: str) -> str:
    """Return text that can't control a terminal: control characters become ``\ufffd``.

    Line feeds and tabs stay.
    """
    return _replaced(text.translate(_MARKS), _OVERRIDES, keep="\n\t")


def readable(text: str) -> str:
    """Return text for a page that settles directions by itself: `harmless`, with the marks."""
    return _replaced(text, _OVERRIDES, keep="\n\t")


def verbatim(text: str) -> str:
    """Return an article's text for a page, of the same length, line ends and directions kept.

    Characters that no page may hold become ``\ufffd``, and so do forced directions.
    """
    return _replaced(text, _FORCED, keep="\n\r\t\f")


def plain(text: str) -> str:
    """Return `harmless` text on one line."""
    return harmless(_SPACE.sub(" ", text))


def _replaced(text: str, unwanted: frozenset[str], keep: str) -> str:
    return "".join(
        "\ufffd"
        if c not in keep and (unicodedata.category(c) in {"Cc", "Cs"} or c in unwanted)
        else c
        for c in text
    )
