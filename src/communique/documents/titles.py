"""Titles that programs write into files."""

from __future__ import annotations

import re

__all__ = ["real_title"]

# What programs fill in by themselves: names of files and of the programs.
_MADE_UP = re.compile(
    r"(?:microsoft (?:word|powerpoint)\b.*|untitled\b.*|document\s?\d*|about:blank|"
    r".*\.(?:docx?|odt|indd|pdf|qxd|tmp|html?|rtf|txt)|https?://.*)",
    re.IGNORECASE,
)


def real_title(title: object) -> str | None:
    """Return a file's title, unless it has none or one that a program made up."""
    words = " ".join(title.split()) if isinstance(title, str) else ""
    return words if words and not _MADE_UP.fullmatch(words) else None
