"""Articles from what people have: text, web pages, PDF and Word files, by path or address."""

from __future__ import annotations

import os
import re
from functools import partial
from pathlib import PurePath
from typing import Unpack

from communique.article import Article
from communique.documents.document_fields import ArticleFields, OwnFields, Unreadable
from communique.documents.file_formats import find_file_format, find_table_format
from communique.documents.source_bytes import read_source
from communique.documents.web_page import PAGE_SUFFIXES, PAGE_TYPES, is_web_page
from communique.documents.word_file import is_word_file
from communique.errors import ArticleError, SettingsError

__all__ = ["read_article", "read_document"]

_MOST_TEXT = 8_000_000
"""Maximum size in bytes of a text or page, more than the longest article has in any script."""

_LONGEST_NAME = 300
_SAMPLE = 1_024
_URL = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_PASSWORD = re.compile(r"(?<=://)[^/?#]*@")


def read_article(
    path_or_url: str | os.PathLike[str],
    /,
    *,
    timeout: float = 30,
    private_addresses: bool = False,
    **fields: Unpack[OwnFields],
) -> Article:
    """Return the article that a file or a web page holds.

    Read are text in UTF-8, HTML and web pages (extra ``web``), PDF and Word's ``.docx`` (extra
    ``docs``). The format is that of the content, whatever the name. Of a web page, only the
    article is read, without links, captions and banners; title, source, date, language and
    address are those that it names, and its authors are in ``metadata["author"]``. Offsets count
    the characters of ``article.text``, not those of the file.

    Args:
        path_or_url: a path, an address that begins with ``http://`` or ``https://``, or ``-`` for
            standard input.
        timeout: seconds for the download of a page, redirects included.
        private_addresses: whether to download pages of your own network, to which any page on
            the internet could lead.
        **fields: fields of `Article`, in place of those that the document names.

    Raises:
        ArticleError: there is no such file or page, it has no article, is too large, or is in a
            format that is not read; the message names the way out. ``retryable`` tells whether
            a download may succeed later.
        SettingsError: the extra is not installed, or ``timeout`` can't be used.

    Examples:
        >>> from communique import read_article
        >>> article = read_article("article.txt", title="Vladivostok")
        >>> article.title, len(article.sentences)
        ('Vladivostok', 19)
    """
    name = os.fspath(path_or_url)
    shown = "standard input" if name == "-" else _PASSWORD.sub("", name)[:_LONGEST_NAME]
    if _URL.match(name):
        read = partial(_read_address, name, timeout, private_addresses=private_addresses)
    else:
        read = partial(read_document, read_source(name), PurePath(name).suffix)
    try:
        found = read()
    except Unreadable as exc:
        error = ArticleError(f"{shown} {exc}")
        error.retryable = exc.retryable
        raise error from exc
    try:
        return Article.model_validate({**found, **fields})
    except ArticleError as exc:
        raise ArticleError(f"{shown}: {exc}") from exc


def read_document(
    raw: bytes,
    suffix: str,
    *,
    media_type: str = "",
    charset: str | None = None,
    url: str | None = None,
) -> ArticleFields:
    """Return the fields of the article in a document.

    Args:
        raw: the document.
        suffix: that of its name, such as ``.html``; it tells what the content of a table, or of
            a piece of HTML, does not.
        media_type: what a server calls its format, or an empty string.
        charset: the encoding that the server names, or None.
        url: the address that it was downloaded from, or None.

    Raises:
        Unreadable: it has no article, or is in a format that is not read.
        SettingsError: an extra is not installed.
    """
    suffix = suffix.lower()
    if not raw.strip():
        raise Unreadable("is empty: there is no text to read")
    if raw[:_SAMPLE].lstrip().startswith(b"%PDF-"):
        from communique.documents.pdf_file import read_pdf

        return {"url": url, **read_pdf(raw)}
    if is_word_file(raw):
        from communique.documents.word_file import read_word

        return {"url": url, **read_word(raw)}
    if found := find_file_format(raw) or find_table_format(suffix):
        raise Unreadable(f"is {found}")
    if len(raw) > _MOST_TEXT:
        raise Unreadable(
            f"is too large for an article: over {_MOST_TEXT:,} bytes; split it into articles"
        )
    if media_type in PAGE_TYPES or suffix in PAGE_SUFFIXES or is_web_page(raw):
        from communique.documents.page_encoding import decode_page
        from communique.documents.web_page import read_page

        return read_page(decode_page(raw, charset), url)
    return {"url": url, "text": _decode(raw, charset)}


def _decode(raw: bytes, charset: str | None) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        if charset is not None:
            from communique.documents.page_encoding import decode_page

            return decode_page(raw, charset)
        raise Unreadable(
            f"is not UTF-8: byte 0x{raw[exc.start]:02x} at offset {exc.start}; convert it first "
            "from its own encoding, for example: iconv -f WINDOWS-1252 -t UTF-8 FILE "
            "(WINDOWS-1251 for Cyrillic, GB18030 for Chinese)"
        ) from exc


def _read_address(url: str, timeout: float, *, private_addresses: bool) -> ArticleFields:
    if not timeout > 0:
        raise SettingsError(f"timeout: {timeout!r} is not a number of seconds above 0")
    from communique._internal.background import run
    from communique.documents.download import download

    got = run(download(url, seconds=timeout, private_addresses=private_addresses))
    return read_document(
        got.raw, got.suffix, media_type=got.media_type, charset=got.charset, url=got.url
    )
