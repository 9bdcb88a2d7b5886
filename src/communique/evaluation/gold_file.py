"""The schema of ``gold.yaml``, and its strict parsing without silent conversions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal, cast

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    ValidationError,
    create_model,
    field_validator,
    model_validator,
)

from communique._internal.files import read_regular
from communique._internal.strict_yaml import YamlError, load_yaml
from communique.errors import GoldError
from communique.statements import KINDS, Attribution, Kind, StatementKind
from communique.statements.wire import union

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["GOLD_FILE", "GoldEntry", "GoldFile", "list_problems", "read_gold_file", "read_text"]

GOLD_FILE = "gold.yaml"
_LARGEST = 4_000_000
"""Most bytes of a file: four for each character of the longest article."""


_MAY_BE_NULL = frozenset[str]().union(*(kind.nullable for kind in KINDS.values()))


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("is blank")
    return text


Text = Annotated[str, AfterValidator(_not_blank)]


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class GoldEntry(_Data):
    """A statement as annotated, with the fields of its kind, and its evidence as strings.

    Attributes:
        evidence: verbatim substrings of the article, each made of whole sentences.
        optional: whether scoring neither rewards nor penalizes it, as it is debatable.
        note: a one-line reason for a debatable annotation.
    """

    kind: Kind
    attribution: Attribution
    evidence: tuple[Text, ...] = Field(min_length=1)
    optional: StrictBool = False
    note: Text | None = None

    @model_validator(mode="before")
    @classmethod
    def _drop_null_behalf(cls, data: Any) -> Any:
        # The guide lists `on_behalf_of` for every kind; where a kind has none, null says nothing.
        fields = cast("dict[str, Any]", data if isinstance(data, dict) else {})
        if "on_behalf_of" in cls.model_fields or fields.get("on_behalf_of", "") is not None:
            return cast("object", data)
        return {name: value for name, value in fields.items() if name != "on_behalf_of"}

    @field_validator("*")
    @classmethod
    def _says_something(cls, value: object) -> object:
        texts = cast("tuple[object, ...]", value if isinstance(value, tuple) else (value,))
        for text in texts:
            if isinstance(text, str):
                _not_blank(text)
        return cast("object", value)


def _entry(kind: StatementKind) -> Any:
    """Return the type of the entries of a kind."""
    fields = {name: kind.statement.model_fields[name] for name in kind.fields}
    own: dict[str, Any] = {name: (field.annotation, field) for name, field in fields.items()}
    own["kind"] = (Literal[kind.name], ...)  # pyright: ignore[reportInvalidTypeForm] made at run time
    return create_model(f"{kind.name}_entry", __base__=GoldEntry, **own)


if TYPE_CHECKING:
    _AnyEntry = GoldEntry
else:  # a union built at run time; type checkers see its common base class
    _AnyEntry = Annotated[union(map(_entry, KINDS.values())), Field(discriminator="kind")]


class GoldFile(_Data):
    """The content of ``gold.yaml``, as written.

    Attributes:
        article: name of the file with the text, in the same folder.
        language: BCP 47 tag of the text.
        origin: the article's author, or its source and licence.
        statements: the annotation; empty if there is nothing to find.
        gist: what the article is about, in one or two neutral sentences of its language.
        notes: one-line reasons for how disagreements between annotators were resolved.
    """

    article: Text
    language: Text
    origin: Text
    statements: tuple[_AnyEntry, ...]
    gist: Text | None = None
    notes: tuple[Text, ...] | None = Field(default=None, min_length=1)


def read_gold_file(path: Path) -> GoldFile:
    """Read a ``gold.yaml`` without looking at its article.

    Raises:
        GoldError: see `communique.evaluation.load_gold`.
    """
    parsed = _parse(read_text(path), path)
    try:
        return GoldFile.model_validate(parsed)
    except ValidationError as exc:
        problems = [_explain(error) for error in exc.errors(include_url=False)]
        raise GoldError(list_problems(path, problems)) from exc


def read_text(path: Path) -> str:
    """Return the text of a UTF-8 file with its line endings unchanged.

    Raises:
        GoldError: the file is missing, unreadable or not UTF-8.
    """
    try:
        # Reading as text would change line endings, and with them offsets.
        return read_regular(path, _LARGEST).decode("utf-8")
    except FileNotFoundError as exc:
        raise GoldError(f"{path} is missing") from exc
    except OSError as exc:
        raise GoldError(f"{path} can't be read: {exc.strerror or exc}") from exc
    except UnicodeDecodeError as exc:
        raise GoldError(f"{path} is not UTF-8 (byte {exc.start}): save it as UTF-8") from exc


def list_problems(path: Path, problems: list[str]) -> str:
    """Return a message with one line per problem of a file."""
    return "\n".join(f"{path}: {problem}" for problem in problems)


def _parse(text: str, path: Path) -> object:
    try:
        return load_yaml(text)
    except YamlError as exc:
        where = f", line {exc.line}" if exc.line else ""
        raise GoldError(f"{path}{where}: {exc}") from exc


def _explain(error: Any) -> str:
    """Describe one of pydantic's errors in the file's terms; items count from 1."""
    where: list[str] = []
    for part in error["loc"]:
        if isinstance(part, int):
            where.append(f"{where.pop().removesuffix('s')} {part + 1}")
        elif not (part in KINDS and where and where[-1].startswith("statement ")):
            where.append(part)
    match error["type"]:
        case "missing":
            may_be_null = error["loc"][-1] in _MAY_BE_NULL
            what = f"is missing{' (write null if none is stated)' if may_be_null else ''}"
        case "extra_forbidden":
            what = "is not a field of the annotation guide"
        case "value_error":
            what = str(error["ctx"]["error"])
        case "too_short":
            what = "is an empty list"
        case "literal_error" | "string_type" | "bool_type" | "tuple_type":
            what = f"{error['msg']}, not {error['input']!r}"
        case "model_type":
            what = "must be a mapping with the fields article, language, origin, statements"
        case _:
            what = error["msg"]
    return f"{', '.join(where)}: {what}" if where else what
