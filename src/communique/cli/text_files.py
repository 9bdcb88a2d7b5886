"""Reading of articles from files or standard input, and writing of results."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from communique._internal.files import replace
from communique.cli.file_formats import find_file_format
from communique.errors import ArticleError, SettingsError

__all__ = ["check_output", "read_text", "write_text"]

MAX_BYTES = 8_000_000
"""Maximum size of a file, more than the longest accepted article has in any script."""


def read_text(source: str) -> str:
    """Return the unchanged text of a file, or of standard input for ``-``.

    The text must be UTF-8. A byte order mark at the beginning is dropped, so that offsets count
    from the first character. Line endings are kept.

    Raises:
        ArticleError: the file can't be read, is too large, or is not plain text in UTF-8.
    """
    name = "standard input" if source == "-" else source
    raw = _read_bytes(source, name)
    if len(raw) > MAX_BYTES:
        raise ArticleError(
            f"{name} is too large for an article: over {MAX_BYTES:,} bytes; split it into articles"
        )
    if found := find_file_format(raw):
        raise ArticleError(f"{name} is {found}")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise ArticleError(
            f"{name} is not UTF-8: byte 0x{raw[exc.start]:02x} at offset {exc.start}; convert it "
            "first from its own encoding, for example: iconv -f WINDOWS-1252 -t UTF-8 FILE "
            "(WINDOWS-1251 for Cyrillic, GB18030 for Chinese)"
        ) from exc


def _read_bytes(source: str, name: str) -> bytes:
    if source == "-":
        if sys.stdin is None:
            raise ArticleError("standard input is closed; name a file")
        if sys.stdin.isatty():
            print("reading the article from the keyboard; finish with Ctrl-D", file=sys.stderr)  # noqa: T201
    try:
        if source == "-":
            return sys.stdin.buffer.read(MAX_BYTES + 1)
        with Path(source).open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except IsADirectoryError as exc:
        raise ArticleError(f"{name} is a folder; name a file in it") from exc
    except FileNotFoundError as exc:
        raise ArticleError(f"there is no file {name}") from exc
    except OSError as exc:
        raise ArticleError(f"{name} can't be read: {exc.strerror or exc}") from exc
    except ValueError as exc:  # a NUL byte in the name
        raise ArticleError(f"{name!r} is not a valid file name: {exc}") from exc


def check_output(output: Path | None, source: str) -> None:
    """Check that the result can be written, before the model is asked.

    Raises:
        SettingsError: the output can't be written, or is the article itself.
    """
    if output is None:
        if sys.stdout is None:
            raise SettingsError("standard output is closed; name a file with --output")
        return
    try:
        fault = _fault(output, source)
    except OSError as exc:
        fault = exc.strerror or str(exc)
    if fault:
        raise SettingsError(f"--output: {output} can't be written: {fault}")


def _fault(output: Path, source: str) -> str | None:
    if output.is_dir():
        return "it is a folder; name a file in it"
    if not output.parent.is_dir():
        return f"there is no folder {output.parent}"
    if not os.access(output if _is_special(output) else output.parent, os.W_OK):
        return "permission denied"
    if source != "-" and output.is_file() and output.samefile(source):
        return "it is the article itself"
    return None


def write_text(text: str, output: Path | None) -> None:
    """Write text as UTF-8 to a file, atomically, or to standard output.

    Line endings are kept. A replaced file keeps its permissions; a link keeps its target.

    Raises:
        SettingsError: the output can't be written.
        BrokenPipeError: the reader of standard output has closed it.
    """
    raw = text.encode("utf-8")
    try:
        if output is None:
            sys.stdout.flush()
            sys.stdout.buffer.write(raw)
            sys.stdout.buffer.flush()
        elif _is_special(output):
            output.write_bytes(raw)
        else:
            replace(output.resolve(), raw)
    except BrokenPipeError:
        raise
    except OSError as exc:
        where = "standard output" if output is None else f"--output: {output}"
        raise SettingsError(f"{where} can't be written: {exc.strerror or exc}") from exc


def _is_special(path: Path) -> bool:
    """Return whether a path is a device or a pipe, which must not be replaced."""
    return path.exists() and not path.is_file()
