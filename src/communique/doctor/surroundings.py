"""What surrounds communique: its installation, the environment's variables, and the disk."""

from __future__ import annotations

import os
import platform
import re
import shutil
from collections.abc import Iterator
from functools import partial
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from communique._internal.files import is_open_to_others
from communique._internal.variables import PREFIX
from communique.doctor.check import Check
from communique.errors import CommuniqueError, ModelNotAvailable, SettingsError
from communique.models.hosted import HOSTED
from communique.models.registry import PROVIDERS
from communique.settings import SettingsKwargs, cache_folder, load_settings

__all__ = ["installation", "is_installed", "storage", "variables"]

_LIBRARIES = ("openai", "instructor", "pydantic", "httpx2", "typer")
_OF_THE_NETWORK = frozenset(
    {"ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "SSL_CERT_DIR", "SSL_CERT_FILE"}
)
_OF_PROVIDERS = frozenset(
    name
    for about in (*(each.owner for each in HOSTED.values()), *PROVIDERS.values())
    for name in (*about.keys, *about.addresses)
)
_NAME = re.compile(r"[\w.-]+")


def installation() -> Iterator[Check]:
    """Tell which versions and extras are installed."""
    where = f"Python {platform.python_version()}, {platform.system()} {platform.machine()}"
    yield Check("communique", "ok", f"{version('communique')}, {where}")
    yield Check("libraries", "ok", ", ".join(f"{name} {version(name)}" for name in _LIBRARIES))
    packages: dict[str, list[str]] = {}
    for required in requires("communique") or ():
        _, _, extra = required.partition("extra ==")
        if extra and (name := _NAME.match(required)) and name[0] != "communique":
            packages.setdefault(extra.strip(" '\""), []).append(name[0])
    packages.pop("dev", None)
    there = {extra: all(map(is_installed, names)) for extra, names in packages.items()}
    installed = ", ".join(sorted(name for name, has in there.items() if has)) or "none"
    missing = ", ".join(sorted(name for name, has in there.items() if not has)) or "none"
    yield Check("extras", "ok", f"installed: {installed}; not installed: {missing}")


def is_installed(package: str) -> bool:
    """Return whether a package is installed."""
    try:
        return bool(version(package))
    except PackageNotFoundError:
        return False


def variables() -> Iterator[Check]:
    """Tell the names of the variables that decide something, never what they hold."""
    known = {*_OF_THE_NETWORK, *_OF_PROVIDERS}
    names = [name for name in os.environ if name.upper().startswith((PREFIX, "OPENAI_"))]
    names += [name for name in os.environ if name.upper() in known and name not in names]
    yield Check("variables", "ok", ", ".join(sorted(names)) or "none that communique reads is set")


def storage(settings: SettingsKwargs, *, is_local: bool) -> Iterator[Check]:
    """Check what is kept on the disk: weights and answers."""
    folder = cache_folder().absolute()
    above = next(each for each in (folder, *folder.parents) if each.exists())
    free = shutil.disk_usage(above).free
    for name, checks in (
        ("weights", partial(_weights, free, is_local=is_local)),
        ("cache", partial(_cache, settings)),
    ):
        try:
            yield from checks()
        except CommuniqueError as exc:
            yield Check.failed(name, exc)
    move = "set COMMUNIQUE_CACHE_DIR to another folder"
    if not above.is_dir() or not os.access(above, os.W_OK):
        yield Check("disk", "warning", f"the cache folder {folder} can't be written", move)
    elif (place := is_open_to_others(folder)) is not None:
        says = f"any user of this machine can change {folder}, since {place} is writable by others"
        yield Check("disk", "warning", says, f"chmod o-w {place}, or {move}")
    else:
        yield Check("disk", "ok", f"{_size(free)} free for the cache folder {folder}")


def _weights(free: int, *, is_local: bool) -> Iterator[Check]:
    from communique import local

    for record in local.list_models():
        size = _size(record.size)
        if record.present:
            yield Check("weights", "ok", f"{record.name}, {size}, at {record.path}")
        elif not is_local:
            yield Check("weights", "ok", f"{record.name} is not downloaded, and not needed")
        elif free < record.size:
            raise ModelNotAvailable(
                f"the weights of {record.name} need {size} on the disk of {record.path.parent}, "
                f"where {_size(free)} are free; free some space, or set COMMUNIQUE_CACHE_DIR to "
                "another folder"
            )
        else:
            says = f"{record.name} is not downloaded; the first article waits for {size}"
            yield Check("weights", "warning", says, "communique model pull")


def _cache(settings: SettingsKwargs) -> Iterator[Check]:
    from communique.cache import AnswerCache, default_file

    try:
        setting = load_settings(**settings).cache
    except SettingsError:
        return  # it was told where the model was looked for
    if setting is False:
        yield Check("cache", "ok", "off; COMMUNIQUE_CACHE=true keeps answers")
        return
    path = setting if isinstance(setting, Path) else default_file()
    if not path.exists():
        yield Check("cache", "ok", f"answers will be kept in {path}")
        return
    cache = AnswerCache(path)
    yield Check("cache", "ok", f"{path}, {cache.size() / 1e6:,.1f} MB")
    cache.close()


def _size(length: int) -> str:
    return f"{length / 1e9:,.2f} GB"
