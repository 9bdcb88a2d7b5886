"""Finding, reading and checking prompt versions."""

from __future__ import annotations

import hashlib
import os
import re
import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StrictInt,
    TypeAdapter,
    ValidationError,
)

from communique._internal.strict_yaml import YamlError, load_yaml
from communique.article import Article
from communique.errors import ArticleError, PromptError
from communique.statements import Evidence, Statement

__all__ = [
    "VERSION_NAME",
    "Example",
    "ExampleStatement",
    "Lock",
    "Prompt",
    "Sampling",
    "StrategyName",
    "by_age",
    "changed",
    "default_version",
    "find_folder",
    "folder_names",
    "list_versions",
    "load_folder",
    "load_prompt",
    "prompt_files",
    "prompts_folder",
    "read_lock",
]

VERSION_NAME = re.compile(r"[A-Za-z0-9_-]+")
"""What a version's name may be: what stands in TOML as a bare key, and in any path."""

StrategyName = Literal["whole", "conversation"]

_FILES = ("prompt.toml", "instructions.md", "examples.yaml")


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Sampling(_Data):
    """How the model is to write.

    Attributes:
        temperature: 0 for the likeliest answer.
        max_tokens: limit of one answer, in tokens; a longer one is an error, never cut.
        seed: passed on to servers that know it.
        logprobs: whether to ask for log-probabilities, from which `confidence` is computed.
    """

    temperature: float = Field(default=0, ge=0, le=2)
    max_tokens: int = Field(ge=1)
    seed: int | None = None
    logprobs: bool = False


class ExampleStatement(_Data):
    """A statement of an example, with the numbers (from 1) of the sentences that show it."""

    statement: Statement
    sentences: tuple[int, ...]


class Example(_Data):
    """An article and the right answer."""

    article: Article
    gist: str
    statements: tuple[ExampleStatement, ...]


class _Header(_Data):
    strategy: StrategyName
    description: str = Field(min_length=1)
    sampling: Sampling


class Prompt(_Data):
    """One prompt version, loaded and checked.

    Attributes:
        version: its folder's name, such as ``v2``.
        sha256: hash of its files.
        strategy: how an article is asked about.
    """

    version: str
    sha256: str
    description: str
    strategy: StrategyName
    sampling: Sampling
    instructions: str = Field(min_length=1)
    examples: tuple[Example, ...]


class Lock(_Data):
    """The sha256 of each released version, and the default version of each provider."""

    default: dict[str, str]
    released: dict[str, str]


def prompts_folder() -> Path:
    """Where the versions that come with the library are."""
    installed = Path(__file__).parents[1] / "_prompts"
    # A checkout has them at its top level, where people look for them.
    return installed if installed.is_dir() else Path(__file__).parents[3] / "prompts"


def list_versions(folder: Path | None = None) -> list[str]:
    """Names of the versions in a folder (default: the library's), the oldest first."""
    folder = folder or prompts_folder()
    return [name for name in folder_names(folder) if VERSION_NAME.fullmatch(name)]


def default_version(provider: str) -> str:
    """The version used when none is named: it depends on who answers.

    Args:
        provider: ``local`` for the embedded model; any other provider shares one default.
    """
    default = read_lock(prompts_folder()).default
    return default.get(provider, default["other"])


def load_prompt(name: str) -> Prompt:
    """Load a version of the library by its name, or any version by its folder's path.

    The files are read each time: a prompt that is edited in a session is the edited one.

    Raises:
        PromptError: there is no such version, a file is missing or broken, an example is
            not what the annotation guide allows, or a released version was changed.
    """
    folder = prompts_folder()
    prompt = load_folder(find_folder(name, folder))
    if read_lock(folder).released.get(name) not in {None, prompt.sha256}:
        raise PromptError(changed(name))
    return prompt


def prompt_files(name: str, folder: Path | None = None) -> dict[str, str]:
    """The texts of a version's files, by their names.

    Args:
        name: a version, or the path of a folder that holds one, as for `load_prompt`.
        folder: where versions are (default: the library's).

    Raises:
        PromptError: there is no such version, or a file is missing.
    """
    return _texts(find_folder(name, folder or prompts_folder()))


def folder_names(folder: Path) -> list[str]:
    """Names of the folders that hold a prompt, whether or not a version can have them."""
    return sorted((path.parent.name for path in folder.glob("*/prompt.toml")), key=by_age)


def by_age(name: str) -> tuple[int, str]:
    """Sorts v9 before v10."""
    return len(name), name


def find_folder(name: str, folder: Path) -> Path:
    """The folder of a version that is named by itself or by its path.

    Raises:
        PromptError: no version has the name. A path is not looked at.
    """
    if os.sep in name or "/" in name or name in {".", ".."}:
        try:
            return Path(name).expanduser()
        except RuntimeError as exc:
            raise PromptError(f"there is no prompt folder {name}: {exc}") from exc
    if name not in list_versions(folder):
        known = ", ".join(list_versions(folder))
        raise PromptError(
            f"there is no prompt version {name!r}; versions are: {known}. "
            "A version of your own is named by its folder's path, such as ./my-prompts/v1"
        )
    return folder / name


def changed(name: str) -> str:
    """What is wrong with a released version whose hash is another one."""
    return (
        f"prompt {name} was changed after its release; restore its files (git checkout -- "
        f"prompts/{name}), or copy the folder to a new version and change that"
    )


def read_lock(folder: Path) -> Lock:
    """What ``lock.toml`` in a folder of versions says.

    Raises:
        PromptError: it is missing or broken.
    """
    path = folder / "lock.toml"
    try:
        return Lock.model_validate(tomllib.loads(_read(path)))
    except (tomllib.TOMLDecodeError, ValidationError, RecursionError) as exc:
        raise PromptError(f"{path}: {exc}") from exc


def _read(path: Path) -> str:
    """Text with universal newlines, so that a checkout's line endings don't change the hash."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as exc:
        raise PromptError(f"prompt file {path} is missing") from exc
    except (OSError, UnicodeDecodeError) as exc:
        raise PromptError(f"prompt file {path} can't be read: {exc}") from exc


def _texts(folder: Path) -> dict[str, str]:
    if not folder.is_dir():
        raise PromptError(f"there is no prompt folder {folder}")
    return {name: _read(folder / name) for name in _FILES}


def load_folder(folder: Path) -> Prompt:
    """The version that a folder holds, whatever a lock says.

    Raises:
        PromptError: it is broken.
    """
    try:
        texts = _texts(folder)
        return _parsed(folder.resolve(), tuple(texts.values()))
    except (OSError, ValueError) as exc:  # a name that is too long, or has a NUL
        raise PromptError(f"{str(folder)[:80]!r} can't be a prompt folder: {exc}") from exc


@lru_cache(maxsize=32)
def _parsed(folder: Path, contents: tuple[str, ...]) -> Prompt:
    """The version in a folder's files, by their texts: whatever is changed is parsed anew."""
    texts = dict(zip(_FILES, contents, strict=True))
    digest = hashlib.sha256()
    for name in _FILES:
        digest.update(f"{name}\n{len(texts[name])}\n{texts[name]}".encode())
    try:
        header = _Header.model_validate(tomllib.loads(texts["prompt.toml"]))
    except (tomllib.TOMLDecodeError, ValidationError, RecursionError) as exc:
        raise PromptError(f"{folder / 'prompt.toml'}: {exc}") from exc
    if not texts["instructions.md"].strip():
        raise PromptError(f"{folder / 'instructions.md'} is empty")
    return Prompt(
        version=folder.name,
        sha256=digest.hexdigest(),
        description=header.description,
        strategy=header.strategy,
        sampling=header.sampling,
        instructions=texts["instructions.md"].strip(),
        examples=_examples(texts["examples.yaml"], folder / "examples.yaml"),
    )


def _examples(text: str, path: Path) -> tuple[Example, ...]:
    try:
        raw = load_yaml(text, numbers=True)
    except YamlError as exc:
        where = f", line {exc.line}" if exc.line else ""
        raise PromptError(f"{path}{where}: {exc}") from exc
    if not isinstance(raw, list):
        raise PromptError(f"{path}: a list of examples is expected")
    items: list[Any] = raw  # pyright: ignore[reportUnknownVariableType] checked one by one
    return tuple(_example(item, f"{path}, example {n}") for n, item in enumerate(items, start=1))


class _ExampleFile(_Data):
    text: str
    gist: str = Field(min_length=1)
    statements: list[dict[str, Any]]


_COMPUTED = frozenset({"id", "evidence", "attribution", "confidence", "summary"})
_STATEMENT: TypeAdapter[Statement] = TypeAdapter(Statement)
_NUMBERS = TypeAdapter(Annotated[tuple[StrictInt, ...], Field(min_length=1)])


def _example(raw: object, where: str) -> Example:
    try:
        example = _ExampleFile.model_validate(raw)
        article = Article(text=example.text)
    except (ValidationError, ArticleError) as exc:
        raise PromptError(f"{where}: {exc}") from exc
    statements = tuple(
        _example_statement(fields, article, f"{where}, statement {n}")
        for n, fields in enumerate(example.statements, start=1)
    )
    return Example(article=article, gist=example.gist, statements=statements)


def _example_statement(fields: dict[str, Any], article: Article, where: str) -> ExampleStatement:
    """An example is checked as the statement it stands for, before any call is paid for."""
    fields = dict(fields)
    numbers = fields.pop("sentences", None)
    count = len(article.sentences)
    try:
        sentences = _NUMBERS.validate_python(numbers)
    except ValidationError as exc:
        raise PromptError(f"{where}: sentences must be a list of numbers") from exc
    if not all(1 <= n <= count for n in sentences) or len(set(sentences)) < len(sentences):
        raise PromptError(
            f"{where}: sentences must be from 1 to {count}, each once, not {list(sentences)}"
        )
    if surplus := sorted(_COMPUTED & fields.keys()):
        raise PromptError(f"{where}: {surplus[0]} is computed from the sentences: leave it out")
    cut = [article.sentences[n - 1] for n in sentences]
    if blank := [k for k, v in fields.items() if isinstance(v, str) and not v.strip()]:
        raise PromptError(f"{where}: {blank[0]} is blank")
    evidence = tuple(Evidence(start=s.start, end=s.end, text=s.text) for s in cut)
    try:
        statement = _STATEMENT.validate_python(
            {**fields, "id": "example", "attribution": "reported", "evidence": evidence}
        )
    except ValidationError as exc:
        raise PromptError(f"{where}: {exc}") from exc
    return ExampleStatement(statement=statement, sentences=sentences)
