"""The article, its sentences, and offsets that are exact on the original text."""

from __future__ import annotations

import datetime
import hashlib
import uuid
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self, cast

from pydantic import (
    BaseModel,
    Field,
    JsonValue,
    ModelWrapValidatorHandler,
    ValidationError,
    computed_field,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticUseDefault

from communique._internal.validation import one_fault, writable_error
from communique.dates import is_missing, read_date
from communique.errors import ArticleError
from communique.language import is_language_tag
from communique.metadata import read_id, read_metadata
from communique.sentences import Sentence, split_sentences
from communique.text_formats import find_other_format

__all__ = ["MAX_CHARACTERS", "Article", "Sentence", "split_sentences"]

MAX_CHARACTERS = 1_000_000
"""Length of the longest article accepted: a long book. Longer input is a mistake, such as a dump
of a whole archive."""


class Article(BaseModel, frozen=True, extra="forbid"):  # said here, type checkers know it, too
    """A news article. The text is kept exactly as given; nothing is normalised.

    The only exception is a byte order mark at the beginning, which belongs to a file and not to
    its text: it is removed, so that it changes neither the offsets nor the hash.

    Attributes:
        text: the article. Offsets everywhere count its code points.
        id: your own id, such as a key in a database, which summaries, failures, rows and log lines
            have, too. Whole numbers and UUIDs become text. Default: `sha256`.
        title: as given by the publisher, or None. Title, source and date help the model to read
            the text, if the prompt version says so; no statement rests on them.
        source: the publisher, or None.
        url: the address at which it was published, or None.
        published: date, or date and time, of publication, or None. Accepted are dates of
            Python, numpy and pandas, and text in the formats of ISO 8601 (``2026-01-31``,
            ``2026-01-31T12:00:00Z``), RSS and GDELT; NaT, NaN and ``""`` become None.
        language: BCP 47 tag such as ``en``, ``es-MX`` or ``zh-Hans``, in any case, or an
            ISO 639-2 code such as ``ukr``; None if unknown.
        metadata: anything else that belongs to the article, as JSON has it: it comes back with
            the summary, and no model sees it. Missing values (NaN, NaT) become None, dates text.
        sha256: the text's hash, in hexadecimal.

    Raises:
        ArticleError: the text is empty, is not a string, contains NUL or lone surrogate
            characters, repeats a single character, is longer than `MAX_CHARACTERS`, or is JSON,
            CSV or HTML; or another field can't be read, or ``sha256`` is given and is not the
            text's. An `ArticleError` is a ``ValueError``.
        pydantic.ValidationError: in place of it, where an article is a field of another pydantic
            model, the body of a request to FastAPI, or the type of a ``TypeAdapter``. Its errors
            can be written as JSON, whatever the input was: FastAPI answers with status 422.

    Examples:
        >>> from communique import Article
        >>> article = Article(text="Talks ended. “No deal,” she said.", published="2026-01-31")
        >>> [sentence.text for sentence in article.sentences]
        ['Talks ended.', '“No deal,” she said.']
        >>> article.published
        datetime.date(2026, 1, 31)
        >>> Article(text="Talks ended.", id=4711, metadata={"desk": "Asia"}).id
        '4711'
    """

    text: str
    id: str = Field(default_factory=lambda fields: _sha256(fields["text"]))
    title: str | None = None
    source: str | None = None
    url: str | None = None
    published: datetime.datetime | datetime.date | None = None
    language: str | None = None
    metadata: dict[str, JsonValue] = Field(default_factory=dict[str, JsonValue])

    if TYPE_CHECKING:
        # The fields have the types that are read; `published`, for one, is often given as text.
        def __init__(
            self,
            *,
            text: str,
            id: str | int | uuid.UUID | None = None,  # noqa: A002 the field's name
            title: str | None = None,
            source: str | None = None,
            url: str | None = None,
            published: str | datetime.date | None = None,
            language: str | None = None,
            metadata: Mapping[str, Any] | None = None,
        ) -> None: ...
    else:

        def __init__(self, **fields: Any) -> None:
            with _article_errors():
                super().__init__(**fields)

        # Lets pydantic skip it inside other models, so that errors keep their field.
        __init__.__pydantic_base_init__ = True

    @classmethod
    def model_validate(cls, obj: Any, **options: Any) -> Self:
        """Return the article that a mapping describes; raise the same errors as `Article`."""
        with _article_errors():
            return super().model_validate(obj, **options)

    @classmethod
    def model_validate_json(cls, json_data: str | bytes | bytearray, **options: Any) -> Self:
        """Return the article that a JSON object describes; raise the same errors as `Article`."""
        with _article_errors():
            return super().model_validate_json(json_data, **options)

    @classmethod
    def model_validate_strings(cls, obj: Any, **options: Any) -> Self:
        """Return the article that a mapping of texts describes; see `model_validate`."""
        with _article_errors():
            return super().model_validate_strings(obj, **options)

    @model_validator(mode="wrap")
    @classmethod
    def _check_hash(cls, data: Any, handler: ModelWrapValidatorHandler[Article]) -> Article:
        if not isinstance(data, dict) or "sha256" not in data:
            return _validate(handler, cast("object", data))
        fields = dict(cast("dict[str, Any]", data))
        claimed = fields.pop("sha256")
        article = _validate(handler, fields)
        if claimed is not None and claimed != article.sha256:
            error = ArticleError(
                "the article's sha256 is not that of its text: the text was changed after it was "
                "taken; leave it out (and the id, if that was the same) to have it computed again"
            )
            raise one_fault(cls.__name__, ("sha256",), claimed, error)
        return article

    @field_validator("text", mode="before")
    @classmethod
    def _check_text(cls, text: object) -> str:
        if isinstance(text, bytes | bytearray):
            raise ArticleError("the article is bytes, not text: decode it first (usually UTF-8)")
        if not isinstance(text, str):
            raise ArticleError(
                f"the article's text must be a string, not {type(text).__name__}; "
                "read the file first, for example Path(…).read_text(encoding='utf-8')"
            )
        text = text.lstrip("\ufeff")
        if fault := _find_fault(text):
            raise ArticleError(f"the article {fault}")
        return text

    @field_validator("id", mode="before")
    @classmethod
    def _read_id(cls, value: object) -> str:
        found = read_id(value)
        if found is None:
            raise PydanticUseDefault
        return found

    @field_validator("metadata", mode="before")
    @classmethod
    def _read_metadata(cls, value: object) -> dict[str, JsonValue]:
        return read_metadata(value)

    @field_validator("title", "source", "url", "language", mode="before")
    @classmethod
    def _leave_out_missing(cls, value: object) -> object:
        return None if is_missing(value) else value

    @field_validator("title", "source", "url", "language", mode="after")
    @classmethod
    def _check_field(cls, value: str | None) -> str | None:
        offset = _find_surrogate(value or "")
        if offset is not None:
            raise ValueError(f"a lone surrogate at offset {offset}, which no file can hold")
        return value

    @field_validator("language", mode="after")
    @classmethod
    def _check_language(cls, language: str | None) -> str | None:
        if language is not None and not language.strip():
            return None
        if language is not None and not is_language_tag(language):
            raise ValueError(
                f"{language!r} is not a language tag; write it as en, es-MX or zh-Hans (BCP 47), "
                "or leave it out"
            )
        return language

    @field_validator("published", mode="before")
    @classmethod
    def _read_published(cls, published: object) -> datetime.date | None:
        # pydantic would read "2026-01-31" as midnight, a time that the publisher never gave, and
        # a number, even "2026", as seconds since 1970.
        return read_date(published)

    @computed_field
    @cached_property
    def sha256(self) -> str:
        """sha256 of the text in UTF-8, in hexadecimal."""
        return _sha256(self.text)

    @cached_property
    def sentences(self) -> tuple[Sentence, ...]:
        """The article's sentences, in order."""
        return split_sentences(self.text, self.language)

    def __hash__(self) -> int:
        return hash((self.text, self.language))  # equal articles share these

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Return a copy with other values for some fields; these are not validated.

        With another text, an id that was the old text's hash becomes that of the new one.
        """
        copy = super().model_copy(update=update, deep=deep)
        if update:
            # pydantic also copies what was computed from the old text.
            vars(copy).pop("sha256", None)
            vars(copy).pop("sentences", None)
            if "id" not in update and self.id == self.sha256:
                vars(copy)["id"] = copy.sha256
        return copy

    def __getstate__(self) -> dict[Any, Any]:
        state = super().__getstate__()
        fields = {name: value for name, value in state["__dict__"].items() if name != "sentences"}
        return {**state, "__dict__": fields}  # several times the text's size, and quickly made


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _validate(handler: ModelWrapValidatorHandler[Article], data: object) -> Article:
    try:
        return handler(data)
    except ValidationError as exc:
        raise writable_error(exc) from exc


def _find_fault(text: str) -> str | None:
    """Return what is wrong with a text, to complete a sentence that begins "the article"."""
    if not text or text.isspace():
        return "is empty: there is no text to read"
    if len(text) > MAX_CHARACTERS:
        return (
            f"is too long: {len(text):,} characters, at most {MAX_CHARACTERS:,} are read; "
            "split it into articles"
        )
    if "\x00" in text:
        return (
            f"holds a NUL character at offset {text.index(chr(0))}: this is a binary file or "
            "damaged text"
        )
    offset = _find_surrogate(text)
    if offset is not None:
        return (
            f"holds a lone surrogate at offset {offset}: it was decoded wrongly; decode the bytes "
            "again with errors='strict' and the right encoding"
        )
    if sum(not character.isspace() for character in set(text)) == 1:
        return "is one character repeated: there is nothing to read"
    found = find_other_format(text)
    return found and f"is {found}"


def _find_surrogate(text: str) -> int | None:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as exc:
        return exc.start
    return None


@contextmanager
def _article_errors() -> Generator[None]:
    """Turn the first validation error of an article into an `ArticleError`.

    An article inside another model is validated without this, so that all errors of that model
    are pydantic's.
    """
    try:
        yield
    except ValidationError as exc:
        raise ArticleError(_first_fault(exc)) from exc


def _first_fault(exc: ValidationError) -> str:
    first = exc.errors(include_url=False, include_input=False)[0]
    error = first.get("ctx", {}).get("error")
    if isinstance(error, ArticleError):
        return str(error)
    where = ".".join(str(part) for part in first["loc"]) or "article"
    return f"{where}: {error or first['msg']}"
