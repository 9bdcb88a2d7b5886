"""The prompt's computed beginning is kept on disk: read once, never wrong, never in the way."""

from __future__ import annotations

import json
import shutil
import threading
from collections import namedtuple
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from communique import Summarizer, local
from communique._internal import background
from communique._internal.progress import Abandoned, Progress
from communique.errors import ModelNotAvailable
from communique.local import prefix, server, weights
from communique.local.catalog import DEFAULT
from communique.local.process import Server
from communique.models import Answer, Endpoint, LanguageModel, LocalModel, LocalServers
from communique.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

KEY = "key-27182818"
MESSAGES = [
    {"role": "system", "content": "Read."},
    {"role": "user", "content": "Article: x"},
    {"role": "assistant", "content": "{}"},
]
ANSWER = {
    "gist": "Talks.", "statements": [], "issue": "dam", "stance": "opposes", "who": "Osei", "for": None,
    "action": "a", "target": "b", "if": None, "means": "other",
    "subject": "s", "status": "agreed", "parties": ["Osei"],
}  # fmt: skip
TEXT = "".join(f"<{m['role']}>{m['content']}" for m in MESSAGES) + "<user>"


class Llama(ThreadingHTTPServer):
    """As much of llama-server as is asked here, with one slot."""

    daemon_threads = True

    def __init__(self, build: str = "b1") -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.build = build
        self.slot = self.comes_between = ""
        self.asked: list[str] = []
        self.broken: dict[str, bytes] = {}
        self.hangs = threading.Event()
        self.goes_on = threading.Event()

    @property
    def server(self) -> Server:
        url = f"http://127.0.0.1:{self.server_address[1]}/v1"
        return Server(url, KEY, DEFAULT, 8192, Path("log"), 1)

    def answer(self, path: str, content: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if path == "/props":
            return 200, {"build_info": self.build}
        if path == "/apply-template":
            rows = content["messages"]
            return 200, {"prompt": "".join(f"<{m['role']}>{m['content']}" for m in rows) + "<end>"}
        if path == "/completion":
            if self.hangs.is_set():
                self.goes_on.wait(20)
            self.slot = content["prompt"] + self.comes_between
            return 200, {"content": "", "tokens_evaluated": len(content["prompt"])}
        file = prefix.prefixes_folder() / content["filename"]
        if path.endswith("save"):
            file.write_text(self.slot)
            return 200, {"n_saved": len(self.slot)}
        if not file.read_text().startswith("<system>"):
            return 400, {"error": {"message": "invalid slot save file"}}
        self.slot = file.read_text()
        return 200, {"n_restored": len(self.slot)}


class _Handler(BaseHTTPRequestHandler):
    server: Llama

    def do_GET(self) -> None:
        self.do_POST()

    def do_POST(self) -> None:
        content = json.loads(self.rfile.read(int(self.headers["Content-Length"] or 0)) or "{}")
        llama = self.server
        llama.asked.append(self.path)
        assert self.headers["Authorization"] == f"Bearer {KEY}"
        if self.path in llama.broken:
            self.wfile.write(llama.broken[self.path])
            return
        status, found = llama.answer(self.path, content)
        body = json.dumps(found).encode()
        try:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        except OSError:
            self.close_connection = True  # whoever asked has gone

    def log_message(self, *_: object) -> None:
        """Keep the test's output clean."""


@pytest.fixture
def llamas() -> Iterator[Any]:
    started: list[Llama] = []

    def start(**options: Any) -> Llama:
        llama = Llama(**options)
        started.append(llama)
        threading.Thread(target=llama.serve_forever, kwargs={"poll_interval": 0.01}).start()
        return llama

    yield start
    for llama in started:
        llama.goes_on.set()
        llama.shutdown()
        llama.server_close()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("COMMUNIQUE_CACHE_DIR", str(tmp_path))
    (tmp_path / "prefixes").mkdir()
    return tmp_path / "prefixes"


def prepare(llama: Llama, messages: Sequence[Any] = MESSAGES) -> list[Progress]:
    told: list[Progress] = []
    prefix.prepare(llama.server, messages, told.append, threading.Event())
    return told


def test_a_prompt_is_read_once(folder: Path, llamas: Any) -> None:
    """The first server reads it, the next one gets it from the file."""
    first, second = llamas(), llamas()
    told = prepare(first)
    assert [step.stage for step in told] == ["load", "load"]
    assert first.slot == TEXT
    (file,) = folder.iterdir()
    assert file.stat().st_mode & 0o077 == 0
    assert prepare(second) == []
    assert second.slot == TEXT
    assert "/completion" not in second.asked
    assert list(folder.iterdir()) == [file]


def test_a_damaged_file_is_replaced(folder: Path, llamas: Any) -> None:
    """What the server can't read back costs the time that it would have saved."""
    prepare(llamas())
    (file,) = folder.iterdir()
    file.write_text("damaged")
    llama = llamas()
    assert len(prepare(llama)) == 2
    assert llama.slot == TEXT == file.read_text()


def test_another_text_or_program_has_another_file(folder: Path, llamas: Any) -> None:
    """Nothing is restored that was computed from something else; few files are kept."""
    llama, other = llamas(), llamas(build="b2")
    prepare(llama)
    prepare(other)
    assert other.slot == TEXT
    assert len(list(folder.iterdir())) == 2
    for number in range(5):
        messages = [{"role": "system", "content": f"Read {number}."}]
        prepare(llama, messages)
        assert llama.slot == f"<system>Read {number}.<user>"
    assert len(list(folder.iterdir())) == 4
    assert llama.asked.count("/completion") == 6


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 404 -\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 -\r\nContent-Length: 4\r\n\r\nnull",
        b"HTTP/1.1 200 -\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 501 -\r\nContent-Length: 13\r\n\r\n" + b'{"error": {}}',
        b"nonsense\r\n\r\n",
    ],
    ids=["nothing", "404", "null", "empty", "501", "nonsense"],
)
@pytest.mark.parametrize("path", ["/apply-template", "/completion", "/slots/0?action=save"])
def test_a_server_that_can_not_is_left_alone(
    folder: Path, llamas: Any, path: str, answer: bytes
) -> None:
    """It costs time at most; no file is left that could be wrong."""
    llama = llamas()
    llama.broken[path] = answer
    prepare(llama)
    assert path in llama.asked
    assert list(folder.iterdir()) == []


def test_no_article_is_kept(folder: Path, llamas: Any) -> None:
    """If another thread's question came between reading and saving, nothing is saved."""
    llama = llamas()
    llama.comes_between = "Article: a secret"
    prepare(llama)
    assert llama.asked[-1] == "/slots/0?action=save"
    assert list(folder.iterdir()) == []


def test_a_full_disk_is_left_alone(
    folder: Path, llamas: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The prompt is read all the same."""
    usage = namedtuple("usage", "total used free")  # noqa: PYI024 as shutil has it
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10, 9, 1))
    llama = llamas()
    prepare(llama)
    assert llama.slot == TEXT
    assert list(folder.iterdir()) == []


@pytest.mark.usefixtures("folder")
def test_waiting_can_be_given_up(llamas: Any) -> None:
    """Ctrl-C does not wait for half a minute of computing."""
    llama, abandoned = llamas(), threading.Event()
    llama.hangs.set()

    def give_up(_: Progress) -> None:
        threading.Timer(0.1, abandoned.set).start()

    with pytest.raises(Abandoned):
        prefix.prepare(llama.server, MESSAGES, give_up, abandoned)
    assert not llama.goes_on.is_set()


def test_a_server_that_hangs_is_not_waited_for_without_end(
    folder: Path, llamas: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The question itself has a limit of its own, and an error that says so."""
    monkeypatch.setattr(prefix, "_LONGEST_SECONDS", 0.3)
    llama = llamas()
    llama.hangs.set()
    prepare(llama)
    assert llama.asked[-1] == "/completion"
    assert list(folder.iterdir()) == []


def test_removing_the_weights_removes_what_was_computed(folder: Path, llamas: Any) -> None:
    """It is of no use without them."""
    prepare(llamas())
    (folder.parent / "models").mkdir()
    (folder / "other-0.slot").write_text("of another model")
    assert weights.remove(DEFAULT)
    assert [path.name for path in folder.iterdir()] == ["other-0.slot"]


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_what_is_prepared_is_what_all_questions_begin_with(version: str) -> None:
    """And it has nothing of the article."""

    class Prepared(LanguageModel):
        provider = "prepared"

        def __init__(self) -> None:
            self.prepared: list[Any] = []
            self.asked: list[Any] = []

        async def prepare(self, prefix: Sequence[Any], on_progress: object = None) -> None:
            assert not self.asked
            self.prepared.append(list(prefix))

        async def ask(self, messages: Any, form: Any, sampling: object) -> Answer[Any]:
            self.asked.append(list(messages))
            said = {k: ANSWER[k] for k in form.model_json_schema()["required"]}
            return Answer(form.model_validate(said), "{}", "m")

    model = Prepared()
    with Summarizer(model=model, prompt=version) as summarizer:
        summarizer.summarize(
            "President Osei voiced opposition to the dam on that day, saying his country would "
            "never accept it. It rained."
        )
    (begun,) = model.prepared
    assert len(begun) > 3
    assert len(model.asked) == 1 if version == "v1" else len(model.asked) > 1
    assert len(model.asked[0]) == len(begun) + 1
    for messages in model.asked:
        assert messages[: len(begun)] == begun
    assert "that day" not in json.dumps(begun)


class Servers(LocalServers):
    """Stands for the server of a model; each start has another key."""

    def __init__(self) -> None:
        self.key = "key-1"
        self.fails = False
        self.read: list[Any] = []

    async def model(self, name: str, role: object, on_progress: object = None) -> Endpoint:
        return Endpoint("http://127.0.0.1:9/v1", name, self.key, is_embedded=True)

    async def read_prefix(self, name: str, prefix: Any, on_progress: object = None) -> bool:
        self.read.append(prefix)
        return not self.fails


def test_a_running_server_is_prepared_once() -> None:
    """And again when it had to be started again."""
    messages: list[Any] = MESSAGES
    servers = Servers()
    model = LocalModel(load_settings(), servers=servers)
    for _ in range(2):
        background.run(model.prepare(messages))
    assert len(servers.read) == 1
    servers.key = "key-2"
    background.run(model.prepare(messages))
    assert len(servers.read) == 2


def test_what_failed_is_tried_again() -> None:
    """Only a prefix that the server knows is remembered."""
    messages: list[Any] = MESSAGES
    servers = Servers()
    model = LocalModel(load_settings(), servers=servers)
    servers.fails = True
    background.run(model.prepare(messages))
    servers.fails = False
    for _ in range(3):
        background.run(model.prepare(messages))
    assert len(servers.read) == 2


def test_it_is_known_whether_the_server_has_read_it(llamas: Any, folder: Path) -> None:
    """A server that fails in the middle has not."""
    llama = llamas()
    never = threading.Event()
    assert prefix.prepare(llama.server, MESSAGES, None, never)
    assert prefix.prepare(llama.server, MESSAGES, None, never)
    shutil.rmtree(folder)
    folder.mkdir()
    llama.broken["/completion"] = b"no"
    assert not prefix.prepare(llama.server, MESSAGES, None, never)


@pytest.mark.model
def test_the_real_server_reads_back_what_it_saved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that was just started knows the prompt, and answers as the first one did."""
    try:
        file = weights.path()
    except ModelNotAvailable as exc:
        pytest.skip(str(exc))
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / file.name).hardlink_to(file)
    monkeypatch.setenv("COMMUNIQUE_CACHE_DIR", str(tmp_path))
    gists = []
    for _ in range(2):
        server._shared["chat"].stop()
        with Summarizer(model="local", prompt="v2") as summarizer:
            summary = summarizer.summarize("The talks in Merou went on. It rained.")
        gists.append(summary.gist)
        assert summary.provenance.usage.cached_input_tokens > 1000
    server._shared["chat"].stop()
    assert gists[0] == gists[1]
    assert len(prefix.prefix_files(local.DEFAULT)) == 1
