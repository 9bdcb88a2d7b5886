"""A summary as JSON that is safe to look at."""

from __future__ import annotations

import re

from communique.render.document import Document

__all__ = ["to_json", "to_jsonl"]

# JSON escapes U+0000 to U+001F only. A terminal obeys U+009B, too, as the beginning of an
# escape sequence, and turns text round at direction characters.
_SIGNALS = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def to_json(document: Document) -> str:
    r"""Return the summary as JSON, for a file or a terminal, and equal when read back.

    Characters that a terminal may obey are written as ``\u009b``.
    """
    return _written(document, indent=2)


def to_jsonl(document: Document) -> str:
    """Return the summary as `to_json` does, on one line."""
    return _written(document, indent=None)


def _written(document: Document, indent: int | None) -> str:
    written = document.model_dump_json(indent=indent)
    return _SIGNALS.sub(lambda found: f"\\u{ord(found[0]):04x}", written) + "\n"
