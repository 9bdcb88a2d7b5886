"""Fixtures for all tests: the sample, the repository's folders, and strict cassettes."""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings
from pytest_httpserver import HTTPServer

from communique import Article, recording

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vcr import VCR
    from vcr.cassette import Cassette

    from communique_training.articles import LabelledArticle

pytest_plugins = ["pytester"]

REPOSITORY = Path(__file__).parents[1]

if sys.dont_write_bytecode:
    # Many tests start a program, and each of these would compile all libraries anew.
    sys.dont_write_bytecode = False
    sys.pycache_prefix = str(REPOSITORY / ".pytest_cache" / "bytecode")
    del os.environ["PYTHONDONTWRITEBYTECODE"]
    os.environ["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix

# A shell ignores Ctrl-C for what it starts in the background, and the tests that press it would wait.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# tests/stress looks longer. A slow machine is no reason to fail.
settings.register_profile("suite", max_examples=50, deadline=None)
settings.load_profile("suite")


class _Server(HTTPServer):
    """A server that can be waited for: a handler may outlive the client that gave up."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._open = 0
        self._idle = threading.Condition()

    def application(self, *call: Any) -> Any:
        with self._idle:
            self._open += 1
        try:
            return super().application(*call)
        finally:
            with self._idle:
                self._open -= 1
                self._idle.notify_all()

    def wait(self) -> None:
        with self._idle:
            assert self._idle.wait_for(lambda: not self._open, timeout=30)


@pytest.fixture(scope="session")
def make_httpserver() -> Iterator[HTTPServer]:
    server = _Server(host="localhost", port=0, threaded=True)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def httpserver(make_httpserver: _Server) -> Iterator[HTTPServer]:
    """The shared server, without handlers, requests or running work of other tests."""
    make_httpserver.clear()
    yield make_httpserver
    make_httpserver.wait()


@pytest.fixture(autouse=True)
def _nothing_is_known_about_servers() -> None:
    """The loopback server has the same address in all tests, but is another one in each."""
    from communique.models.findings import forget_findings

    forget_findings()


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test depends on the keys or settings of whoever runs it."""
    import os

    for name in os.environ:
        if name.startswith(("COMMUNIQUE_", "OPENAI_")) and name != "COMMUNIQUE_CACHE_DIR":
            monkeypatch.delenv(name)


FAULT_COLUMNS = ("fault", "at", "outcome", "requests", "attempts", "answers kept")


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are processors: many tests wait for a server, or for a pause to end."""
    return 1 + (os.cpu_count() or 1)


def pytest_addoption(parser: pytest.Parser) -> None:
    """A report of what the tests of faults saw, and pictures of what those in a browser saw."""
    parser.addoption("--fault-table", metavar="FILE", help="write each fault's outcome: Markdown")
    parser.addoption("--screenshots", metavar="FOLDER", help="write the documentation's pictures")


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Write the table of faults: what the tests that passed saw."""
    path = config.getoption("--fault-table")
    if not path:
        return
    reports = terminalreporter.stats.get("passed", [])
    rows = sorted(row for r in reports for name, row in r.user_properties if name == "fault")
    table = [FAULT_COLUMNS, ("---",) * len(FAULT_COLUMNS), *rows]
    lines = ["| " + " | ".join(map(str, row)) + " |" for row in table]
    Path(path).write_text("\n".join(lines) + "\n", encoding="utf-8")
    terminalreporter.write_line(f"{len(rows)} faults: {path}")


@pytest.fixture(scope="session")
def repository() -> Path:
    return REPOSITORY


@pytest.fixture(scope="session")
def sample() -> Article:
    path = REPOSITORY / "seeds" / "putin-vladivostok" / "article.txt"
    return Article(text=path.read_bytes().decode())


@pytest.fixture(scope="session")
def labelled_articles() -> list[LabelledArticle]:
    """All articles that the adapter is trained on, which take seconds to read."""
    from communique_training.articles import read_articles

    return list(read_articles())


@pytest.fixture(scope="session", autouse=True)
def _libraries_are_loaded() -> None:
    """They take seconds to load, which no test's own time limit is meant for."""
    import instructor
    import openai.types.chat  # noqa: F401

    instructor.patch(create=_nothing, mode=instructor.Mode.JSON_SCHEMA)
    gc.freeze()  # the garbage collector need not look at them again and again


async def _nothing(**_: object) -> None:
    """Stands in for a client's ``create``."""


@pytest.fixture
def vcr_config() -> dict[str, Any]:
    return recording.vcr_settings()


@pytest.fixture(scope="module")
def vcr_cassette_dir(request: pytest.FixtureRequest) -> str:
    """`tests/test_recorded.py` has its cassettes in `cassettes/recorded/`."""
    return str(REPOSITORY / "cassettes" / request.node.path.stem.removeprefix("test_"))


def pytest_recording_configure(config: pytest.Config, vcr: VCR) -> None:
    recording.configure(vcr)


@pytest.fixture(autouse=True)
def _cassette_is_played_out(
    vcr: Cassette | None, vcr_cassette_dir: str, record_mode: str, default_cassette_name: str
) -> Iterator[None]:
    """A cassette that is missing or partly used fails the test that uses it."""
    yield
    if vcr is not None and record_mode == "none":
        recording.check_played(vcr, f"{vcr_cassette_dir}/{default_cassette_name}")
