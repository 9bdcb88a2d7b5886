"""Finding, reading and verifying prompt versions."""

from __future__ import annotations

import hashlib
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from pydantic import Field, ValidationError

from communique._internal.files import read_regular
from communique._internal.validation import brief, shown
from communique.errors import PromptError
from communique.prompts.differences import prefix_difference, schema_difference
from communique.prompts.examples import read_examples
from communique.prompts.faults import faults
from communique.prompts.prompt import Data, Prompt, Questions, Sampling, StrategyName, Writing
from communique.prompts.rendering import PREFIX, SCHEMA, render

__all__ = [
    "VERSION_NAME",
    "Loaded",
    "Lock",
    "by_age",
    "default_version",
    "difference_from_release",
    "find_folder",
    "folder_names",
    "list_versions",
    "load_folder",
    "load_prompt",
    "prompt_files",
    "prompts_folder",
    "read_lock",
]

DataT = TypeVar("DataT", bound=Data)

_LARGEST = 1_000_000
"""Most bytes of a file of a version: many times what a model can read."""

VERSION_NAME = re.compile(r"[A-Za-z0-9_-]+")
"""The names that a version may have: those that are bare keys in TOML and valid in any path."""

SOURCES: tuple[str, ...] = ("prompt.toml", "instructions.md", "questions.toml", "examples.yaml")
"""The files written by hand; the others in a version's folder are generated (see `render`)."""


class _Header(Data):
    strategy: StrategyName
    description: str = Field(min_length=1)
    sampling: Writing


@dataclass(frozen=True)
class Loaded:
    """A version, and the files that its release adds to its folder.

    Attributes:
        rendered: texts of these files by name (see `render`).
    """

    prompt: Prompt
    rendered: Mapping[str, str]


class Lock(Data):
    """The sha256 of each released version, and the default version of each provider."""

    default: dict[str, str] = Field(default_factory=dict)
    released: dict[str, str] = Field(default_factory=dict)


def prompts_folder() -> Path:
    """Return the folder of the versions that come with the library."""
    installed = Path(__file__).parents[1] / "_prompts"
    # A checkout has them at the top level, where people look for them.
    return installed if installed.is_dir() else Path(__file__).parents[3] / "prompts"


def list_versions(folder: Path | None = None) -> list[str]:
    """Return the names of the versions in a folder (default: the library's), oldest first."""
    folder = folder or prompts_folder()
    return [name for name in folder_names(folder) if VERSION_NAME.fullmatch(name)]


def default_version(provider: str) -> str:
    """Return the version that is used if none is named, which depends on the provider.

    Args:
        provider: ``local`` for the embedded model; all other providers share one default.
    """
    default = read_lock(prompts_folder()).default
    return default.get(provider, default["other"])


def load_prompt(name: str) -> Prompt:
    """Load a version of the library by name, or any version by its folder's path.

    The files are read at each call, so that changes to them take effect.

    Raises:
        PromptError: there is no such version, a file is missing or broken, an example breaks
            the annotation guide or can't be put to a model, or a released version would send
            something else than at its release.
    """
    folder = prompts_folder()
    path = find_folder(name, folder)
    loaded = load_folder(path)
    released = read_lock(folder).released.get(name)
    if released and (difference := difference_from_release(loaded, path, released)):
        raise PromptError(difference)
    return loaded.prompt


def prompt_files(name: str, folder: Path | None = None) -> dict[str, str]:
    """Return the texts of a version's files that are written by hand, by name.

    Args:
        name: a version, or the path of a folder that holds one, as for `load_prompt`.
        folder: the folder of versions (default: the library's).

    Raises:
        PromptError: there is no such version, or a file is missing.
    """
    return _texts(find_folder(name, folder or prompts_folder()))


def folder_names(folder: Path) -> list[str]:
    """Return the names of folders that hold a prompt, including names invalid for a version."""
    return sorted((path.parent.name for path in folder.glob("*/prompt.toml")), key=by_age)


def by_age(name: str) -> tuple[int, str]:
    """Return a sort key under which v9 comes before v10."""
    return len(name), name


def find_folder(name: str, folder: Path) -> Path:
    """Return the folder of a version that is given by name or by path.

    Raises:
        PromptError: no version has the name. A path is not checked.
    """
    if os.sep in name or "/" in name or name in {".", ".."}:
        try:
            return Path(name).expanduser()
        except RuntimeError as exc:
            raise PromptError(
                f"there is no prompt folder {shown(name)}: {brief(str(exc))}"
            ) from exc
    if name not in list_versions(folder):
        known = ", ".join(list_versions(folder))
        raise PromptError(
            f"there is no prompt version {shown(name)}; versions are: {known}. "
            "A version of your own is named by its folder's path, such as ./my-prompts/v1"
        )
    return folder / name


def difference_from_release(loaded: Loaded, folder: Path, sha256: str) -> str | None:
    """Return a sentence that says how a version differs from its release, or None.

    Args:
        loaded: the version as it is now.
        folder: its folder, with the files that `prompts lock` wrote.
        sha256: its hash at the release.

    Raises:
        PromptError: a file is missing.
    """
    name = loaded.prompt.version
    if difference := schema_difference(_read(folder / SCHEMA), loaded.rendered[SCHEMA]):
        return f"prompt {name}: {difference}; undo that, or copy the folder to a new version"
    difference = prefix_difference(_read(folder / PREFIX), loaded.rendered[PREFIX])
    if difference is None and loaded.prompt.sha256 == sha256:
        return None
    return (
        f"prompt {name} was changed after its release{': ' if difference else ''}"
        f"{difference or ''}; restore its files (git checkout -- prompts/{name}) and the code "
        "that puts them to the model, or copy the folder to a new version and change that"
    )


def read_lock(folder: Path) -> Lock:
    """Return the content of ``lock.toml`` in a folder of versions.

    Raises:
        PromptError: it is missing or broken.
    """
    path = folder / "lock.toml"
    return _from_toml(Lock, _read(path), path)


def _read(path: Path) -> str:
    """Return text with universal newlines, so that line endings don't change the hash."""
    try:
        # Some installers put links into the library's own folder.
        ours = prompts_folder() in path.parents
        text = read_regular(path, _LARGEST, links=ours).decode("utf-8")
        return text.replace("\r\n", "\n").replace("\r", "\n")
    except FileNotFoundError as exc:
        raise PromptError(f"prompt file {path} is missing") from exc
    except (OSError, UnicodeDecodeError) as exc:
        raise PromptError(f"prompt file {path} can't be read: {exc}") from exc


def _texts(folder: Path) -> dict[str, str]:
    if not folder.is_dir():
        raise PromptError(f"there is no prompt folder {folder}")
    return {name: _read(folder / name) for name in SOURCES}


def load_folder(folder: Path) -> Loaded:
    """Return the version in a folder, without looking at a lock.

    Raises:
        PromptError: it is broken.
    """
    try:
        texts = _texts(folder)
        return _parsed(folder.resolve(), tuple(texts.values()))
    except (OSError, ValueError) as exc:  # a name that is too long, or has a NUL
        raise PromptError(
            f"{str(folder)[:80]!r} can't be a prompt folder: {brief(str(exc))}"
        ) from exc


@lru_cache(maxsize=32)
def _parsed(folder: Path, contents: tuple[str, ...]) -> Loaded:
    """Return the version that files describe, cached by their texts."""
    texts = dict(zip(SOURCES, contents, strict=True))
    header = _from_toml(_Header, texts["prompt.toml"], folder / "prompt.toml")
    questions = _from_toml(Questions, texts["questions.toml"], folder / "questions.toml")
    if problem := questions.problem(header.strategy):
        raise PromptError(f"{folder / 'questions.toml'}: {problem}")
    instructions = texts["instructions.md"].strip()
    if not instructions:
        raise PromptError(f"{folder / 'instructions.md'} is empty")
    where = str(folder / "examples.yaml")
    prompt = Prompt(
        version=folder.name,
        sha256="",
        description=header.description,
        strategy=header.strategy,
        sampling=Sampling(**header.sampling.model_dump(), correction=questions.correction),
        questions=questions,
        instructions=instructions,
        examples=read_examples(texts["examples.yaml"], where),
    )
    rendered = render(prompt, where)
    sha256 = _sha256({**texts, **rendered})
    return Loaded(prompt.model_copy(update={"sha256": sha256}), rendered)


def _from_toml(form: type[DataT], text: str, path: Path) -> DataT:
    try:
        return form.model_validate(tomllib.loads(text))
    except ValidationError as exc:
        raise PromptError(f"{path}: {faults(exc)}") from exc
    except (tomllib.TOMLDecodeError, RecursionError) as exc:
        raise PromptError(f"{path}: {brief(str(exc))}") from exc


def _sha256(texts: Mapping[str, str]) -> str:
    digest = hashlib.sha256()
    for name, text in texts.items():
        digest.update(f"{name}\n{len(text)}\n{text}".encode())
    return digest.hexdigest()
