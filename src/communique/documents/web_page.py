"""The article in a web page, without what stands around it (extra ``web``)."""

from __future__ import annotations

import datetime
import importlib
import re
from typing import TYPE_CHECKING, Any

from communique.dates import read_date
from communique.documents.boilerplate import without_boilerplate
from communique.documents.document_fields import Unreadable
from communique.documents.extra_libraries import load_library
from communique.documents.page_pruning import keep_prose, prune
from communique.language import is_language_tag

if TYPE_CHECKING:
    from communique.documents.document_fields import ArticleFields

__all__ = ["PAGE_SUFFIXES", "PAGE_TYPES", "is_web_page", "read_page"]

PAGE_SUFFIXES = frozenset({".html", ".htm", ".xhtml"})
PAGE_TYPES = frozenset({"text/html", "application/xhtml+xml"})

_BEGINS = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]{0,200}\?>\s*)?+(?:<!--.{0,2000}?-->\s*)*+"
    rb"<(?:!doctype\s+html|html|head|body)\b",
    re.IGNORECASE | re.DOTALL,
)
_SAMPLE = 20_000
_NO_ARTICLE = (
    "has no article that could be found: it may be built by a script, need a login, or be a list "
    "of articles; copy the article's text to a .txt file"
)


def is_web_page(raw: bytes) -> bool:
    """Return whether a file begins like a web page."""
    return _BEGINS.match(raw[:_SAMPLE]) is not None


def read_page(page: str, url: str | None) -> ArticleFields:
    """Return the article's text, title, author, source, date, language and address.

    Args:
        page: HTML.
        url: the address that it was downloaded from, or None; then the one that it names.

    Raises:
        Unreadable: the page has no article.
        SettingsError: the extra is not installed.
    """
    trafilatura: Any = load_library(
        "trafilatura",
        extra="web",
        what="a web page",
        instead="copy the article's text to a .txt file",
    )
    unwanted: Any = importlib.import_module("trafilatura.xpaths").OVERALL_DISCARD_XPATH
    tree: Any = trafilatura.load_html(page)
    if tree is None:
        raise Unreadable(_NO_ARTICLE)
    facts: Any = trafilatura.extract_metadata(tree, url, _date_params())
    prune(tree)
    keep_prose(tree, unwanted)
    found: Any = trafilatura.bare_extraction(tree, url=url, include_comments=False)
    text = without_boilerplate(found.text or "") if found is not None else ""
    if not text:
        raise Unreadable(_NO_ARTICLE)
    return {
        "text": text,
        "title": facts.title,
        "source": facts.sitename or facts.hostname,
        "url": url or facts.url,
        "published": _published(facts.date),
        "language": _language(tree),
        "metadata": {"author": author} if (author := _authors(facts.author)) else {},
    }


def _language(tree: Any) -> str | None:
    """Return the language that a page names, if it is a tag of one."""
    named = (tree.get("lang") or "").strip()
    return named if named and is_language_tag(named) else None


def _authors(names: str | None) -> str:
    """Return the authors' names, each once, however it is written."""
    found: dict[str, str] = {}
    for name in filter(None, map(str.strip, (names or "").split(";"))):
        found.setdefault(name.casefold(), name)
    return "; ".join(found.values())


def _published(date: str | None) -> datetime.date | None:
    try:
        return read_date(date)
    except ValueError:
        return None


def _date_params() -> dict[str, Any]:
    # Not every date in a page's text is that of the article: better none than a wrong one.
    today = datetime.datetime.now(datetime.UTC).date()
    return {"original_date": True, "extensive_search": False, "max_date": today.isoformat()}
