"""Detection of files that are not plain text in UTF-8, with advice for each format."""

from __future__ import annotations

__all__ = ["find_file_format", "find_table_format"]

_UNPACK = "unpack it first, for example: {command} FILE | communique summarize -"
_MAGIC: list[tuple[int, bytes, str]] = [
    (0, b"\x1f\x8b", "compressed with gzip; " + _UNPACK.format(command="gunzip -c")),
    (0, b"BZh", "compressed with bzip2; " + _UNPACK.format(command="bunzip2 -c")),
    (0, b"\xfd7zXZ\x00", "compressed with xz; " + _UNPACK.format(command="xz -dc")),
    (0, b"\x28\xb5\x2f\xfd", "compressed with zstd; " + _UNPACK.format(command="zstd -dc")),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7z archive; unpack it and name a text file in it"),
    (0, b"Rar!\x1a\x07", "a RAR archive; unpack it and name a text file in it"),
    (257, b"ustar", "a tar archive; unpack it and name a text file in it"),
    (
        0,
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        "an old Microsoft Office document; open it and save it as .docx, or as plain text in UTF-8",
    ),
    (
        0,
        b"PAR1",
        "a Parquet file; read its rows with: communique batch FILE --output outcomes.jsonl",
    ),
    (0, b"{\\rtf", "an RTF document; open it and save it as .docx, or as plain text in UTF-8"),
]
_BATCH = "read them all with: communique batch {file} --output outcomes.jsonl"
_TABLES = dict.fromkeys(
    (".jsonl", ".ndjson", ".jsonlines", ".csv", ".tsv", ".parquet"),
    "a file of articles, not one article; " + _BATCH.format(file="FILE"),
) | {
    ".json": "JSON, not an article; pass its text: jq -r .text FILE | communique summarize -; of "
    "several articles, make JSON Lines: jq -c '.[]' FILE > FILE.jsonl, and "
    + _BATCH.format(file="FILE.jsonl"),
}
_IMAGES = [
    (0, b"\x89PNG\r\n\x1a\n"),
    (0, b"\xff\xd8\xff"),
    (0, b"GIF87a"),
    (0, b"GIF89a"),
    (0, b"II*\x00"),
    (0, b"MM\x00*"),
    (8, b"WEBP"),
    (4, b"ftypheic"),
    (4, b"ftypavif"),
]
_RECORDINGS = [(4, b"ftyp"), (0, b"ID3"), (0, b"OggS"), (0, b"fLaC"), (8, b"WAVE"), (8, b"AVI "),
               (0, b"\x1aE\xdf\xa3")]  # fmt: skip
_OFFICE = {
    b"xl/": "an Excel workbook (.xlsx); save the sheet as CSV in UTF-8, and read its rows with: "
    "communique batch FILE.csv --output outcomes.jsonl",
    b"ppt/": "a PowerPoint file (.pptx); save it as plain text in UTF-8",
    b"application/vnd.oasis.opendocument": "an OpenDocument file; save it as plain text in UTF-8",
    b"application/epub+zip": "an EPUB book; run: pandoc -t plain FILE",
}
_MARKS = {
    b"\xff\xfe\x00\x00": "utf-32",
    b"\x00\x00\xfe\xff": "utf-32",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}
_WITHOUT_MARK = ("utf-32-le", "utf-32-be", "utf-16-le", "utf-16-be")
_FEWEST_COMMON = 0.02
_SAMPLE = 4_096


def find_file_format(raw: bytes) -> str | None:
    r"""Return what a file is and what to do with it, or None if it may be UTF-8.

    Example:
        >>> from communique.documents.file_formats import find_file_format
        >>> find_file_format(b"Rar!\x1a\x07")
        'a RAR archive; unpack it and name a text file in it'
        >>> find_file_format("Talks ended.".encode())
    """
    if raw.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _name_archive(raw)
    for magics, found in [
        *(([(at, magic)], found) for at, magic, found in _MAGIC),
        (_IMAGES, "an image; read its text with OCR first, for example: tesseract FILE -"),
        (_RECORDINGS, "an audio or video file; transcribe it first"),
    ]:
        if any(raw[at : at + len(magic)] == magic for at, magic in magics):
            return found
    encoding = _find_wide_encoding(raw)
    return encoding and (
        f"{encoding.upper()}, not UTF-8; save it as UTF-8 in an editor, or in Python: "
        f"Path('new.txt').write_text(Path(FILE).read_text('{encoding}'), 'utf-8')"
    )


def find_table_format(suffix: str) -> str | None:
    """Return what files with a suffix, such as ``.csv``, are and what to do with them, or None."""
    return _TABLES.get(suffix)


def _name_archive(raw: bytes) -> str:
    names = (found for name, found in _OFFICE.items() if name in raw)
    return next(names, "a zip archive; unpack it and name a text file in it")


def _find_wide_encoding(raw: bytes) -> str | None:
    """Return UTF-16 or UTF-32 if the byte order mark or the decoded bytes suggest it."""
    for mark, encoding in _MARKS.items():
        if raw.startswith(mark):
            return encoding
    sample = raw[: min(_SAMPLE, len(raw) // 4 * 4)]
    shares = {encoding: _common_share(sample, encoding) for encoding in _WITHOUT_MARK}
    likely = max(_WITHOUT_MARK, key=shares.__getitem__)
    return likely if shares[likely] > _FEWEST_COMMON else None


def _common_share(sample: bytes, encoding: str) -> float:
    """Return the share of characters that single-byte text can't produce by chance.

    In a wide encoding, ASCII characters contain zero bytes, and Chinese punctuation contains
    control characters.
    """
    text = sample.decode(encoding, errors="replace")
    if text.count("\ufffd") > _FEWEST_COMMON * len(text):
        return 0
    common = sum("\0" < character < "\x7f" or character in "。，、" for character in text)
    return common / max(1, len(text))
