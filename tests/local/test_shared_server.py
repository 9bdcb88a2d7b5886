"""One server for all processes of a user: found, shared, replaced, ended, and never planted."""

from __future__ import annotations

import contextlib
import json
import logging
import multiprocessing
import os
import secrets
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from filelock import FileLock

from communique._internal.progress import Abandoned
from communique.local import lease, server, sharing
from communique.local.catalog import DEFAULT
from communique.local.process import Server
from communique.local.supervisor import NONCE_BYTES, PROOF_BYTES, prove
from llama_fake import MODEL, is_running, status, wait_until_gone

posix = pytest.mark.skipif(os.name == "nt", reason="POSIX")

PROCESSES = multiprocessing.get_context("spawn" if os.name == "nt" else "forkserver")
PROCESSES.set_forkserver_preload(["communique.local.server", "pytest", __name__])


def use(orders, environment: dict[str, str], idle_seconds: float) -> None:
    """Use the shared server when told to; the main function of a `User`."""
    os.environ.clear()
    os.environ.update(environment)
    sharing._IDLE_SECONDS = idle_seconds
    with contextlib.suppress(EOFError):
        while orders.recv() == "use":
            orders.send(server.shared_server().pid)
        child = os.fork()
        if not child:
            time.sleep(60)
        orders.send(child)
        orders.recv()
    server._shared.stop()  # multiprocessing leaves out what is registered with atexit


class User:
    """A process that uses the shared server."""

    def __init__(self, idle_seconds: float) -> None:
        self._orders, theirs = PROCESSES.Pipe()
        arguments = [theirs, dict(os.environ), idle_seconds]
        self.process = PROCESSES.Process(target=use, args=arguments, daemon=True)
        self.process.start()
        theirs.close()

    def ask(self, what: str = "use") -> int:
        """Have it use the server, and return the server's process id."""
        self._orders.send(what)
        return self._orders.recv()

    def end(self) -> None:
        """Let it end as programs do."""
        self._orders.close()
        self.process.join(20)
        assert self.process.exitcode == 0

    def kill(self) -> None:
        self._orders.close()
        self.process.kill()
        self.process.join(20)


@pytest.fixture
def user(installed):
    """Start a user of the shared server; at the end, no user and no server is left."""
    users = []

    def call(idle_seconds: float = 0.2) -> User:
        users.append(User(idle_seconds))
        return users[-1]

    yield call
    for each in users:
        each.kill()
    end_servers(installed)


def end_servers(cache: Path) -> None:
    """End the recorded servers."""
    for path in cache.glob("servers/*.json"):
        with contextlib.suppress(OSError, ValueError):
            if pid := json.loads(path.read_bytes()).get("pid"):
                os.kill(pid, signal.SIGKILL)
                wait_until_gone(pid)


@pytest.fixture
def shared(installed, monkeypatch):
    """The shared servers as this process sees them."""
    monkeypatch.setattr(sharing, "_IDLE_SECONDS", 0.2)
    servers = server.SharedServers(server._join_or_launch)
    yield servers
    servers.stop()
    end_servers(installed)


def record_of(cache: Path) -> Path:
    (path,) = cache.glob("servers/*.json")
    return path


def test_ten_at_once_start_one_server(user, installed):
    """However many processes begin at the same moment, one server is started."""
    users = [user() for _ in range(10)]
    for each in users:
        each._orders.send("use")
    (pid,) = {each._orders.recv() for each in users}
    assert len(list((installed / "logs").iterdir())) == 1
    for each in users:
        each.kill()
    wait_until_gone(pid)


@pytest.mark.parametrize("ending", ["end", "kill"])
def test_it_ends_with_its_last_user(user, ending):
    """Whoever started it may end in any way, and others keep it until the last one has ended."""
    first, second = user(), user()
    pid = first.ask()
    assert second.ask() == pid
    getattr(first, ending)()
    assert second.ask() == pid
    getattr(second, ending)()
    wait_until_gone(pid)


def test_one_command_after_another(user):
    """A server that nobody uses for a moment is there for the next one."""
    first, second = user(60), user(60)
    pid = first.ask()
    first.end()
    assert second.ask() == pid


@posix
def test_a_stopped_user_keeps_it(user):
    """A suspended process finds its server when it goes on."""
    first, second = user(), user()
    pid = first.ask()
    assert second.ask() == pid
    os.kill(second.process.pid, signal.SIGSTOP)
    first.end()
    time.sleep(1)
    assert is_running(pid)
    os.kill(second.process.pid, signal.SIGCONT)
    assert second.ask() == pid


@posix
def test_a_forked_child_shares_it(user):
    """The child of a user is another user, and keeps nothing alive unless it uses the server."""
    first, second = user(), user()
    pid = first.ask()
    assert second.ask() == pid
    children = [first.ask("fork"), second.ask("fork")]
    try:
        first.kill()
        second.kill()
        wait_until_gone(pid)
        assert all(map(is_running, children))
    finally:
        for child in children:
            os.kill(child, signal.SIGKILL)


FORKING = """
import os
from communique.local import server, sharing
sharing._IDLE_SECONDS = 0.2
ours = server.shared_server()
child = os.fork()
print(server.shared_server().pid, flush=True)
if child:
    os.waitpid(child, 0)
    assert server.shared_server() is ours
    print(server.shared_server().pid, flush=True)
"""


@posix
@pytest.mark.parametrize("has_joined", [False, True])
def test_the_end_of_a_forked_child_leaves_it(installed, user, has_joined):
    """Parent and child get the same server, whoever started it, without a warning."""
    other = user()
    before = {str(other.ask())} if has_joined else set()
    done = subprocess.run(
        [sys.executable, "-W", "error::ResourceWarning", "-c", FORKING],
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    assert done.stderr == ""
    (pid,) = {*done.stdout.split(), *before}
    other.kill()
    wait_until_gone(int(pid))


@posix
@pytest.mark.parametrize("victim", ["server", "supervisor"])
def test_a_dead_server_is_replaced_once(user, victim):
    """All its users get the same new one."""
    first, second = user(), user()
    pid = first.ask()
    assert second.ask() == pid
    listed = subprocess.run(
        ["ps", "-o", "ppid=", "-p", str(pid)], capture_output=True, text=True, check=True
    )
    os.kill(pid if victim == "server" else int(listed.stdout), signal.SIGKILL)
    wait_until_gone(pid)
    new = second.ask()
    assert new != pid
    assert first.ask() == new


def test_a_served_model_is_another_one(shared, installed):
    """A server that was asked for explicitly is not shared, and not recorded."""
    with server.serve() as base_url:
        assert not (installed / "servers").exists()
        assert shared.get(DEFAULT).base_url != base_url


@posix
def test_only_the_owner_can_read_the_key(shared, installed):
    """Neither file modes, nor the process list, nor the log show key or secret."""
    running = shared.get(DEFAULT)
    path = record_of(installed)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    record = json.loads(path.read_bytes())
    assert record["api_key"] == running.api_key
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True)
    for word in (record["api_key"], record["secret"]):
        assert word not in listed.stdout
        assert word not in running.log_path.read_text()


def left_open(path: Path) -> None:
    path.chmod(0o644)


def as_a_link(path: Path) -> None:
    path.rename(path.with_suffix(".elsewhere"))
    path.symlink_to(path.with_suffix(".elsewhere"))


def as_a_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path, 0o600)


def damaged(path: Path) -> None:
    path.write_bytes(b'{"api_key": "secret-key"')


def of_another_form(path: Path) -> None:
    path.write_bytes(b'{"api_key": "secret-key", "pid": "many"}')


def with_an_impossible_port(path: Path) -> None:
    record = json.loads(path.read_bytes())
    path.write_text(json.dumps({**record, "supervisor_port": 70_000}))


@posix
@pytest.mark.parametrize(
    "spoil",
    [left_open, as_a_link, as_a_pipe, damaged, of_another_form, with_an_impossible_port],
    ids=lambda f: f.__name__,
)
def test_a_record_that_others_could_have_written(user, shared, installed, spoil, caplog):
    """It is not used but replaced, and the log says so without its content."""
    pid = user().ask()
    path = record_of(installed)
    spoil(path)
    with caplog.at_level(logging.WARNING, "communique"):
        new = shared.get(DEFAULT)
    assert new.pid != pid
    assert is_running(pid)
    assert str(path) in caplog.text
    assert "secret-key" not in caplog.text
    assert json.loads(path.read_bytes())["pid"] == new.pid
    assert stat.S_IMODE(path.lstat().st_mode) == 0o600
    os.kill(pid, signal.SIGKILL)


@posix
def test_a_record_of_another_user(user, shared, installed, monkeypatch):
    """Neither a file nor a folder that belongs to somebody else is trusted."""
    pid = user().ask()
    before = record_of(installed).read_bytes()
    own = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: own + 1)
    assert shared.get(DEFAULT).pid != pid
    assert record_of(installed).read_bytes() == before


def a_file(folder: Path) -> None:
    folder.write_text("")


def a_link(folder: Path) -> None:
    (folder.parent / "elsewhere").mkdir(mode=0o700)
    folder.symlink_to("elsewhere")


def open_to_others(folder: Path) -> None:
    folder.mkdir()
    folder.chmod(0o770)


@posix
@pytest.mark.parametrize("make", [a_file, a_link, open_to_others], ids=lambda f: f.__name__)
def test_a_folder_that_can_not_be_used(shared, installed, make, caplog):
    """The server is then the process's own, nothing is written, and the log says why."""
    folder = installed / "servers"
    make(folder)
    with caplog.at_level(logging.WARNING, "communique"):
        running = shared.get(DEFAULT)
    assert status(running.base_url, running.api_key) == 200
    assert f"not shared with other processes: {folder} is " in caplog.text
    assert not folder.is_dir() or not list(folder.iterdir())
    shared.stop()
    assert not is_running(running.pid)


@posix
def test_a_full_disk(shared, installed, monkeypatch, caplog):
    """A server that can't be recorded is used by the process that started it."""

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(sharing, "write_private", full)
    with caplog.at_level(logging.WARNING, "communique"):
        running = shared.get(DEFAULT)
    assert status(running.base_url, running.api_key) == 200
    assert "No space left" in caplog.text
    shared.stop()
    wait_until_gone(running.pid)


SECRET = secrets.token_bytes(32)


@contextlib.contextmanager
def program(answer):
    """A program that has a port; yields the port, and all that it receives."""
    received = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def play() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    with connection, contextlib.suppress(OSError):
                        connection.settimeout(5)
                        answer(connection, received)

        thread = threading.Thread(target=play, daemon=True)
        thread.start()
        yield listener.getsockname()[1], received
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(10)


def take(connection, received):
    received.append(connection.recv(1000))
    return received[-1]


def closes(connection, received):
    take(connection, received)


def is_silent(connection, received):
    while take(connection, received):
        pass


def echoes(connection, received):
    while more := take(connection, received):
        connection.sendall(more)


def speaks_http(connection, received):
    take(connection, received)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" + b"+" * 100)
    is_silent(connection, received)


def drips(connection, received):
    take(connection, received)
    while True:
        connection.sendall(b"+")
        time.sleep(0.05)


def proves_as_a_user(connection, received):
    asked = take(connection, received)
    answered = bytes(NONCE_BYTES)
    connection.sendall(answered + prove(SECRET, b"user", asked, answered) + b"+")
    is_silent(connection, received)


def proves_something_else(connection, received):
    take(connection, received)
    answered = bytes(NONCE_BYTES)
    connection.sendall(answered + prove(SECRET, b"supervisor", answered, answered) + b"+")
    is_silent(connection, received)


IMPOSTORS = [
    closes,
    is_silent,
    echoes,
    speaks_http,
    drips,
    proves_as_a_user,
    proves_something_else,
]
GONE = Server("http://127.0.0.1:1/v1", "the-api-key", "m", 1, Path("log"), 1)


@pytest.mark.parametrize("impostor", IMPOSTORS, ids=lambda f: f.__name__)
def test_another_program_at_the_port(impostor, monkeypatch):
    """It is not taken for the supervisor, and is sent nothing that it could use."""
    monkeypatch.setattr(lease, "HANDSHAKE_SECONDS", 0.3)
    with program(impostor) as (port, received):
        assert lease.join(GONE, port, SECRET) is None
    sent = b"".join(received)
    assert len(sent) == NONCE_BYTES
    assert SECRET not in sent


def test_a_planted_server_is_not_used(user, shared, installed):
    """After a restart of the machine, another user's program may have the recorded ports."""
    first = user()
    old = first.ask()
    path = record_of(installed)
    with program(speaks_http) as (port, received):
        record = json.loads(path.read_bytes())
        record["base_url"] = f"http://127.0.0.1:{port}/v1"
        record["supervisor_port"] = port
        path.write_text(json.dumps(record))
        running = shared.get(DEFAULT)
    assert running.pid != old
    assert running.api_key != record["api_key"]
    assert record["api_key"].encode() not in b"".join(received)
    assert json.loads(path.read_bytes())["pid"] == running.pid
    os.kill(old, signal.SIGKILL)


def test_who_does_not_know_the_secret_keeps_nothing_alive(user, installed):
    """Other users may connect, but are no users of the server."""
    first = user()
    pid = first.ask()
    port = json.loads(record_of(installed).read_bytes())["supervisor_port"]
    with (
        socket.create_connection(("127.0.0.1", port)),  # silent
        socket.create_connection(("127.0.0.1", port), timeout=10) as liar,
    ):
        asked = bytes(NONCE_BYTES)
        liar.sendall(asked)
        answer = lease._receive(liar, NONCE_BYTES + PROOF_BYTES, time.monotonic() + 10)
        liar.sendall(prove(bytes(32), b"user", asked, answer[:NONCE_BYTES]))
        assert liar.recv(1) == b""
        first.end()
        wait_until_gone(pid)


def test_what_makes_another_server(tmp_path, monkeypatch):
    """Anything that changes answers or where it computes; but not where the packages are."""
    adapters = [tmp_path / "a.gguf", tmp_path / "b.gguf"]
    for adapter in adapters:
        adapter.write_bytes(b"adapter")
    same = sharing.identify(MODEL, tmp_path / "llama-server", adapters[0])
    assert sharing.identify(MODEL, tmp_path / "elsewhere", adapters[1]) == same
    adapters[1].write_bytes(b"another")
    seen = {
        same,
        sharing.identify(MODEL, tmp_path, adapters[1]),
        sharing.identify(MODEL.model_copy(update={"sha256": "0" * 64}), tmp_path, adapters[0]),
        sharing.identify(MODEL.model_copy(update={"context_tokens": 1}), tmp_path, adapters[0]),
    }
    for place, name, value in [
        (sharing, "version", lambda name: "9.9"),
        (sharing.platform, "node", lambda: "another host"),
        (os, "sched_getaffinity", lambda pid: {0, 77}),
    ]:
        with monkeypatch.context() as changed:
            changed.setattr(place, name, value, raising=False)
            seen.add(sharing.identify(MODEL, tmp_path, adapters[0]))
    assert len(seen) == (7 if sys.platform == "linux" else 6)


def test_waiting_for_another_process_can_be_given_up(shared, installed, monkeypatch):
    """Ctrl-C ends the wait for a server that another process is loading."""
    identity = "0" * 32
    monkeypatch.setattr(server, "identify", lambda *_: identity)
    (installed / "servers").mkdir(mode=0o700)
    seen = []
    abandoned = threading.Event()

    def on_progress(progress) -> None:
        seen.append(progress.message)
        abandoned.set()

    with (
        FileLock(installed / "servers" / f"{identity}.lock"),
        pytest.raises(Abandoned),
    ):
        shared.get(DEFAULT, on_progress, abandoned)
    assert seen == [f"{DEFAULT}: waiting for another process to load it"]


def test_a_suspended_starter_holds_up_nobody_for_long(shared, installed, monkeypatch, caplog):
    """Whoever has waited longer than any server takes to load starts one of its own."""
    monkeypatch.setattr(server, "identify", lambda *_: "0" * 32)
    monkeypatch.setattr(sharing, "_LONGEST_WAIT_SECONDS", 0)
    (installed / "servers").mkdir(mode=0o700)
    with (
        FileLock(installed / "servers" / f"{'0' * 32}.lock"),
        caplog.at_level(logging.WARNING, "communique"),
    ):
        running = shared.get(DEFAULT)
    assert status(running.base_url, running.api_key) == 200
    assert "another process takes too long to start it" in caplog.text
    shared.stop()
    assert not is_running(running.pid)


def test_records_of_long_ago_are_deleted(shared, installed):
    """Each version leaves two files; those that nobody has used for a month go."""
    folder = installed / "servers"
    folder.mkdir(mode=0o700)
    for name, days in (("old", 40), ("new", 20)):
        for suffix in ("json", "lock"):
            path = folder / f"{name}.{suffix}"
            path.write_text("{}")
            os.utime(path, (time.time() - days * 86400,) * 2)
    shared.get(DEFAULT)
    left = {path.name for path in folder.iterdir()}
    assert {"new.json", "new.lock"} < left
    assert not {"old.json", "old.lock"} & left
    assert len(left) == 4


def test_a_record_holds_what_a_server_is(shared, installed, user):
    """Another process gets the same server with all its properties."""
    running = shared.get(DEFAULT)
    joined = server.SharedServers(server._join_or_launch)
    try:
        assert joined.get(DEFAULT) == running
        assert joined.get(DEFAULT) is joined.get(DEFAULT)
        assert running.api_key not in repr(joined.get(DEFAULT))
        assert replace(running) == running
    finally:
        joined.stop()
    assert is_running(running.pid)
