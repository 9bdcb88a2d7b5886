"""A summary as JSON that is safe to look at."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from communique.summary import Summary

__all__ = ["to_json"]

# JSON escapes U+0000 to U+001F only. A terminal obeys U+009B, too, as the beginning of an
# escape sequence, and turns text round at direction characters.
_SIGNALS = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def to_json(summary: Summary, *, indent: int | None = 2) -> str:
    r"""The summary as JSON, for a file or a terminal, and equal when read back.

    Args:
        summary: what to write.
        indent: spaces a level. None: all on one line, as JSON Lines wants it.

    Characters that a terminal may obey are written as ``\u009b``.
    """
    written = summary.model_dump_json(indent=indent)
    return _SIGNALS.sub(lambda found: f"\\u{ord(found[0]):04x}", written) + "\n"
