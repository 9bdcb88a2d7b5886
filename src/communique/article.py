"""The article, its sentences, and offsets that are exact on the original text."""

from __future__ import annotations

import datetime
import hashlib
import itertools
import re
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self, cast

import sentencex
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

__all__ = ["MAX_CHARACTERS", "Article", "Sentence", "split_sentences"]

MAX_CHARACTERS = 1_000_000
"""Longest article accepted: a long book. Longer input is a mistake (a whole archive, a dump)."""

# Inside one paragraph sentencex takes time that grows with the square of its length: minutes for
# a megabyte of Chinese, or of quotation marks that nobody closed, without a blank line.
_WINDOW = 20_000

_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ].+)?", re.IGNORECASE)


class Sentence(BaseModel):
    """One sentence of an article, without the white space around it.

    Attributes:
        index: position among the article's sentences, from 0.
        start: offset of its first character, in code points.
        end: offset after its last character; ``article.text[start:end] == text``.
        text: the sentence, verbatim.

    Examples:
        >>> from communique import Article
        >>> Article(text="Talks ended. Nobody signed.").sentences[1]
        Sentence(index=1, start=13, end=27, text='Nobody signed.')
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    index: int
    start: int
    end: int
    text: str


def split_sentences(text: str, language: str | None = None) -> tuple[Sentence, ...]:
    """Cut ``text`` into sentences that cover each non-space character once, in order.

    Args:
        text: any text that can be encoded as UTF-8.
        language: BCP 47 code that picks the abbreviation rules of the library
            ``sentencex``; None means English, whose rules know the full stops of other
            scripts, too.
    """
    # Only the cut points are taken from the library, so that the pieces tile the text
    # whatever it does with white space at a paragraph's end.
    cuts = sorted({0, len(text), *_sentence_starts(text, language or "en")})
    sentences: list[Sentence] = []
    for left, right in itertools.pairwise(cuts):
        piece = text[left:right]
        stripped = piece.strip()
        if stripped:
            start = left + len(piece) - len(piece.lstrip())
            sentences.append(
                Sentence(
                    index=len(sentences), start=start, end=start + len(stripped), text=stripped
                )
            )
    return tuple(sentences)


def _sentence_starts(text: str, language: str) -> list[int]:
    """Where sentences begin, found in one window of the text after the other.

    What a window may have cut off is read again at the beginning of the next one, so that
    borders differ from those of the text in one piece only inside a paragraph longer than a
    window.
    """
    found: list[int] = []
    at = 0
    while at < len(text):
        end = at + _WINDOW
        boundaries = cast(
            "list[dict[str, Any]]",
            sentencex.get_sentence_boundaries(language, text[at:end]),  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
        )
        starts = [at + int(boundary["start_index"]) for boundary in boundaries]
        if end >= len(text):
            return found + starts
        # Paragraphs are independent of each other; else all but the last sentence is whole.
        breaks = [at + int(b["end_index"]) for b in boundaries if b["is_paragraph_break"]]
        following = breaks[-1] if breaks else starts[-1]
        if following == at:
            # What fills a window without an end is no sentence: it is cut between words.
            following = max(text.rfind(space, at, end) for space in " \n") + 1 or end
        found += [start for start in starts if start < following] + [following]
        at = following
    return found


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

    if TYPE_CHECKING:
        # The fields' types are those that are read, and `published` is often given as text.
        def __init__(
            self,
            *,
            text: str,
            title: str | None = None,
            source: str | None = None,
            url: str | None = None,
            published: str | datetime.date | None = None,
            language: str | None = None,
        ) -> None: ...

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
        """The article's sentences, in order (library: ``sentencex``)."""
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
