"""Standard output that is written whole, or fails."""

from __future__ import annotations

import io
import select
import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from communique.errors import SettingsError

if TYPE_CHECKING:
    from typing import Any

    from _typeshed import ReadableBuffer

__all__ = ["whole_output"]


class _Whole(io.RawIOBase):
    """A stream that writes all it is given to another one, whose writes may be partial."""

    def __init__(self, raw: io.RawIOBase) -> None:
        self._raw = raw
        self.is_broken = False

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._raw.fileno()

    def isatty(self) -> bool:
        return self._raw.isatty()

    def write(self, data: ReadableBuffer) -> int:
        rest = memoryview(data).cast("B")
        length = len(rest)
        while rest and not self.is_broken:
            written = self._raw.write(rest)
            if written is None:  # it does not block, and is full
                select.select([], [self._raw], [])
            else:
                rest = rest[written:]
        return length


@contextmanager
def whole_output() -> Generator[None]:
    """During the ``with`` block, write standard output to its last byte, or fail.

    A disk that is nearly full takes a part of what it is given, and so does a pipe that does not
    block, as programs on Node.js make them. Python does not notice either if
    ``PYTHONUNBUFFERED`` is set.

    Raises:
        SettingsError: it can't be written.
        SystemExit: its reader has closed it.
    """
    stream: Any = sys.stdout
    buffer = getattr(stream, "buffer", None)
    raw = getattr(buffer, "raw", buffer)
    if not isinstance(raw, io.RawIOBase):
        yield
        return
    stream.flush()
    whole = _Whole(raw)
    sys.stdout = io.TextIOWrapper(
        io.BufferedWriter(whole),
        encoding=stream.encoding,
        errors=stream.errors,
        line_buffering=stream.line_buffering,
    )
    try:
        yield
    finally:
        written, sys.stdout = sys.stdout, stream
        try:
            written.flush()
        except BrokenPipeError:
            whole.is_broken = True
            raise SystemExit(1) from None
        except OSError as exc:
            whole.is_broken = True
            raise SettingsError(f"standard output can't be written: {exc.strerror or exc}") from exc
