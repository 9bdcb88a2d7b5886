"""A canary key, and everything that is written while it is in use: files, output, traces."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from builders import GOOD
from communique.cli import main
from wire import WireServer, chat, http

if TYPE_CHECKING:
    from pathlib import Path

KEY = f"canary-key-{31415926535897932384626433}"
ARTICLE = "Ruritania opposes the dam. Talks go on."

# What a careless user does: all logs on, all spans with their content to standard output, all
# errors printed with their traces and attributes, everything written to files.
PROGRAM = r"""
import logging, pickle, sys, traceback
from pathlib import Path

from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import ConsoleSpanExporter, SimpleSpanProcessor

from communique import Article, Summarizer
from communique.errors import CommuniqueError
from communique.recording import use_cassette
from communique.render import to_csv, to_json, to_jsonl

logging.basicConfig(level=logging.NOTSET, filename="everything.log")
provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(ConsoleSpanExporter()))
trace.set_tracer_provider(provider)
text = Path("article.txt").read_text()
with Summarizer(prompt="v1", max_attempts=1) as reader:
    print(repr(reader), vars(reader), repr(reader.settings), reader.settings.model_dump())
    with use_cassette(Path("tape.json"), record=True):
        summary = reader.summarize(text)
    Path("summary.json").write_text(to_json(summary))
    Path("summary.csv").write_text(to_csv(summary))
    Path("summary.html").write_text(summary.to_html())
    Path("summary.md").write_text(summary.to_markdown())
    Path("summary.pickle").write_bytes(pickle.dumps(summary))
    for number in range(7):
        try:
            reader.summarize(f"{text} Failure {number}.")
        except CommuniqueError as error:
            traceback.print_exc()
            print(repr(error), vars(error), error.__cause__, file=sys.stderr)
    for outcome in reader.summarize_many([f"{text} Many {n}." for n in range(2)]):
        print(outcome.model_dump_json())
"""


def _faults(_: WireServer, connection: Any, request: dict[str, Any], number: int) -> None:
    """Answers, then errors that repeat the key in every way a server may."""
    text = str(request["messages"][-1]["content"])
    if "Failure" not in text and "Many" not in text:
        connection.sendall(chat(GOOD))
        return
    connection.sendall(
        [
            http(401, f'{{"error": {{"message": "Incorrect API key provided: {KEY}"}}}}'),
            http(403, f"<html>{KEY}</html>"),
            http(400, f'{{"error": {{"message": "Authorization: Bearer {KEY}"}}}}'),
            http(429, "{}", Retry_After=KEY),
            http(500, f'{{"error": "{KEY}"}}'),
            http(200, KEY),
            chat(f"{KEY} is no answer"),
            http(200, "{}", Location=f"http://x/{KEY}"),
        ][number % 8]
    )


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory, home, cache and temporary folder of its own."""
    for name in ("HOME", "USERPROFILE", "TMPDIR", "TEMP", "XDG_CACHE_HOME", "COMMUNIQUE_CACHE_DIR"):
        (tmp_path / name.lower()).mkdir()
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "article.txt").write_text(ARTICLE, encoding="utf-8")
    return tmp_path


def _run(*command: str, **variables: str) -> str:
    """Standard output and error of a process that has the key."""
    done = subprocess.run(
        command,
        env={
            **os.environ,
            "COMMUNIQUE_API_KEY": KEY,
            "COMMUNIQUE_MODEL": "openai/test",
            **variables,
        },
        capture_output=True,
        check=False,
        timeout=60,
    )
    return (done.stdout + done.stderr).decode("utf-8")


def _written(place: Path) -> dict[str, bytes]:
    return {str(p.relative_to(place)): p.read_bytes() for p in place.rglob("*") if p.is_file()}


def test_no_key_in_anything_that_is_written(place: Path) -> None:
    """Of logs at every level, traces, errors, summaries, cassettes and spans with content.

    But for what a server puts into an answer: that is the answer.
    """
    with WireServer(_faults) as server:
        shown = _run(
            sys.executable, "-c", PROGRAM, COMMUNIQUE_BASE_URL=server.url,
            OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="true",
        )  # fmt: skip
        assert len(server.requests) == 10
    assert "Many 1" in shown, shown[-2_000:]
    assert "gen_ai.input.messages" in shown
    files = _written(place)
    assert {"everything.log", "tape.json", "summary.html", "summary.pickle"} <= set(files)
    assert len(files["everything.log"]) > 10_000
    for name, content in files.items():
        assert KEY.encode() not in content, name
    # An unusable reply is kept unchanged.
    for line in shown.splitlines():
        if KEY in line:
            assert f"{KEY} is no answer" in line
            assert KEY not in line.replace(f"{KEY} is no answer", "")


class CommandLine:
    """The command line in this process, with the key in the environment."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch = monkeypatch
        self._capfd = capfd
        monkeypatch.setenv("COMMUNIQUE_API_KEY", KEY)
        monkeypatch.setenv("COMMUNIQUE_MODEL", "openai/test")
        monkeypatch.setenv("COMMUNIQUE_MAX_ATTEMPTS", "1")

    def __call__(self, server: WireServer, *words: str) -> str:
        """Standard output and error."""
        self._monkeypatch.setenv("COMMUNIQUE_BASE_URL", server.url)
        with pytest.raises(SystemExit):
            main([*words])
        return "".join(self._capfd.readouterr())


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> CommandLine:
    return CommandLine(monkeypatch, capfd)


def test_no_key_in_what_the_command_line_writes(
    place: Path, repository: Path, run: CommandLine
) -> None:
    """Neither in results nor in recordings, evaluations and their report, nor in errors."""
    (place / "seeds" / "one").mkdir(parents=True)
    (place / "prompts").mkdir()
    (place / "seeds" / "one" / "article.txt").write_text(ARTICLE, encoding="utf-8")
    shutil.copy(
        repository / "seeds" / "apricot-frost" / "gold.yaml", place / "seeds" / "one" / "gold.yaml"
    )
    shown = ""
    with WireServer(lambda _, connection, *__: connection.sendall(chat(GOOD))) as server:
        for form in ("table", "json", "jsonl", "csv", "markdown", "html"):
            options = ["--prompt", "v1", "--format", form, "--output", f"out.{form}"]
            shown += run(server, "summarize", "article.txt", *options)
        options = ["--prompt", "v1", "--model", "openai/test", "--record", "all", "--root", "."]
        shown += run(server, "--debug", "eval", *options)
        assert len(server.requests) == 7, shown
    with WireServer(_faults) as server:
        (place / "article.txt").write_text(f"{ARTICLE} Failure.", encoding="utf-8")
        for _ in range(8):
            shown += run(server, "--debug", "summarize", "article.txt", "--prompt", "v1")
        assert len(server.requests) == 8
    assert KEY not in shown.replace(f"{KEY} is no answer", "")
    files = _written(place)
    assert any(name.startswith("cassettes") for name in files), shown
    for name, content in files.items():
        assert KEY.encode() not in content, name


@pytest.mark.skipif(os.name == "nt", reason="permissions are those of POSIX")
def test_files_are_written_whole_and_nobody_else_can_change_them(
    place: Path, run: CommandLine
) -> None:
    """With the usual umask others may read them, and no half-written file is left beside."""
    with WireServer(lambda _, connection, *__: connection.sendall(chat(GOOD))) as server:
        for _ in range(2):
            options = ["--prompt", "v1", "--format", "json", "--output", "out.json"]
            run(server, "summarize", "article.txt", *options)
    assert stat.S_IMODE((place / "out.json").stat().st_mode) & 0o133 == 0
    assert sorted(p.name for p in place.iterdir() if p.is_file()) == ["article.txt", "out.json"]
