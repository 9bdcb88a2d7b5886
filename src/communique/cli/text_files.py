"""Articles from files and standard input; results to files and standard output."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from communique._internal.files import replace
from communique.cli.file_formats import find_file_format
from communique.errors import ArticleError, SettingsError

__all__ = ["check_output", "read_text", "write_text"]

MAX_BYTES = 8_000_000
"""More than the longest article accepted has in any script; a larger file is not read at all."""


def read_text(source: str) -> str:
    """The text of a file, or of standard input for ``-``, exactly as it is.

    UTF-8 is expected. A byte order mark at the beginning is a signature, not text: it is
    left out, so that offsets count from the first character. Line ends are kept.

    Raises:
        ArticleError: it can't be read, is too large, or is not plain text in UTF-8.
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
            "first, for example: iconv -f WINDOWS-1252 -t UTF-8 FILE"
        ) from exc


def _read_bytes(source: str, name: str) -> bytes:
    if source == "-":
        if sys.stdin is None:
            raise ArticleError("standard input is closed; name a file")
        if sys.stdin.isatty():
            print("reading the article from the keyboard; Ctrl-D ends it", file=sys.stderr)  # noqa: T201
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
        raise ArticleError(f"{name!r} is not a file's name: {exc}") from exc


def check_output(output: Path | None, source: str) -> None:
    """Find out before the model is asked, and paid, whether its answer can be written.

    Raises:
        SettingsError: nothing can be written there, or it is the article itself.
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
    """Write to a file, all or nothing, or to standard output; UTF-8, line ends as they are.

    A file that is replaced keeps its permissions, and a link keeps pointing where it did.

    Raises:
        SettingsError: it can't be written.
        BrokenPipeError: nobody reads standard output any more.
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
    """Return whether it is a device or a pipe, which is written to and never replaced."""
    return path.exists() and not path.is_file()
