"""What a ``gold.yaml`` may hold, and how it is read: no value becomes another in silence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    ValidationError,
)

from communique._internal.strict_yaml import YamlError, load_yaml
from communique.errors import GoldError
from communique.statements import Attribution, Kind, Means, Relation, Stance, Status

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["GOLD_FILE", "GoldEntry", "GoldFile", "list_problems", "read_gold_file", "read_text"]

GOLD_FILE = "gold.yaml"


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("is blank")
    return text


Text = Annotated[str, AfterValidator(_not_blank)]


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Entry(_Data):
    """What the entries of the four kinds share.

    Attributes:
        evidence: verbatim substrings of the article, each of whole sentences.
        optional: defensible either way; scoring neither rewards nor punishes it.
        note: one line on why it is annotated so, where annotators differed or might.
    """

    on_behalf_of: Text | None = None
    attribution: Attribution
    evidence: tuple[Text, ...] = Field(min_length=1)
    optional: StrictBool = False
    note: Text | None = None


class _PositionEntry(_Entry):
    kind: Literal["position"]
    actor: Text
    stance: Stance
    issue: Text


class _ConditionEntry(_Entry):
    kind: Literal["condition"]
    actor: Text
    condition: Text
    outcome: Text | None
    relation: Relation


class _ThreatEntry(_Entry):
    kind: Literal["threat"]
    actor: Text
    target: Text
    action: Text
    trigger: Text | None
    means: Means


class _AgreementEntry(_Entry):
    kind: Literal["agreement"]
    parties: tuple[Text, ...] = Field(min_length=1)
    subject: Text
    status: Status


GoldEntry = Annotated[
    _PositionEntry | _ConditionEntry | _ThreatEntry | _AgreementEntry,
    Field(discriminator="kind"),
]
"""A statement as annotated, with its evidence as strings."""

_KINDS: tuple[Kind, ...] = ("position", "condition", "threat", "agreement")


class GoldFile(_Data):
    """What ``gold.yaml`` holds, as written.

    Attributes:
        article: name of the file with the text, in the same folder.
        language: BCP 47 code of the text.
        origin: who wrote the article, or its source and licence.
        statements: the annotation; an empty list if there is nothing to find.
        notes: one-line reasons for how differences between annotators were settled.
    """

    article: Text
    language: Text
    origin: Text
    statements: tuple[GoldEntry, ...]
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
    """The text of a UTF-8 file, with its line endings as they are.

    Raises:
        GoldError: it is missing, can't be read or is not UTF-8.
    """
    try:
        # Bytes, because reading as text would change line endings and with them offsets.
        return path.read_bytes().decode("utf-8")
    except FileNotFoundError as exc:
        raise GoldError(f"{path} is missing") from exc
    except OSError as exc:
        raise GoldError(f"{path} can't be read: {exc.strerror}") from exc
    except UnicodeDecodeError as exc:
        raise GoldError(f"{path} is not UTF-8 (byte {exc.start}): save it as UTF-8") from exc


def list_problems(path: Path, problems: list[str]) -> str:
    """One line for each problem of a file."""
    return "\n".join(f"{path}: {problem}" for problem in problems)


def _parse(text: str, path: Path) -> object:
    try:
        return load_yaml(text)
    except YamlError as exc:
        where = f", line {exc.line}" if exc.line else ""
        raise GoldError(f"{path}{where}: {exc}") from exc


def _explain(error: Any) -> str:
    """One of pydantic's errors in the words of the file, items counted from 1."""
    where: list[str] = []
    for part in error["loc"]:
        if isinstance(part, int):
            where.append(f"{where.pop().removesuffix('s')} {part + 1}")
        elif not (part in _KINDS and where and where[-1].startswith("statement ")):
            where.append(part)
    match error["type"]:
        case "missing":
            may_be_null = error["loc"][-1] in {"outcome", "trigger"}
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
