"""Text that is safe to display, without terminal controls and reordering characters."""

from __future__ import annotations

import re

__all__ = ["harmless", "plain", "readable", "verbatim"]

_SPACE = re.compile(r"\s+")

# Direction overrides and isolates can make a text appear to say something else. Left-to-right,
# right-to-left and Arabic letter marks only place punctuation, and ordinary Hebrew or Arabic
# text contains them, so they are not among these. Line feeds and tabs are kept.
_UNREADABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")
_MARKS = dict.fromkeys(map(ord, "\u061c\u200e\u200f"))
# The two overrides reverse any letters; ordinary text does not contain them. An article's text
# also keeps carriage returns and form feeds.
_FORCED = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\ud800-\udfff\u202d\u202e]")


def harmless(text: str) -> str:
    """Return text that can't control a terminal: control characters become ``\ufffd``.

    Line feeds and tabs are kept.
    """
    return readable(text.translate(_MARKS))


def readable(text: str) -> str:
    """Return `harmless` text that keeps direction marks, for a page that isolates directions."""
    return _UNREADABLE.sub("\ufffd", text)


def verbatim(text: str) -> str:
    """Return an article's text for a page, with the same length, line endings and direction marks.

    Characters that a page must not contain become ``\ufffd``, and so do direction overrides.
    """
    return _FORCED.sub("\ufffd", text)


def plain(text: str) -> str:
    """Return `harmless` text on one line."""
    return harmless(_SPACE.sub(" ", text))
