"""The text of a Word file, .docx (extra ``docs``)."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any

from communique.documents.document_fields import ArticleFields, Unreadable
from communique.documents.extra_libraries import load_library
from communique.documents.titles import real_title

__all__ = ["is_word_file", "read_word"]

_MAIN_PART = "word/document.xml"
_MOST_UNPACKED = 200_000_000
"""Bytes of all parts of a file, pictures included, after decompression."""

_NAMESPACE = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_P, _R, _T = (f"{_NAMESPACE}{name}" for name in ("p", "r", "t"))
_BREAKS = {f"{_NAMESPACE}{name}": " " for name in ("tab", "br", "cr", "ptab")} | {
    f"{_NAMESPACE}noBreakHyphen": "\u2011"
}
_HIDDEN = f"{_NAMESPACE}rPr/{_NAMESPACE}vanish"
_OFF = frozenset({"0", "false", "off"})
_SPACE = re.compile(r"[ \t\r\n]+")  # other kinds of space are the author's
_NOT_READ = frozenset(
    {
        *(f"{_NAMESPACE}{name}" for name in ("moveFrom", "instrText", "rPr", "pPr")),
        # The same text once more, for programs that can't show the other.
        "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback",
    }
)


def is_word_file(raw: bytes) -> bool:
    """Return whether a file is a Word file, .docx or .docm."""
    if not raw.startswith(b"PK\x03\x04"):
        return False
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as parts:
            return _MAIN_PART in parts.namelist()
    except (zipfile.BadZipFile, ValueError, OSError):
        return _MAIN_PART.encode() in raw


def read_word(raw: bytes) -> ArticleFields:
    """Return text, title and author of a Word file.

    Read is what a reader sees of the main text: with insertions and without deletions that are
    marked as changes, with tables and text boxes, without hidden text, headers and notes.

    Raises:
        Unreadable: it is damaged, or has no text.
        SettingsError: the extra is not installed.
    """
    docx: Any = load_library(
        "docx", extra="docs", what="a Word file", instead="save it as plain text in UTF-8"
    )
    try:
        _check_size(raw)
        document = docx.Document(io.BytesIO(raw))
        paragraphs = list(_paragraphs(document.element.body))
        facts = document.core_properties
        title, author = facts.title, facts.author
    except Unreadable:
        raise
    except Exception as exc:  # whatever python-docx and lxml raise for a damaged file
        raise Unreadable(
            "is a Word file that is damaged or locked with a password; open it in Word or "
            "LibreOffice and save it as plain text in UTF-8"
        ) from exc
    text = "\n\n".join(paragraphs)
    if not text:
        raise Unreadable("is a Word file without text; if it has pictures of text, use OCR")
    return {
        "text": text,
        "title": real_title(title),
        "metadata": {"author": author} if author else {},
    }


def _check_size(raw: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(raw)) as parts:
        size = sum(part.file_size for part in parts.infolist())
    if size > _MOST_UNPACKED:
        raise Unreadable(f"is too large: over {_MOST_UNPACKED:,} bytes when it is unpacked")


def _paragraphs(body: Any) -> Iterator[str]:
    """Yield each paragraph that has text; those in a text box come before that around it."""
    for paragraph in body.iter(_P):
        if any(above.tag in _NOT_READ for above in paragraph.iterancestors()):
            continue
        if text := _SPACE.sub(" ", "".join(_pieces(paragraph))).strip():
            yield text


def _pieces(element: Any) -> Iterator[str]:
    for child in element:
        if child.tag == _T:
            yield child.text or ""
        elif child.tag in _BREAKS:
            yield _BREAKS[child.tag]
        elif child.tag == _P or child.tag in _NOT_READ:
            continue  # a paragraph of its own, or nothing
        elif child.tag != _R or not _is_hidden(child):
            yield from _pieces(child)


def _is_hidden(run: Any) -> bool:
    mark = run.find(_HIDDEN)
    return mark is not None and mark.get(f"{_NAMESPACE}val") not in _OFF
