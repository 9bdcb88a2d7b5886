"""A folder of texts and documents, one article a file."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from communique._internal.files import read_regular
from communique.batching.byte_streams import reading
from communique.batching.input_rows import Columns, Fault, Row, Source
from communique.documents.article_reader import read_document
from communique.documents.document_fields import Unreadable
from communique.documents.source_bytes import MOST_BYTES
from communique.errors import ArticleError

__all__ = ["TextFolder"]

_SUFFIX = ".txt"
_DOCUMENTS = (".html", ".htm", ".pdf", ".docx")
_LONGEST_FILE = 8_000_000
"""Bytes of a text file, more than the longest article has in any script."""

_MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


class TextFolder(Source):
    """The articles in a folder and the folders in it, in the order of their names.

    These are the files ``.txt``, ``.html``, ``.htm``, ``.pdf`` and ``.docx``. A file's id is its
    path within the folder, without ``.txt``. Hidden files and folders are not read, nor are folders
    that are links. A file that is a link is read only if it leads to a file in the folder: whoever
    made the folder could have any file of the user's sent to a model.

    Args:
        path: the folder.
        columns: the names under which text and id are passed on.
    """

    def __init__(self, path: Path, columns: Columns) -> None:
        self.name = str(path)
        self._path = path
        self._root = Path(os.path.realpath(path))
        self._columns = columns

    def rows(self) -> Iterator[Row]:
        """Yield each file; see `Source.rows`."""
        for path in self._files():
            yield Row(str(path), self._read(path))

    def count(self) -> int:
        """Return the number of files."""
        return sum(1 for _ in self._files())

    def _files(self) -> Iterator[Path]:
        with reading(self.name):
            for folder, folders, names in os.walk(self._path, onerror=_fail):
                folders[:] = sorted(name for name in folders if not name.startswith("."))
                for name in sorted(names):
                    if name.lower().endswith((_SUFFIX, *_DOCUMENTS)) and name[0] != ".":
                        yield Path(folder, name)

    def _read(self, path: Path) -> Mapping[str, object] | Fault:
        is_text = path.name.lower().endswith(_SUFFIX)
        try:
            raw = read_regular(self._target(path), _LONGEST_FILE if is_text else MOST_BYTES)
            fields = {"text": _decode(raw)} if is_text else read_document(raw, path.suffix)
        except Unreadable as exc:
            return Fault(f"it {exc}")
        except OSError as exc:
            return Fault(f"it can't be read: {exc.strerror or exc}")
        name = path.relative_to(self._path).as_posix()
        return {
            **{key: value for key, value in fields.items() if key != "text"},
            self._columns.text: fields.get("text"),
            self._columns.id or "id": name[: -len(_SUFFIX)] if is_text else name,
        }

    def _target(self, path: Path) -> Path:
        """Return the file that a path means, which is in the folder."""
        target = Path(os.path.realpath(path))
        if not target.is_relative_to(self._root):
            raise Unreadable(
                f"is a link that leads out of the folder, to {target}; to have it read, put the "
                "file itself in its place"
            )
        return target


def _decode(raw: bytes) -> str:
    try:
        return raw.decode(_MARKS.get(raw[:2], "utf-8-sig"))
    except UnicodeDecodeError as exc:
        byte = raw[exc.start]
        raise Unreadable(f"is not {exc.encoding}: byte 0x{byte:02x} at offset {exc.start}") from exc


def _fail(error: OSError) -> None:
    raise ArticleError(f"{error.filename} can't be read: {error.strerror}") from error
