"""What a ``gold.yaml`` may hold, and how it is read: no value becomes another in silence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal, cast

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    ValidationError,
)

from communique.errors import GoldError
from communique.statements import Attribution, Kind, Means, Relation, Stance, Status

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable
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


class _Loader(yaml.SafeLoader):
    """YAML with text, true, false, null, lists and mappings, and nothing else.

    YAML 1.1 reads plain ``no``, ``on``, ``12:30`` and ``2022-02-24`` as truth values, numbers
    and dates. Nothing in a gold file is one of these, so they are refused, with their line.
    """


def _mapping(loader: yaml.SafeLoader, node: yaml.Node) -> dict[Hashable, Any]:
    if not isinstance(node, yaml.MappingNode):
        raise yaml.constructor.ConstructorError(None, None, "not a mapping", node.start_mark)
    keys: set[str] = set()
    for key, _ in cast("list[tuple[yaml.Node, yaml.Node]]", node.value):
        if key.tag != "tag:yaml.org,2002:str":
            _refuse(loader, key)
        if key.value in keys:
            problem = f"the key {key.value!r} is there twice"
            raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
        keys.add(key.value)
    return loader.construct_mapping(node, deep=True)


def _truth(loader: yaml.SafeLoader, node: yaml.Node) -> bool:
    if node.value not in {"true", "false"}:
        _refuse(loader, node)
    return node.value == "true"


def _refuse(_: yaml.SafeLoader, node: yaml.Node) -> None:
    tag = node.tag.rpartition(":")[2]
    what = {
        "bool": "a truth value (write true or false)",
        "timestamp": "a date",
        "int": "a number",
        "float": "a number",
    }.get(tag, f"!!{tag}")
    value = repr(node.value) if isinstance(node, yaml.ScalarNode) else "this"
    problem = f"YAML reads {value} as {what}; if text is meant, put it in quotes"
    raise yaml.constructor.ConstructorError(None, None, problem, node.start_mark)


def _constructors() -> dict[str | None, Callable[[Any, Any], Any]]:
    prefix = "tag:yaml.org,2002:"
    safe = yaml.SafeLoader.yaml_constructors
    kept = {prefix + name: safe[prefix + name] for name in ("str", "null", "seq")}
    # None stands for every tag that has no constructor of its own.
    return {**kept, prefix + "map": _mapping, prefix + "bool": _truth, None: _refuse}


_Loader.yaml_constructors = _constructors()


def _parse(text: str, path: Path) -> object:
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506 a SafeLoader with fewer types
    except yaml.MarkedYAMLError as exc:
        line = f", line {exc.problem_mark.line + 1}" if exc.problem_mark else ""
        raise GoldError(f"{path}{line}: {exc.problem}") from exc
    except (yaml.YAMLError, RecursionError) as exc:
        raise GoldError(f"{path}: {' '.join(str(exc).split())}") from exc


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
