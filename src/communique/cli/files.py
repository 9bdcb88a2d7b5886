"""Articles from files and standard input; results to files and standard output."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from communique.errors import ArticleError, SettingsError

__all__ = ["read_text", "write_text"]

MAX_BYTES = 8_000_000
"""More than the longest article accepted has in any script; a larger file is not read at all."""


def read_text(source: str) -> str:
    """The text of a file, or of standard input for ``-``, exactly as it is.

    UTF-8 is expected. A byte order mark at the beginning is a signature, not text: it is
    left out, so that offsets count from the first character. Line ends are kept.

    Raises:
        ArticleError: it can't be read, is too large, or is not UTF-8.
    """
    name = "standard input" if source == "-" else source
    try:
        raw = _read_bytes(source)
    except IsADirectoryError as exc:
        raise ArticleError(f"{name} is a folder; name a file in it") from exc
    except FileNotFoundError as exc:
        raise ArticleError(f"there is no file {name}") from exc
    except OSError as exc:
        raise ArticleError(f"{name} can't be read: {exc.strerror or exc}") from exc
    except ValueError as exc:  # a NUL byte in the name
        raise ArticleError(f"{name!r} is not a file's name: {exc}") from exc
    if len(raw) > MAX_BYTES:
        raise ArticleError(
            f"{name} is too large for an article: over {MAX_BYTES:,} bytes; split it into articles"
        )
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise ArticleError(
            f"{name} is not UTF-8: byte 0x{raw[exc.start]:02x} at offset {exc.start}; convert it "
            "first, for example: iconv -f WINDOWS-1252 -t UTF-8 FILE"
        ) from exc


def _read_bytes(source: str) -> bytes:
    if source == "-":
        if sys.stdin.isatty():
            print("reading the article from the keyboard; Ctrl-D ends it", file=sys.stderr)  # noqa: T201
        return sys.stdin.buffer.read(MAX_BYTES + 1)
    with Path(source).open("rb") as file:
        return file.read(MAX_BYTES + 1)


def write_text(text: str, output: Path | None) -> None:
    """Write to a file, all or nothing, or to standard output; UTF-8, line ends as they are.

    Raises:
        SettingsError: the file can't be written.
    """
    if output is None:
        sys.stdout.flush()
        sys.stdout.buffer.write(text.encode("utf-8"))
        sys.stdout.buffer.flush()
        return
    try:
        with tempfile.NamedTemporaryFile(
            "wb", dir=output.parent, prefix=f".{output.name}.", delete=False
        ) as file:
            file.write(text.encode("utf-8"))
        temporary = Path(file.name)
        mask = os.umask(0)
        os.umask(mask)
        temporary.chmod(0o666 & ~mask)  # as a file made the usual way
        temporary.replace(output)
    except OSError as exc:
        raise SettingsError(f"--output: {output} can't be written: {exc.strerror or exc}") from exc
