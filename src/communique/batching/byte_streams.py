"""Files as streams of bytes in UTF-8, whatever their compression and their byte order mark."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zlib
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

from communique.errors import ArticleError

__all__ = ["LONGEST_ROW", "lines_of", "open_utf8", "reading"]

LONGEST_ROW = 16 * 2**20
"""Most bytes of one row: the longest article with every character escaped, and its metadata."""

_UNPACK: dict[bytes, Callable[[BinaryIO], Any]] = {
    b"\x1f\x8b": lambda packed: gzip.GzipFile(fileobj=packed),
    b"BZh": bz2.BZ2File,
    b"\xfd7zXZ\x00": lzma.LZMAFile,
}
_MARKS = {
    b"\xff\xfe\x00\x00": "utf-32",  # before that of UTF-16, with which it begins
    b"\x00\x00\xfe\xff": "utf-32",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}
_UTF8_MARK = b"\xef\xbb\xbf"
_CHUNK = 2**16


def open_utf8(file: io.BufferedReader) -> io.BufferedReader:
    """Return a file's content as bytes in UTF-8, without a byte order mark.

    Files of gzip, bzip2 and xz are unpacked. A byte order mark of UTF-16 or UTF-32 says that the
    file is to be decoded; one of UTF-8 is skipped. Bytes that are not UTF-8 are passed on.
    """
    begins = file.peek(8)
    for magic, unpack in _UNPACK.items():
        if begins.startswith(magic):
            file = io.BufferedReader(unpack(file))
            begins = file.peek(8)
    if begins.startswith(_UTF8_MARK):
        file.read(len(_UTF8_MARK))
        return file
    for mark, encoding in _MARKS.items():
        if begins.startswith(mark):
            return io.BufferedReader(_Recoded(file, encoding))
    return file


def lines_of(file: io.BufferedReader) -> Iterator[bytes | None]:
    """Yield each line, or None in place of one that is longer than `LONGEST_ROW`.

    Of a longer one no more is kept in memory than that.
    """
    while line := file.readline(LONGEST_ROW + 1):
        if len(line) <= LONGEST_ROW:
            yield line
            continue
        while line and not line.endswith(b"\n"):
            line = file.readline(_CHUNK)
        yield None


@contextmanager
def reading(name: str) -> Generator[None]:
    """Turn errors of reading a file into an `ArticleError` that names it."""
    try:
        yield
    except (OSError, EOFError, lzma.LZMAError, zlib.error, UnicodeError) as exc:
        said = exc.strerror if isinstance(exc, OSError) and exc.strerror else exc
        raise ArticleError(f"{name} can't be read: {said}") from exc


class _Recoded(io.RawIOBase):
    """A stream that decodes another one and gives its text in UTF-8."""

    def __init__(self, file: io.BufferedReader, encoding: str) -> None:
        # What is no character becomes bytes that are not UTF-8, which concern their row only.
        self._text = io.TextIOWrapper(file, encoding, errors="surrogatepass", newline="")
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override] # what BufferedReader gives
        self._left = self._left or self._text.read(_CHUNK).encode("utf-8", "surrogatepass")
        count = min(len(buffer), len(self._left))
        buffer[:count], self._left = self._left[:count], self._left[count:]
        return count
