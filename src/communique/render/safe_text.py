"""Text that is safe to display, without terminal controls and reordering characters."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["harmless", "plain", "readable", "verbatim"]

_SPACE = re.compile(r"\s+")

# Direction overrides and isolates can make a text appear to say something else. Left-to-right,
# right-to-left and Arabic letter marks only place punctuation, and ordinary Hebrew or Arabic
# text contains them, so this set excludes them.
_OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_MARKS = dict.fromkeys(map(ord, "\u061c\u200e\u200f"))
# The two overrides reverse any letters; ordinary text does not contain them.
_FORCED = frozenset("\u202d\u202e")


def harmless(text: str) -> str:
    """Return text that can't control a terminal: control characters become ``\ufffd``.

    Line feeds and tabs are kept.
    """
    return _replaced(text.translate(_MARKS), _OVERRIDES, keep="\n\t")


def readable(text: str) -> str:
    """Return `harmless` text that keeps direction marks, for a page that isolates directions."""
    return _replaced(text, _OVERRIDES, keep="\n\t")


def verbatim(text: str) -> str:
    """Return an article's text for a page, with the same length, line endings and direction marks.

    Characters that a page must not contain become ``\ufffd``, and so do direction overrides.
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
