"""A summary as JSON that is safe to display."""

from __future__ import annotations

import re
from typing import Protocol

__all__ = ["displayable", "to_json", "to_jsonl"]

# JSON escapes only U+0000 to U+001F. A terminal also interprets U+009B, which begins an escape
# sequence, and direction characters, which reorder text.
_SIGNALS = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


class _Written(Protocol):
    """A summary, or a failure."""

    def model_dump_json(self, *, indent: int | None = None) -> str: ...


def to_json(document: _Written) -> str:
    r"""Return the summary as JSON, for a file or a terminal; reading it back gives an equal one.

    Characters that a terminal may interpret are written as ``\u009b``.
    """
    return _written(document, indent=2)


def to_jsonl(document: _Written) -> str:
    """Return the summary, or a failure, as JSON on one line; see `to_json`."""
    return _written(document, indent=None)


def displayable(written: str) -> str:
    """Return JSON without characters that a terminal may interpret: they are escaped."""
    return _SIGNALS.sub(lambda found: f"\\u{ord(found[0]):04x}", written)


def _written(document: _Written, indent: int | None) -> str:
    return displayable(document.model_dump_json(indent=indent)) + "\n"
