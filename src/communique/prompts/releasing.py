"""Creating, checking and releasing prompt versions."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from communique._internal.files import make_folder, replace
from communique._internal.validation import shown
from communique.errors import PromptError
from communique.prompts.loading import (
    VERSION_NAME,
    Lock,
    by_age,
    difference_from_release,
    find_folder,
    folder_names,
    list_versions,
    load_folder,
    prompt_files,
    prompts_folder,
    read_lock,
)

__all__ = ["check_prompts", "lock_version", "new_version"]


def check_prompts(folder: Path | None = None) -> list[str]:
    """Return what is wrong with the versions in a folder, one message each.

    Args:
        folder: the folder of versions (default: the library's).
    """
    folder = folder or prompts_folder()
    lock = read_lock(folder)
    problems = [
        f"folder {folder / name}: {_bad_name(name)}; rename it"
        for name in folder_names(folder)
        if not VERSION_NAME.fullmatch(name)
    ]
    problems += [
        problem for name in list_versions(folder) if (problem := _problem(name, folder, lock))
    ]
    problems += [
        f"prompt {name} is in lock.toml, but {folder / name / 'prompt.toml'} is missing; restore it"
        for name in lock.released
        if not (folder / name / "prompt.toml").is_file()
    ]
    return problems


def _problem(name: str, folder: Path, lock: Lock) -> str | None:
    try:
        loaded = load_folder(folder / name)
        if name not in lock.released:
            return (
                f"prompt {name} has no lock entry; release it with: communique prompts lock {name}"
            )
        return difference_from_release(loaded, folder / name, lock.released[name])
    except PromptError as exc:
        return str(exc)


def new_version(name: str, source: str, folder: Path) -> Path:
    """Copy a version to a new one, which can then be edited, tried and locked.

    Args:
        name: ASCII letters, digits, - and _.
        source: a version of the library or of the folder, or the path of a version's folder.
        folder: the folder in which the new version's folder is created.

    Returns:
        The new version's folder.

    Raises:
        PromptError: the name is taken or can't be a version's, there is no such source, or
            the folder can't be written to.
    """
    _check_writable(folder)
    if not VERSION_NAME.fullmatch(name):
        raise PromptError(_bad_name(name))
    if (folder / name).exists():
        raise PromptError(f"{folder / name} exists; choose another name")
    is_here = source in list_versions(folder)
    texts = prompt_files(source, folder if is_here else prompts_folder())
    _write(folder / name, texts)
    return folder / name


def lock_version(name: str, folder: Path) -> str:
    """Release a version, which fixes everything that a model is sent with it.

    Write the generated files beside the version's own, and the hash of all of them to
    ``lock.toml``, which is created if there is none.

    Args:
        name: a version in the folder.
        folder: the folder of versions.

    Returns:
        The sha256 that was written.

    Raises:
        PromptError: there is no such version, it is broken, it was released before with
            different content, or a file can't be written.
    """
    _check_writable(folder)
    if not VERSION_NAME.fullmatch(name):
        raise PromptError(_bad_name(name))
    loaded = load_folder(find_folder(name, folder))
    sha256 = loaded.prompt.sha256
    lock = read_lock(folder) if (folder / "lock.toml").exists() else Lock()
    if name in lock.released:
        if problem := difference_from_release(loaded, folder / name, lock.released[name]):
            raise PromptError(problem)
        return sha256
    _write(folder / name, loaded.rendered)
    released = {**lock.released, name: sha256}
    _write(folder, {"lock.toml": _lock_text(Lock(default=lock.default, released=released))})
    return sha256


def _lock_text(lock: Lock) -> str:
    lines = ["# sha256 of each released version: written by `communique prompts lock`", "[default]"]
    lines += [f'{key} = "{value}"' for key, value in lock.default.items()]
    lines += ["", "[released]"]
    lines += [f'{key} = "{lock.released[key]}"' for key in sorted(lock.released, key=by_age)]
    return "\n".join(lines) + "\n"


def _check_writable(folder: Path) -> None:
    """Check that a folder is not the installed library's, which an upgrade would overwrite.

    Raises:
        PromptError: the folder belongs to an installed library.
    """
    ours = prompts_folder()
    if ours.name == "_prompts" and os.path.realpath(folder) == os.path.realpath(ours):
        raise PromptError(
            f"{folder} belongs to the installed library; name a folder of your own with --folder"
        )


def _write(folder: Path, texts: Mapping[str, str]) -> None:
    for file, text in texts.items():
        try:
            make_folder(folder)
            replace(folder / file, text)
        except OSError as exc:
            raise PromptError(f"{folder / file} can't be written: {exc.strerror or exc}") from exc


def _bad_name(name: str) -> str:
    return f"{shown(name)} can't name a version: use ASCII letters, digits, - and _"
