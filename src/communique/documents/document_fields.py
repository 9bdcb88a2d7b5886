"""What comes out of a document: the fields of its article, or the reason why there are none."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Mapping
from typing import Any, TypedDict, Unpack, cast

__all__ = ["ArticleFields", "OwnFields", "Unreadable", "given_fields"]


class OwnFields(TypedDict, total=False):
    """Fields of `communique.Article` that a caller may give in place of those of a document."""

    id: str | int | uuid.UUID | None
    title: str | None
    source: str | None
    url: str | None
    published: str | datetime.date | None
    language: str | None
    metadata: Mapping[str, Any] | None


def given_fields(**fields: Unpack[OwnFields]) -> OwnFields:
    """Return the fields that are not None: the others are up to the document."""
    return cast("OwnFields", {name: value for name, value in fields.items() if value is not None})


class ArticleFields(OwnFields, total=False):
    """The fields of an article that was read from a document."""

    text: str


class Unreadable(Exception):
    """Raised where a document can't be read.

    Args:
        reason: why not, and the way out, to complete a sentence that begins with its name.
        retryable: whether it may be read later.
    """

    def __init__(self, reason: str, *, retryable: bool = False) -> None:
        super().__init__(reason)
        self.retryable = retryable
