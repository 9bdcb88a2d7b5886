"""Cassettes: strict when played, scrubbed when made, and free of secrets."""

from __future__ import annotations

import http.client
import json
import shutil
import socket
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from vcr import VCR

from builders import completion, whole
from communique import Summarizer, recording
from communique.errors import CommuniqueError, RecordingError

if TYPE_CHECKING:
    from pytest_httpserver import HTTPServer

KEY = "sk-" + "canary31415926535897932384"  # in two, so that scanners pass it by

ANSWER = completion(json.dumps(whole(gist="Talks.")), model="test")

ARTICLES = ("Talks went on.", "Talks ended.")


def use(path: Path, mode: str, url: str, *texts: str) -> None:
    """Summarize texts with a cassette, as strictly as the tests do."""
    vcr = VCR(record_mode=mode)
    recording.configure(vcr)
    with (
        vcr.use_cassette(str(path), **recording.vcr_settings()) as cassette,
        Summarizer(
            model="openai/test", base_url=url, api_key=KEY, prompt="v1", max_attempts=1
        ) as summarizer,
    ):
        for text in texts:
            assert summarizer.summarize(text).gist == "Talks."
    if mode == "none":
        recording.check_played(cassette, str(path))


@pytest.fixture
def tape(tmp_path: Path, httpserver: HTTPServer) -> Path:
    """A cassette recorded from a server that leaks all it can."""
    httpserver.expect_request("/v1/chat/completions").respond_with_json(
        ANSWER,
        headers={"Set-Cookie": "session=1", "openai-organization": "acme", "x-request-id": "7"},
    )
    path = tmp_path / "tape.json"
    use(path, "once", httpserver.url_for("/v1"), *ARTICLES)
    return path


NOWHERE = "http://127.0.0.1:9/v1"


def test_a_cassette_is_scrubbed_and_replays_anywhere(tape: Path) -> None:
    """Recorded once, it replays at another address, and holds no key, cookie, host or article."""
    use(tape, "none", NOWHERE, *ARTICLES)
    use(tape, "none", NOWHERE, *reversed(ARTICLES))
    text = tape.read_text(encoding="utf-8")
    assert recording.find_secrets(text) == []
    for leak in (KEY, "session", "acme", "request-id", "127.0.0.1", "You read a news article"):
        assert leak not in text


@pytest.mark.parametrize("provider", ["openai", "openrouter", "azure_openai", "anthropic"])
def test_a_replay_opens_no_socket(
    tmp_path: Path, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch, provider: str
) -> None:
    """Whatever the provider's address looks like, what is not on the cassette is not asked."""
    empty = tmp_path / "tape.json"
    empty.write_text('{"version": 1, "interactions": []}', encoding="utf-8")
    opened: list[object] = []
    connect = socket.socket.connect

    def watched(self: socket.socket, address: object) -> None:
        opened.append(address)
        connect(self, address)  # pyright: ignore[reportArgumentType]

    monkeypatch.setattr(socket.socket, "connect", watched)
    monkeypatch.setattr(socket, "create_connection", lambda *given, **_: opened.append(given))
    with (
        Summarizer(
            model=f"{provider}/x", base_url=httpserver.url_for("/v1"), api_key=KEY, prompt="v1",
            max_attempts=1,
        ) as summarizer,
        pytest.raises(CommuniqueError),
        recording.use_cassette(empty, record=False),
    ):  # fmt: skip
        summarizer.summarize(ARTICLES[0])
    assert opened == []
    assert not httpserver.log


def test_what_is_not_played_is_an_error(tape: Path) -> None:
    """Answers that no one asks for any more are noticed."""
    with pytest.raises(RecordingError, match="not played to its end: 1 of 2"):
        use(tape, "none", NOWHERE, ARTICLES[0])


def test_another_article_is_another_request(tape: Path) -> None:
    """Requests are told apart by all that the model is sent."""
    with pytest.raises(CommuniqueError):
        use(tape, "none", NOWHERE, "Talks failed.")


@pytest.mark.parametrize("damage", ["half", "empty", "not-json", "no-body", "no-address"])
def test_a_corrupt_cassette_is_an_error(tape: Path, damage: str) -> None:
    """A damaged cassette is never taken for an empty one."""
    text = tape.read_text(encoding="utf-8")
    data = json.loads(text)
    del data["interactions"][0]["response"]["body"]
    damaged = {
        "half": text[: len(text) // 2],
        "empty": "{}",
        "not-json": "tape",
        "no-body": json.dumps(data),
        "no-address": text.replace("http://model", "[http://model"),
    }
    tape.write_text(damaged[damage], encoding="utf-8")
    with pytest.raises(RecordingError, match=r"corrupt .* --record-mode=rewrite"):
        use(tape, "none", NOWHERE, *ARTICLES)


def test_only_questions_to_a_model_are_recorded(tmp_path: Path, httpserver: HTTPServer) -> None:
    """Requests for the server's health are sent while recording, but are not in the cassette."""
    httpserver.expect_request("/health").respond_with_data("ok")
    httpserver.expect_request("/v1/chat/completions").respond_with_json(ANSWER)
    path = tmp_path / "tape.json"
    for _ in range(2):
        with recording.use_cassette(path, record=True):
            host, port = httpserver.host, httpserver.port
            connection = http.client.HTTPConnection(host, port)
            connection.request("GET", "/health")
            assert connection.getresponse().read() == b"ok"
            connection.close()
            with Summarizer(
                model="openai/test", base_url=httpserver.url_for("/v1"), prompt="v1"
            ) as summarizer:
                summarizer.summarize(ARTICLES[0])
    assert len(json.loads(path.read_text(encoding="utf-8"))["interactions"]) == 1


def test_recording_again_drops_what_is_not_asked_any_more(tape: Path) -> None:
    """A complete second recording keeps only the answers that are still asked for."""

    def again(fails: bool) -> None:
        with (
            recording.use_cassette(tape, record=True),
            Summarizer(
                model="openai/test", base_url=NOWHERE, prompt="v1", max_attempts=1
            ) as summarizer,
        ):
            summarizer.summarize(ARTICLES[0])
            if fails:
                raise ConnectionError

    with pytest.raises(ConnectionError):
        again(fails=True)
    use(tape, "none", NOWHERE, *ARTICLES)
    again(fails=False)
    use(tape, "none", NOWHERE, ARTICLES[0])


INNER = """
import pytest
from communique import Summarizer

@pytest.mark.vcr
@pytest.mark.block_network
@pytest.mark.parametrize(
    ("name", "texts"),
    [
        pytest.param("played", {articles}, marks=pytest.mark.default_cassette("played")),
        pytest.param("partly", {articles}[:1], marks=pytest.mark.default_cassette("partly")),
        pytest.param("missing", [], marks=pytest.mark.default_cassette("missing")),
    ],
)
def test_it(name, texts):
    settings = dict(base_url={url!r}, api_key="x", prompt="v1", max_attempts=1)
    with Summarizer(model="openai/test", **settings) as summarizer:
        for text in texts:
            assert summarizer.summarize(text).gist == "Talks."
"""


def test_missing_and_partly_used_cassettes_fail_the_test(
    pytester: pytest.Pytester, tape: Path
) -> None:
    """In pytest, with this suite's own fixtures: only the test that plays all of it passes."""
    pytester.mkdir("tests")
    cassettes = pytester.mkdir("cassettes") / "inner"
    cassettes.mkdir()
    shutil.copy(Path(__file__).parent / "conftest.py", pytester.path / "tests")
    for name in ("played", "partly"):
        shutil.copy(tape, cassettes / f"{name}.json")
    inner = pytester.path / "tests" / "test_inner.py"
    inner.write_text(INNER.format(url=NOWHERE, articles=list(ARTICLES)), encoding="utf-8")
    result = pytester.runpytest_inprocess("-q", "-p", "no:randomly", str(inner))
    result.assert_outcomes(passed=3, errors=2)
    output = result.stdout.str()
    assert "partly was not played to its end: 1 of 2" in output
    assert "missing is missing; record it with: pytest -n 0 --record-mode=rewrite" in output


@pytest.mark.parametrize(
    "leak",
    [
        f'"{KEY}"',
        '"Authorization": ["x"]',
        '"body": "Bearer ' + 16 * "x" + '"',
        '"set-cookie" : "a"',
        '"x-api-key": "a"',
        '"openai-organization": "a"',
        '"uri": "http://127.0.0.1:8080/v1"',
        '"uri": "http://localhost/v1"',
    ],
)
def test_secrets_are_recognised(leak: str) -> None:
    """Each kind of secret is found in a text."""
    assert recording.find_secrets(f"{{ {leak} }}")


def test_an_articles_words_are_no_secrets() -> None:
    """News may speak of bearers, cookies, keys and authorization."""
    prose = "The bearer of the authorization said a cookie is key on 10 May, 127 days later."
    assert recording.find_secrets(prose) == []


def test_no_committed_cassette_holds_a_secret(repository: Path) -> None:
    """All cassettes are scanned; there are some."""
    paths = [path for path in (repository / "cassettes").rglob("*") if path.is_file()]
    assert paths
    for path in paths:
        text = path.read_text(encoding="utf-8")
        assert recording.find_secrets(text) == [], path
        assert str(Path.home()) not in text


def test_every_committed_cassette_is_used(repository: Path) -> None:
    """A cassette that no test names, or whose prompt or gold article is gone, is an orphan."""
    tests = (repository / "tests" / "test_recorded.py").read_text(encoding="utf-8")
    for path in (repository / "cassettes" / "recorded").iterdir():
        assert f'default_cassette("{path.stem}")' in tests
    for path in (repository / "cassettes" / "evaluations").glob("*/*"):
        assert (repository / "prompts" / path.parent.name.partition("--")[0]).is_dir()
        assert (repository / "seeds" / path.stem / "gold.yaml").is_file()
    languages = {
        path.relative_to(repository / "cassettes" / "languages").as_posix()
        for path in (repository / "cassettes" / "languages").glob("*/*")
    }
    model = "qwen2.5-coder-1.5b"
    assert languages == {f"v2--{model}/{language}.json" for language in ("ar", "zh")}
    assert {path.name for path in (repository / "cassettes").iterdir()} <= {
        "evaluations",
        "languages",
        "recorded",
    }
