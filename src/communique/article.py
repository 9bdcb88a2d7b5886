"""The article, its sentences, and offsets that are exact on the original text."""

from __future__ import annotations

import datetime
import hashlib
import re
from collections.abc import Mapping
from functools import cached_property
from typing import Any, Self, cast

from pydantic import (
    BaseModel,
    ConfigDict,
    ModelWrapValidatorHandler,
    ValidationError,
    computed_field,
    field_validator,
    model_validator,
)

from communique.errors import ArticleError
from communique.sentences import Sentence, split_sentences

__all__ = ["MAX_CHARACTERS", "Article", "Sentence", "split_sentences"]

MAX_CHARACTERS = 1_000_000
"""Longest article accepted: a long book. Longer input is a mistake (a whole archive, a dump)."""

_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ].+)?", re.IGNORECASE)


class Article(BaseModel):
    """A news article. The text is kept exactly as given; nothing is normalised.

    Attributes:
        text: the article. Offsets everywhere count its code points.
        title, source, url: as the publisher gives them, or None.
        published: date, or date and time, of publication; as text in ISO 8601,
            ``2026-01-31`` or ``2026-01-31T12:00:00Z``.
        language: BCP 47 code such as ``en`` or ``uk``; None if unknown.

    Raises:
        ArticleError: the text is empty, not a string, holds NUL or lone surrogate
            characters, repeats a single character, or is longer than `MAX_CHARACTERS`; or
            another field can't be read.

    Examples:
        >>> from communique import Article
        >>> article = Article(text="Talks ended. “No deal,” she said.", published="2026-01-31")
        >>> [sentence.text for sentence in article.sentences]
        ['Talks ended.', '“No deal,” she said.']
        >>> article.published
        datetime.date(2026, 1, 31)
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: str
    title: str | None = None
    source: str | None = None
    url: str | None = None
    published: datetime.datetime | datetime.date | None = None
    language: str | None = None

    @model_validator(mode="wrap")
    @classmethod
    def _own_errors(cls, data: Any, handler: ModelWrapValidatorHandler[Article]) -> Article:
        claimed: object = None
        if isinstance(data, dict) and "id" in data:
            fields = dict(cast("dict[str, Any]", data))
            claimed = fields.pop("id")
            data = fields
        try:
            article = handler(data)
        except ValidationError as exc:
            first = exc.errors(include_url=False, include_input=False)[0]
            where = ".".join(str(part) for part in first["loc"]) or "article"
            raise ArticleError(f"{where}: {first['msg']}") from exc
        if claimed is not None and claimed != article.id:
            raise ArticleError(
                "the article's id is not the sha256 of its text: the text was changed after the "
                "id was taken; leave the id out to have it computed anew"
            )
        return article

    @field_validator("text", mode="before")
    @classmethod
    def _check_text(cls, text: object) -> object:
        if isinstance(text, bytes | bytearray):
            raise ArticleError("the article is bytes, not text: decode it first (usually UTF-8)")
        if not isinstance(text, str):
            raise ArticleError(
                f"the article's text must be a string, not {type(text).__name__}; "
                "read the file first, for example Path(…).read_text(encoding='utf-8')"
            )
        if not text or text.isspace():
            raise ArticleError("the article is empty: there is no text to read")
        if len(text) > MAX_CHARACTERS:
            raise ArticleError(
                f"the article is too long: {len(text):,} characters, at most "
                f"{MAX_CHARACTERS:,} are read; split it into articles"
            )
        if "\x00" in text:
            raise ArticleError(
                f"the article holds a NUL character at offset {text.index(chr(0))}: "
                "this is a binary file or damaged text"
            )
        try:
            text.encode("utf-8")
        except UnicodeEncodeError as exc:
            raise ArticleError(
                f"the article holds a lone surrogate at offset {exc.start}: it was decoded "
                "wrongly; decode the bytes again with errors='strict' and the right encoding"
            ) from exc
        if sum(not character.isspace() for character in set(text)) == 1:
            raise ArticleError("the article is one character repeated: there is nothing to read")
        return text

    @field_validator("title", "source", "url", "language", mode="after")
    @classmethod
    def _check_field(cls, value: str | None) -> str | None:
        try:
            (value or "").encode("utf-8")
        except UnicodeEncodeError as exc:
            raise ValueError(
                f"a lone surrogate at offset {exc.start}, which no file can hold"
            ) from exc
        return value

    @field_validator("published", mode="before")
    @classmethod
    def _iso(cls, published: object) -> object:
        # pydantic would read "2026-01-31" as midnight, a time the publisher never gave, and a
        # number, "2026" included, as seconds since 1970.
        if published is None or isinstance(published, datetime.date):
            return published
        parts = _ISO.fullmatch(published) if isinstance(published, str) else None
        try:
            if parts is not None and parts[1] is not None:
                return datetime.datetime.fromisoformat(parts[0].upper())
            if parts is not None:
                return datetime.date.fromisoformat(parts[0])
        except ValueError as exc:
            raise ArticleError(_not_a_date(published)) from exc
        raise ArticleError(_not_a_date(published))

    @computed_field
    @cached_property
    def id(self) -> str:
        """sha256 of the text in UTF-8, in hexadecimal."""
        return hashlib.sha256(self.text.encode("utf-8")).hexdigest()

    @cached_property
    def sentences(self) -> tuple[Sentence, ...]:
        """The article's sentences, in order."""
        return split_sentences(self.text, self.language)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy, with other values for some fields; these are not validated."""
        copy = super().model_copy(update=update, deep=deep)
        if update:
            # pydantic copies what was computed from the old text, too.
            vars(copy).pop("id", None)
            vars(copy).pop("sentences", None)
        return copy


def _not_a_date(published: object) -> str:
    return f"published: {published!r} is not a date; write it as 2026-01-31 or 2026-01-31T12:00:00Z"
