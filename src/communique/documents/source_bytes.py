"""Files and standard input as bytes."""

from __future__ import annotations

import sys
from pathlib import Path

from communique.errors import ArticleError

__all__ = ["MOST_BYTES", "read_source"]

MOST_BYTES = 32_000_000
"""Maximum size of a file or download; pages and documents are much larger than the text in them."""


def read_source(source: str) -> bytes:
    """Return the content of a file, or of standard input for ``-``.

    Raises:
        ArticleError: it can't be read, or is larger than `MOST_BYTES`.
    """
    name = "standard input" if source == "-" else source
    raw = _read(source, name)
    if len(raw) > MOST_BYTES:
        raise ArticleError(
            f"{name} is too large for an article: over {MOST_BYTES:,} bytes; split it into articles"
        )
    return raw


def _read(source: str, name: str) -> bytes:
    if source == "-":
        if sys.stdin is None:
            raise ArticleError("standard input is closed; name a file")
        if sys.stdin.isatty():
            print("reading the article from the keyboard; finish with Ctrl-D", file=sys.stderr)  # noqa: T201
    try:
        if source == "-":
            return sys.stdin.buffer.read(MOST_BYTES + 1)
        with Path(source).open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except IsADirectoryError as exc:
        raise ArticleError(
            f"{name} is a folder; name a file in it, or read all of it with: "
            f"communique batch {name} --output outcomes.jsonl"
        ) from exc
    except FileNotFoundError as exc:
        raise ArticleError(f"there is no file {name}") from exc
    except OSError as exc:
        raise ArticleError(f"{name} can't be read: {exc.strerror or exc}") from exc
    except ValueError as exc:  # a NUL byte in the name
        raise ArticleError(f"{name!r} is not a valid file name: {exc}") from exc
