"""A summary as an HTML page: the article with its evidence marked, beside the statements.

The page is one file that needs no network, and can be read without script.
"""

from __future__ import annotations

from communique.render.document import Document
from communique.render.reader import Reader
from communique.render.templates import render

__all__ = ["to_html"]


def to_html(document: Document, *, index: str | None = None) -> str:
    """Return the summary as one self-contained HTML page.

    Args:
        document: the summary.
        index: address of the list of all articles, if the page belongs to one.
    """
    return render("article", reader=Reader(document), index=index)
