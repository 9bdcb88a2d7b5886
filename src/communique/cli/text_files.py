"""Writing of results to files or standard output."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from communique._internal.files import replace
from communique.errors import SettingsError

__all__ = ["check_output", "write_text"]


def check_output(output: Path | None, *sources: str) -> None:
    """Check that the result can be written, before the model is asked.

    Raises:
        SettingsError: the output can't be written, or is an article itself.
    """
    if output is None:
        if sys.stdout is None:
            raise SettingsError("standard output is closed; name a file with --output")
        return
    try:
        fault = _fault(output, sources)
    except OSError as exc:
        fault = exc.strerror or str(exc)
    if fault:
        raise SettingsError(f"--output: {output} can't be written: {fault}")


def _fault(output: Path, sources: Sequence[str]) -> str | None:
    if output.is_dir():
        return "it is a folder; name a file in it"
    if not output.parent.is_dir():
        return f"there is no folder {output.parent}"
    if not os.access(output if _is_special(output) else output.parent, os.W_OK):
        return "permission denied"
    if output.is_file() and any(map(output.samefile, filter(os.path.exists, sources))):
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
