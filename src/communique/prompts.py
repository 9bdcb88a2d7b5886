"""Prompt versions: folders of data that are loaded, verified against a lock, and never edited.

A version is a folder with ``prompt.toml`` (strategy, sampling, description),
``instructions.md`` and ``examples.yaml``. The folder ``prompts/`` of the repository ships
inside the wheel; a folder of the user's own works the same way. ``lock.toml`` beside the
versions holds the sha256 of every released one, and which version is the default.
"""

from __future__ import annotations

import hashlib
import os
import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, StrictInt, TypeAdapter, ValidationError

from communique.article import Article
from communique.errors import ArticleError, PromptError
from communique.statements import Evidence, Statement

__all__ = [
    "Example",
    "ExampleStatement",
    "Prompt",
    "Sampling",
    "StrategyName",
    "check_prompts",
    "default_version",
    "list_versions",
    "load_prompt",
    "lock_version",
    "new_version",
    "prompt_files",
    "prompts_folder",
]

StrategyName = Literal["whole", "sentencewise"]

_FILES = ("prompt.toml", "instructions.md", "examples.yaml")


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Sampling(_Data):
    """How the model is to write.

    Attributes:
        temperature: 0 for the likeliest answer.
        max_tokens: limit of one answer, in tokens; a longer one is an error, never cut.
        seed: passed on to servers that know it.
    """

    temperature: float = Field(default=0, ge=0, le=2)
    max_tokens: int = Field(ge=1)
    seed: int | None = None


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


class _Lock(_Data):
    default: dict[str, str]
    released: dict[str, str]


def prompts_folder() -> Path:
    """Where the versions that come with the library are."""
    installed = Path(__file__).parent / "_prompts"
    # A checkout has them at its top level, where people look for them.
    return installed if installed.is_dir() else Path(__file__).parents[2] / "prompts"


def list_versions(folder: Path | None = None) -> list[str]:
    """Names of the versions in a folder (default: the library's), the oldest first."""
    folder = folder or prompts_folder()
    names = [path.parent.name for path in folder.glob("*/prompt.toml")]
    return sorted(names, key=lambda name: (len(name), name))


def default_version(provider: str) -> str:
    """The version used when none is named: it depends on who answers.

    Args:
        provider: ``local`` for the embedded model; any other provider shares one default.
    """
    default = _lock(prompts_folder()).default
    return default.get(provider, default["other"])


@lru_cache(maxsize=32)
def load_prompt(name: str) -> Prompt:
    """Load a version of the library by its name, or any version by its folder's path.

    Raises:
        PromptError: there is no such version, a file is missing or broken, an example is
            not what the annotation guide allows, or a released version was changed.
    """
    if os.sep in name or "/" in name or name in {".", ".."}:
        return _load(Path(name).expanduser())
    folder = prompts_folder()
    if name not in list_versions(folder):
        known = ", ".join(list_versions(folder))
        raise PromptError(
            f"there is no prompt version {name!r}; versions are: {known}. "
            "A version of your own is named by its folder's path, such as ./my-prompts/v1"
        )
    prompt = _load(folder / name)
    released = _lock(folder).released.get(name)
    if released is not None and released != prompt.sha256:
        raise PromptError(_changed(name))
    return prompt


def check_prompts(folder: Path | None = None) -> list[str]:
    """What is wrong with the versions of a folder, one message each; empty if nothing is."""
    folder = folder or prompts_folder()
    lock = _lock(folder)
    problems: list[str] = []
    for name in list_versions(folder):
        try:
            prompt = _load(folder / name)
        except PromptError as exc:
            problems.append(str(exc))
            continue
        if name not in lock.released:
            problems.append(
                f"prompt {name} has no lock entry; release it with: communique prompts lock {name}"
            )
        elif lock.released[name] != prompt.sha256:
            problems.append(_changed(name))
    problems.extend(
        f"prompt {name} is in lock.toml, but its folder is gone: restore it"
        for name in lock.released
        if not (folder / name).is_dir()
    )
    return problems


def prompt_files(name: str, folder: Path | None = None) -> dict[str, str]:
    """The texts of a version's files, by their names.

    Raises:
        PromptError: there is no such version, or a file is missing.
    """
    place = (folder or prompts_folder()) / name
    if not place.is_dir():
        raise PromptError(f"there is no prompt version {name!r} in {place.parent}")
    return {file: _read(place / file) for file in _FILES}


def new_version(name: str, source: str, folder: Path | None = None) -> Path:
    """Copy a version to a new one, to be changed, tried and locked.

    Returns:
        the new folder.

    Raises:
        PromptError: the name is taken or can't be a folder's, or there is no such source.
    """
    folder = folder or prompts_folder()
    if not name.replace("-", "").replace("_", "").isalnum():
        raise PromptError(f"{name!r} can't name a version: use letters, digits, - and _")
    if (folder / name).exists():
        raise PromptError(f"{folder / name} exists; choose another name")
    texts = prompt_files(source, folder)
    (folder / name).mkdir()
    for file, text in texts.items():
        (folder / name / file).write_text(text, encoding="utf-8")
    return folder / name


def lock_version(name: str, folder: Path | None = None) -> str:
    """Release a version: write its hash to ``lock.toml``, which fixes it from then on.

    Returns:
        the sha256 that was written.

    Raises:
        PromptError: the version is broken, or was released before with other content.
    """
    folder = folder or prompts_folder()
    prompt = _load(folder / name)
    lock = _lock(folder)
    if lock.released.get(name) == prompt.sha256:
        return prompt.sha256
    if name in lock.released:
        raise PromptError(_changed(name))
    released = {**lock.released, name: prompt.sha256}
    lines = ["# sha256 of each released version: written by `communique prompts lock`", "[default]"]
    lines += [f'{key} = "{value}"' for key, value in lock.default.items()]
    lines += ["", "[released]"]
    lines += [f'{key} = "{released[key]}"' for key in sorted(released, key=lambda k: (len(k), k))]
    (folder / "lock.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    load_prompt.cache_clear()
    return prompt.sha256


def _changed(name: str) -> str:
    return (
        f"prompt {name} was changed after its release; restore its files (git checkout -- "
        f"prompts/{name}), or copy the folder to a new version and change that"
    )


def _lock(folder: Path) -> _Lock:
    path = folder / "lock.toml"
    try:
        return _Lock.model_validate(tomllib.loads(_read(path)))
    except (tomllib.TOMLDecodeError, ValidationError) as exc:
        raise PromptError(f"{path}: {exc}") from exc


def _read(path: Path) -> str:
    """Text with universal newlines, so that a checkout's line endings don't change the hash."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as exc:
        raise PromptError(f"prompt file {path} is missing") from exc
    except (OSError, UnicodeDecodeError) as exc:
        raise PromptError(f"prompt file {path} can't be read: {exc}") from exc


def _load(folder: Path) -> Prompt:
    if not folder.is_dir():
        raise PromptError(f"there is no prompt folder {folder}")
    texts = {name: _read(folder / name) for name in _FILES}
    digest = hashlib.sha256()
    for name in _FILES:
        digest.update(f"{name}\n{len(texts[name])}\n{texts[name]}".encode())
    try:
        header = _Header.model_validate(tomllib.loads(texts["prompt.toml"]))
    except (tomllib.TOMLDecodeError, ValidationError) as exc:
        raise PromptError(f"{folder / 'prompt.toml'}: {exc}") from exc
    if not texts["instructions.md"].strip():
        raise PromptError(f"{folder / 'instructions.md'} is empty")
    return Prompt(
        version=folder.resolve().name,
        sha256=digest.hexdigest(),
        description=header.description,
        strategy=header.strategy,
        sampling=header.sampling,
        instructions=texts["instructions.md"].strip(),
        examples=_examples(texts["examples.yaml"], folder / "examples.yaml"),
    )


def _examples(text: str, path: Path) -> tuple[Example, ...]:
    try:
        raw = yaml.safe_load(text)
    except yaml.YAMLError as exc:
        raise PromptError(f"{path}: {exc}") from exc
    if not isinstance(raw, list):
        raise PromptError(f"{path}: a list of examples is expected")
    items: list[Any] = raw  # pyright: ignore[reportUnknownVariableType] checked one by one
    return tuple(_example(item, f"{path}, example {n}") for n, item in enumerate(items, start=1))


class _ExampleFile(_Data):
    text: str
    gist: str = Field(min_length=1)
    statements: list[dict[str, Any]]


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
    if not all(1 <= n <= count for n in sentences):
        raise PromptError(f"{where}: sentences must be from 1 to {count}, not {list(sentences)}")
    cut = [article.sentences[n - 1] for n in sentences]
    evidence = tuple(Evidence(start=s.start, end=s.end, text=s.text) for s in cut)
    try:
        statement = _STATEMENT.validate_python(
            {**fields, "id": "example", "attribution": "reported", "evidence": evidence}
        )
    except ValidationError as exc:
        raise PromptError(f"{where}: {exc}") from exc
    return ExampleStatement(statement=statement, sentences=sentences)
