"""Making, checking and releasing prompt versions."""

from __future__ import annotations

from pathlib import Path

from communique._internal.files import make_folder, replace
from communique.errors import PromptError
from communique.prompts.loading import (
    VERSION_NAME,
    by_age,
    changed,
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
    """What is wrong with the versions of a folder, one message each; empty if nothing is."""
    folder = folder or prompts_folder()
    lock = read_lock(folder)
    problems = [
        f"folder {folder / name}: {_bad_name(name)}; rename it"
        for name in folder_names(folder)
        if not VERSION_NAME.fullmatch(name)
    ]
    for name in list_versions(folder):
        try:
            prompt = load_folder(folder / name)
        except PromptError as exc:
            problems.append(str(exc))
            continue
        if name not in lock.released:
            problems.append(
                f"prompt {name} has no lock entry; release it with: communique prompts lock {name}"
            )
        elif lock.released[name] != prompt.sha256:
            problems.append(changed(name))
    problems.extend(
        f"prompt {name} is in lock.toml, but its folder is gone: restore it"
        for name in lock.released
        if not (folder / name).is_dir()
    )
    return problems


def new_version(name: str, source: str, folder: Path | None = None) -> Path:
    """Copy a version to a new one, to be changed, tried and locked.

    Args:
        name: ASCII letters, digits, - and _.
        source: a version, or the path of a folder that holds one.
        folder: where versions are (default: the library's).

    Returns:
        the new folder.

    Raises:
        PromptError: the name is taken or can't be a version's, there is no such source, or
            the folder can't be written to.
    """
    folder = folder or prompts_folder()
    if not VERSION_NAME.fullmatch(name):
        raise PromptError(_bad_name(name))
    if (folder / name).exists():
        raise PromptError(f"{folder / name} exists; choose another name")
    texts = prompt_files(source, folder)
    try:
        make_folder(folder / name)
        for file, text in texts.items():
            replace(folder / name / file, text)
    except OSError as exc:
        raise PromptError(f"{folder / name} can't be written: {exc.strerror or exc}") from exc
    return folder / name


def lock_version(name: str, folder: Path | None = None) -> str:
    """Release a version: write its hash to ``lock.toml``, which fixes it from then on.

    Returns:
        the sha256 that was written.

    Raises:
        PromptError: there is no such version, it is broken, or was released before with
            other content; or ``lock.toml`` can't be written.
    """
    folder = folder or prompts_folder()
    if not VERSION_NAME.fullmatch(name):
        raise PromptError(_bad_name(name))
    prompt = load_folder(find_folder(name, folder))
    lock = read_lock(folder)
    if lock.released.get(name) == prompt.sha256:
        return prompt.sha256
    if name in lock.released:
        raise PromptError(changed(name))
    released = {**lock.released, name: prompt.sha256}
    lines = ["# sha256 of each released version: written by `communique prompts lock`", "[default]"]
    lines += [f'{key} = "{value}"' for key, value in lock.default.items()]
    lines += ["", "[released]"]
    lines += [f'{key} = "{released[key]}"' for key in sorted(released, key=by_age)]
    path = folder / "lock.toml"
    try:
        replace(path, "\n".join(lines) + "\n")
    except OSError as exc:
        raise PromptError(f"{path} can't be written: {exc.strerror or exc}") from exc
    return prompt.sha256


def _bad_name(name: str) -> str:
    return f"{name!r} can't name a version: use ASCII letters, digits, - and _"
