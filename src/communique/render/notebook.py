"""A summary as a table in a notebook's cell: a part of a page, without style or script."""

from __future__ import annotations

from communique.render.document import Document
from communique.render.templates import render_fragment
from communique.statements import KINDS

__all__ = ["to_notebook"]


def to_notebook(document: Document) -> str:
    """Return the summary as HTML that a notebook shows for the value of a cell."""
    return render_fragment("notebook", document=document, kinds=KINDS)
