"""The text of a web page's bytes, whose encoding servers and pages often name wrongly."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from contextlib import suppress

from communique.documents.document_fields import Unreadable

__all__ = ["decode_page"]

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_META = re.compile(rb"<meta[^>]{0,500}?charset\s*=\s*[\"']?\s*([\w.:-]{2,40})", re.IGNORECASE)
_XML = re.compile(rb"^\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]{2,40})", re.IGNORECASE)
_HEAD_BYTES = 8_192

# What pages mean by these names, as browsers read them.
_MEANT = {
    "iso8859-1": "cp1252",
    "ascii": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "big5": "big5hkscs",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
}
_OF_TEXT = re.compile(
    r"utf-8|iso8859-\d+|cp\d+|koi8-[rut]|mac-\w+|gb18030|big5\w*|euc_\w+|shift_jis\w*|"
    r"iso2022\w+|hz|kz1048|ptcp154|johab|viscii|tis-620"
)
_SAMPLE_BYTES = 50_000
_MOST_WRONG = 0.1  # of the characters beyond ASCII


def decode_page(raw: bytes, declared: str | None) -> str:
    """Return the text of a page.

    Bytes that are valid UTF-8 are that, whatever they are called. Other encodings are the one
    that the server named, the one that the page names, and the most likely one, in this order: the
    first in which the bytes are valid, or else nearly all of them.

    Args:
        raw: the page.
        declared: the encoding that the server named, or None.

    Raises:
        Unreadable: the encoding can't be found.
    """
    for mark, encoding in _MARKS:
        if raw.startswith(mark):
            return raw.decode(encoding, errors="replace")
    candidates = [found for name in _names(raw, declared) if (found := _codec(name))]
    if raw.isascii():
        certain = [*(each for each in candidates if _is_stateful(each)), "utf-8"]
    else:
        certain = ["utf-8", *candidates]
    for encoding in certain:
        with suppress(UnicodeDecodeError):
            return raw.decode(encoding)
    for encoding in [*candidates, "utf-8", *_guesses(raw)]:
        text = raw.decode(encoding, errors="replace")
        if text.count("\ufffd") <= _MOST_WRONG * _count_beyond_ascii(text):
            return text
    raise Unreadable("is in an encoding that can't be found; save it as UTF-8 in an editor")


def _names(raw: bytes, declared: str | None) -> Iterator[str]:
    if declared:
        yield declared
    for pattern in (_XML, _META):
        if found := pattern.search(raw[:_HEAD_BYTES]):
            yield found[1].decode()


def _codec(name: str) -> str | None:
    """Return the codec that an encoding's name stands for, if it is one of text."""
    try:
        found = codecs.lookup(name).name
    except (LookupError, ValueError):
        return None
    meant = _MEANT.get(found, found)
    return meant if _OF_TEXT.fullmatch(meant) else None


def _is_stateful(encoding: str) -> bool:
    """Return whether an encoding writes other scripts in ASCII bytes, after an escape."""
    return encoding.startswith(("iso2022", "hz"))


def _count_beyond_ascii(text: str) -> int:
    return len(text) - len(text.encode("ascii", errors="ignore"))


def _guesses(raw: bytes) -> Iterator[str]:
    from charset_normalizer import from_bytes

    if best := from_bytes(raw[:_SAMPLE_BYTES]).best():
        yield best.encoding
