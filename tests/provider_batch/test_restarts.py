"""The program may end between any two of its steps; what it has begun is gone on with."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from provider_setting import Setting, articles

from batch_server import BatchServer, question
from communique._internal import files
from communique.errors import ProviderError, SettingsError
from communique.provider_batch import provider_runner, shard_writer, shards, store
from communique.provider_batch.waiting import wait

if TYPE_CHECKING:
    from collections.abc import Callable

    from batch_server import Json

ONE = 4_328
"""Tokens of a request, roughly."""


class Killed(BaseException):
    """Ends a run as SIGKILL would: no handler of the program takes it for an error."""


class Mortal(httpx2.AsyncBaseTransport):
    """Ends the program after a number of requests: the server has carried out the last one."""

    def __init__(self, requests: int) -> None:
        self.left = requests
        self._inner = httpx2.AsyncHTTPTransport()

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        response = await self._inner.handle_async_request(request)
        self.left -= 1
        if self.left == 0:
            await response.aclose()
            raise Killed
        return response


def run_to_the_end(setting: Setting, count: int, **changes: Any) -> bool:
    """Run until the program is killed, then again; check all that must hold. Return if it was."""
    kept: list[str] = []
    was_killed = False
    for _ in range(2):
        left = [article for article in articles(count) if article.id not in kept]
        try:
            for outcome in setting.batch(**changes).outcomes(left):
                kept.append(outcome.id or "")  # noqa: PERF401 those before the error count
        except Killed:
            was_killed = True
            changes = {}
        else:
            break
    assert sorted(kept) == [f"a{n}" for n in range(count)]
    check_nothing_is_paid_twice(setting.server, was_killed=was_killed)
    kept_keys = [
        line.split()[0]
        for index in setting.folder.glob("*/index.txt")
        for line in index.read_text().splitlines()
    ]
    assert len(kept_keys) == len(set(kept_keys))  # in no two shards, even if one was being split
    return was_killed


def check_nothing_is_paid_twice(server: BatchServer, *, was_killed: bool) -> None:
    assert max(server.paid.values(), default=1) == 1
    ordinary = Counter(question(body) for body in server.asked)
    assert not ordinary.keys() & server.paid.keys()
    # Of what is asked in the ordinary way, what was in flight when the program was killed is lost.
    assert sum(ordinary.values()) <= len(ordinary) + was_killed
    accepted = [batch for batch in server.batches.values() if batch.status != "failed"]
    assert max(Counter(batch.metadata["communique"] for batch in accepted).values(), default=1) == 1
    if server.token_limit is not None and not was_killed:
        assert any(batch.status == "failed" for batch in server.batches.values())
    names = Counter(file.name for file in server.files.values() if file.purpose == "batch")
    assert max(names.values(), default=1) == 1


def plain(server: BatchServer) -> None:
    """Two batches, both completed."""


def expired(server: BatchServer) -> None:
    """Each batch expires after its first answer."""
    server.end, server.answered = "expired", 1


def too_large(server: BatchServer) -> None:
    """The first batch has no room, and is split."""
    server.token_limit = int(1.5 * ONE)


SCENARIOS = [(plain, 2, 4), (expired, 3, 4), (too_large, 2, 3)]
"""With the most requests of a batch, and the number of articles."""


@pytest.fixture
def _in_no_haste(monkeypatch: pytest.MonkeyPatch) -> None:
    """The system lives on, so nothing has to be on the disk; and there are many runs."""
    monkeypatch.setattr(os, "fsync", lambda _: None)


@pytest.mark.usefixtures("_in_no_haste")
@pytest.mark.parametrize(("scenario", "requests", "count"), SCENARIOS)
def test_killed_after_any_request(
    tmp_path: Path, scenario: Callable[[BatchServer], None], requests: int, count: int
) -> None:
    """Whichever request is the last, carried out without the program's knowing: nothing is lost."""
    number = 0
    was_killed = True
    while was_killed:
        number += 1
        with BatchServer() as server:
            server.is_quick = True
            scenario(server)
            setting = Setting(
                server,
                tmp_path / f"after-{number}",
                options={"requests": requests, "concurrency": 1},
            )
            client = httpx2.AsyncClient(transport=Mortal(number))
            was_killed = run_to_the_end(setting, count, http_client=client)
    assert number > 5


@pytest.mark.usefixtures("_in_no_haste")
@pytest.mark.parametrize(("scenario", "requests", "count"), [SCENARIOS[0], SCENARIOS[2]])
def test_killed_after_any_write(
    tmp_path: Path,
    scenario: Callable[[BatchServer], None],
    requests: int,
    count: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whichever change of the state folder is the last: nothing is lost."""
    number = 0
    was_killed = True
    while was_killed:
        number += 1
        left = number

        def replace(path: Path, content: bytes | str) -> None:
            nonlocal left
            files.replace(path, content)
            left -= 1
            if left == 0:
                raise Killed

        for module in (shards, store, shard_writer):
            monkeypatch.setattr(module, "replace", replace)
        with BatchServer() as server:
            server.is_quick = True
            scenario(server)
            setting = Setting(
                server,
                tmp_path / f"write-{number}",
                options={"requests": requests, "concurrency": 1},
            )
            was_killed = run_to_the_end(setting, count)
    assert number > 5


@pytest.mark.parametrize("path", ["/v1/files", "/v1/batches"])
def test_a_connection_that_breaks_leaves_no_second_batch(
    setting: Setting, server: BatchServer, path: str
) -> None:
    """The server has done what it was asked, but its answer is lost: it is looked for."""
    server.page = 2  # so that lists have several pages
    _crowd(setting, server)
    is_first = True

    def drop(_: int, method: str, asked: str) -> bool:
        nonlocal is_first
        is_lost = is_first and (method, asked) == ("POST", path)
        is_first = is_first and not is_lost
        return is_lost

    server.drop = drop
    assert len(setting.run(articles(3))) == 3
    assert server.count("POST", path) == 6 + 1
    check_nothing_is_paid_twice(server, was_killed=False)


def _crowd(setting: Setting, server: BatchServer) -> None:
    """Let others have batches at the server, too."""
    for n in range(6):
        other = Setting(server, setting.folder.with_name(f"other{n}"))
        other.run(articles(2, first=100 + 10 * n))


def test_a_server_without_lists_of_files_gets_the_file_again(
    setting: Setting, server: BatchServer
) -> None:
    """Which costs nothing, as long as there is one batch."""
    is_first = True

    def refuse(_: int, method: str, path: str) -> tuple[int, Json, Json] | None:
        return (
            (405, {}, {"error": {"message": "no lists"}})
            if (method, path) == ("GET", "/v1/files")
            else None
        )

    def drop(_: int, method: str, path: str) -> bool:
        nonlocal is_first
        is_lost = is_first and (method, path) == ("POST", "/v1/files")
        is_first = is_first and not is_lost
        return is_lost

    server.refuse, server.drop = refuse, drop
    assert len(setting.run(articles(3))) == 3
    assert len(server.batches) == 1


def test_a_file_that_is_not_found_yet_is_asked_for_again(
    setting: Setting, server: BatchServer
) -> None:
    """OpenAI may not know a file for a moment after its upload."""
    refusals = 1

    def refuse(_: int, method: str, path: str) -> tuple[int, Json, Json] | None:
        nonlocal refusals
        if (method, path) != ("POST", "/v1/batches") or not refusals:
            return None
        refusals -= 1
        said = "Cannot find file file-1, or organization org-1 does not have access to it."
        return 400, {}, {"error": {"message": said, "param": "file_id"}}

    server.refuse = refuse
    assert len(setting.run(articles(3))) == 3
    assert (len(server.batches), server.count("POST", "/v1/files")) == (1, 1)


def test_a_server_that_fails_for_a_while_is_waited_for(
    setting: Setting,
    server: BatchServer,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The batches go on meanwhile, so an outage does not end the run; pauses are respected."""
    failures = 5
    pauses: list[float] = []

    def refuse(_: int, method: str, path: str) -> tuple[int, Json, Json] | None:
        nonlocal failures
        if method == "GET" and "/batches/" in path and failures:
            failures -= 1
            return (
                429 if failures == 4 else 503,
                {"retry-after": "0.05"},
                {"error": {"message": "busy"}},
            )
        return None

    server.refuse = refuse

    def wait(seconds: float, stop: threading.Event) -> None:
        pauses.append(seconds)

    monkeypatch.setattr(provider_runner, "wait", wait)
    assert len(setting.run(articles(3))) == 3
    assert max(pauses) >= 0.05
    assert "the batches are looked after again" in caplog.text
    assert len(server.batches) == 1


def test_an_old_rejection_is_not_met_again(
    setting: Setting, server: BatchServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed before a rejected batch is created anew: the next run finds the old one, and goes by it."""
    faults = server._faults
    server._faults = lambda _: [{"code": "billing_hard_limit_reached", "message": "No."}]
    with pytest.raises(ProviderError, match="billing_hard_limit_reached"):
        setting.run(articles(3))
    server._faults = faults

    def replace(path: Path, content: bytes | str) -> None:
        files.replace(path, content)
        if '"creating"' in str(content):
            raise Killed

    monkeypatch.setattr(shards, "replace", replace)
    with pytest.raises(Killed):
        setting.run(articles(3)[1:])
    monkeypatch.undo()
    assert len(setting.run(articles(3)[1:])) == 2
    assert [batch.status for batch in server.batches.values()] == ["failed", "completed"]


class _Locked(threading.Event):
    """An event that the handler of Ctrl-C sets, and that nobody may wait for in its own thread."""

    def wait(self, timeout: float | None = None) -> bool:
        raise AssertionError("Ctrl-C would find the event's lock taken, and wait for ever")


def test_ctrl_c_finds_the_event_free(setting: Setting, server: BatchServer) -> None:
    """The main thread never waits for what only its own handler of a signal sets."""
    assert len(list(setting.batch().outcomes(articles(3), stop=_Locked()))) == 3
    stop = _Locked()
    threading.Timer(0.05, stop.set).start()
    started = time.monotonic()
    wait(60, stop)
    assert time.monotonic() - started < 30


def test_a_gateway_without_room_is_waited_for(setting: Setting, server: BatchServer) -> None:
    """Some answer 429 to the creation of a batch; it is created later, once."""
    refusals = 3

    def refuse(_: int, method: str, path: str) -> tuple[int, Json, Json] | None:
        nonlocal refusals
        if (method, path) == ("POST", "/v1/batches") and refusals:
            refusals -= 1
            return 429, {"retry-after": "0.01"}, {"error": {"message": "too many batches"}}
        return None

    server.refuse = refuse
    assert len(setting.run(articles(3))) == 3
    assert len(server.batches) == 1


def test_the_timeout_of_a_file_is_wall_clock(setting: Setting, server: BatchServer) -> None:
    """A server that sends a byte now and then holds nobody up: the file is asked for again."""
    is_first = True

    def slowly(_: int, method: str, path: str) -> bool:
        nonlocal is_first
        is_slow = is_first and path.endswith("/content")
        is_first = is_first and not is_slow
        return is_slow

    server.slowly = slowly
    started = time.monotonic()
    assert len(setting.run(articles(8), timeout=1)) == 8
    assert server.count("GET", "/v1/files/file-3/content") == 2
    assert time.monotonic() - started < 60  # all bytes would take two minutes


def test_a_server_without_batches_is_named(setting: Setting, server: BatchServer) -> None:
    server.refuse = lambda _, method, path: (
        (404, {}, {"error": {"message": "?"}}) if path == "/v1/files" else None
    )
    with pytest.raises(ProviderError, match=r"\(http://127.*\) has no batch API"):
        setting.run(articles(3))


def test_a_batch_of_another_account_is_named(setting: Setting, server: BatchServer) -> None:
    """Nothing is submitted a second time because it is not found."""
    unknown = (404, {}, {"error": {"message": "No batch found"}})
    server.refuse = lambda _, method, path: (
        unknown if method == "GET" and "/batches/" in path else None
    )
    with pytest.raises(ProviderError, match="does not have batch_2"):
        setting.run(articles(3))
    assert server.count("POST", "/v1/batches") == 1


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"model": "openai/other"}, "model: 'test' before, now 'other'"),
        ({"max_tokens": 100}, "max_tokens: None before, now 100"),
        ({"context_tokens": 90_000}, "context_tokens: None before, now 90000"),
    ],
)
def test_another_run_is_refused_with_the_difference(
    setting: Setting, change: dict[str, Any], named: str
) -> None:
    """Answers of one model are not taken for those of another."""
    setting.run(articles(2))
    with pytest.raises(SettingsError, match=named):
        setting.run(articles(2), **change)


def test_a_foreign_folder_is_left_alone(setting: Setting) -> None:
    setting.folder.mkdir()
    (setting.folder / "letter.txt").write_text("Dear Ana")
    with pytest.raises(SettingsError, match="is no folder of provider batches, and not empty"):
        setting.run(articles(2))
    with pytest.raises(SettingsError, match="is no folder of provider batches"):
        setting.batch().clear()
    assert (setting.folder / "letter.txt").read_text() == "Dear Ana"


def test_one_process_at_a_time(setting: Setting) -> None:
    """Two would submit the same articles."""
    first = setting.batch().outcomes(articles(2))
    next(first)
    with pytest.raises(SettingsError, match="is being used by another process"):
        setting.run(articles(2))
    first.close()
    assert len(setting.run(articles(2))) == 2


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("run.json", b"[]", "is damaged, or of another version"),
        ("run.json", b"\xff", "is damaged, or of another version"),
        ("000001/shard.json", b"{}", "is damaged"),
        ("000001/shard.json", b"\xff{", "is damaged"),
        ("000001/index.txt", b"what?\n", "is damaged"),
        ("000001/articles.jsonl", b"{}\n", "is damaged"),
        (
            "000001/articles.jsonl",
            b'{"text": "Another article, put in its place."}\n',
            "has been changed",
        ),
    ],
)
def test_a_damaged_folder_is_named(setting: Setting, name: str, content: bytes, said: str) -> None:
    """No answer is taken for that of another article, and nothing is asked anew in silence."""
    setting.run(articles(2))
    (setting.folder / name).write_bytes(content)
    with pytest.raises(SettingsError, match=said):
        setting.run(articles(2)[1:])


def test_a_full_disk_loses_nothing(
    setting: Setting, server: BatchServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run ends with the reason, and goes on once there is room."""

    def full(path: Path, content: bytes | str) -> None:
        if '"created"' in str(content):
            raise OSError(28, "No space left on device")
        files.replace(path, content)

    monkeypatch.setattr(shards, "replace", full)
    with pytest.raises(SettingsError, match="can't be written: No space left on device"):
        setting.run(articles(3))
    monkeypatch.undo()
    assert len(setting.run(articles(3)[1:])) == 2
    check_nothing_is_paid_twice(server, was_killed=False)


def test_a_folder_that_can_not_be_made_is_said_first(setting: Setting, server: BatchServer) -> None:
    (setting.folder.parent / "file").write_text("")
    setting.folder = setting.folder.parent / "file" / "batches"
    with pytest.raises(SettingsError, match="can't be used"):
        setting.run(articles(2))
    assert server.log == []


@pytest.mark.skipif(os.name != "posix", reason="other systems have other permissions")
def test_only_the_owner_can_read_the_folder(setting: Setting) -> None:
    """It holds the articles and what was said about them; and nobody else may change them."""
    setting.run(articles(2))
    assert setting.folder.stat().st_mode & 0o777 == 0o700
    setting.folder.chmod(0o777)
    with pytest.raises(SettingsError, match="any user can change"):
        setting.run(articles(2))


def test_the_folder_is_deleted_when_it_is_not_needed(setting: Setting) -> None:
    batch = setting.batch()
    list(batch.outcomes(articles(2)))
    batch.clear()
    assert not setting.folder.exists()
    batch.clear()


_PROGRAM = """
import os, sys
from pathlib import Path
import communique.provider_batch, instructor, openai.types.chat
from provider_setting import Setting, articles

class Server:
    url = sys.argv[1]

done = Path(sys.argv[3])
for expected in (9, 0):  # the first one is killed
    if (child := os.fork()) == 0:
        setting = Setting(Server, Path(sys.argv[2]), options={"requests": 2})
        print(os.getpid(), file=done.with_name("pid").open("w"), flush=True)
        kept = done.read_text().split() if done.exists() else []
        with done.open("a") as file:
            for outcome in setting.batch().outcomes(a for a in articles(6) if a.id not in kept):
                print(outcome.id, file=file, flush=True)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -expected
"""


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL")
def test_a_killed_process(setting: Setting, server: BatchServer, tmp_path: Path) -> None:
    """The same with a process that is really killed, while it creates a batch."""
    here = Path(__file__).parent

    def kill(_: int, method: str, path: str) -> bool:
        if (method, path) != ("POST", "/v1/batches") or len(server.batches) != 2:
            return False
        server.drop = lambda *_: False
        os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)
        return True

    server.drop = kill
    done = tmp_path / "done"
    subprocess.run(
        [sys.executable, "-c", _PROGRAM, server.url, str(setting.folder), str(done)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(here), str(here.parent)])},
        check=True,
        timeout=60,
    )
    assert sorted(done.read_text().split()) == [f"a{n}" for n in range(6)]
    check_nothing_is_paid_twice(server, was_killed=True)
