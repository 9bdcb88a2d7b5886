"""The server of a review: only whoever has its address is answered, and nothing breaks it."""

from __future__ import annotations

import http.client
import json
import socket
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from browser import samples
from communique.errors import SettingsError
from communique.review import CorrectedFile, Desk, ReviewServer
from page import Page

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

JSON = {"Content-Type": "application/json"}
ACCEPT = json.dumps({"action": "accept", "revision": 0, "statement": "position-1"}).encode()


def start(folder: Path) -> Iterator[ReviewServer]:
    source = folder / "out.jsonl"
    outcomes = [samples.long_article(), samples.failure(), samples.hostile()]
    lines = (outcome.model_dump_json() + "\n" for outcome in outcomes)
    source.write_text("".join(lines), encoding="utf-8")
    desk = Desk(CorrectedFile(source, folder / "corrected.jsonl"))
    with ReviewServer(desk, title="<out>") as running:
        yield running
    desk.close()


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return tmp_path / "corrected.jsonl"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ReviewServer]:
    """A server that may be asked for changes."""
    yield from start(tmp_path)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("review")


@pytest.fixture(scope="module")
def guarded_server(folder: Path) -> Iterator[ReviewServer]:
    yield from start(folder)


@pytest.fixture
def guarded(guarded_server: ReviewServer, folder: Path) -> Iterator[ReviewServer]:
    """A server that goes on after each test, and has written nothing."""
    yield guarded_server
    assert ask(guarded_server)[0] == 200
    assert not (folder / "corrected.jsonl").exists()


def ask(
    server: ReviewServer,
    path: str | None = "",
    *,
    method: str = "GET",
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
    token: str | None = None,
) -> tuple[int, dict[str, str], bytes]:
    """Return status, headers and body of the answer; a path of None is the bare root."""
    parts = urlsplit(server.url)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=20)
    where = "/" if path is None else f"/{token if token is not None else server.token}/{path}"
    connection.request(method, where, body, headers or {})
    answer = connection.getresponse()
    found = answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()
    connection.close()
    return found


def post(server: ReviewServer, body: bytes = ACCEPT, path: str = "1/change", **more: Any) -> Any:
    headers = JSON | more.pop("headers", {})
    status, _, said = ask(server, path, method="POST", body=body, headers=headers, **more)
    return status, json.loads(said)


def test_the_address_is_on_this_machine_and_another_each_time(server: ReviewServer) -> None:
    """A random token of 256 bits, and a port that the system chooses."""
    assert server.url.startswith("http://127.0.0.1:")
    assert len(server.token) >= 43
    desk_free = urlsplit(server.url)
    with pytest.raises(SettingsError, match=f"port {desk_free.port} can.t be used"):
        ReviewServer(Desk.__new__(Desk), title="x", port=int(desk_free.port or 0))


def test_pages_and_state(guarded: ReviewServer) -> None:
    """The list, each article, and what a script fetches of it."""
    status, headers, body = ask(guarded)
    assert (status, headers["content-type"]) == (200, "text/html; charset=utf-8")
    index = Page(body.decode())
    assert "1" in index.links
    assert "3" in index.links
    assert "2" not in index.links  # it failed
    assert b"&lt;out&gt;" in body
    assert b"failed, not to be reviewed" in body
    status, _, body = ask(guarded, "1")
    assert status == 200
    page = Page(body.decode())
    assert "threat-1" in page.ids
    status, _, body = ask(guarded, "1/state")
    assert json.loads(body)["revision"] == 0
    assert (
        Page(json.loads(body)["html"]).article
        == page.article
        == samples.long_article().article.text
    )


def test_a_change_is_made_and_answered_with_the_newest_state(
    server: ReviewServer, output: Path
) -> None:
    """It is in the file before it is answered."""
    status, said = post(server)
    assert (status, said["revision"]) == (200, 1)
    assert "accepted" in said["html"]
    assert '"accepted"' in output.read_text(encoding="utf-8")
    stale = json.dumps({"action": "undo", "revision": 0}).encode()
    status, said = post(server, stale)
    assert (status, said["revision"]) == (409, 1)
    assert "newest state" in said["error"]
    assert "data-revision" in said["html"]


@pytest.mark.parametrize("token", ["", "x", "A" * 43, "..", "%2e%2e", "%c3%a4", "/"])
@pytest.mark.parametrize("path", ["", "1", "1/state", "1/change"])
def test_without_the_token_nothing_is_answered(
    guarded: ReviewServer, token: str, path: str
) -> None:
    """Neither read nor changed, and the answer does not say what there is."""
    for method in ("GET", "POST"):
        body = ACCEPT if method == "POST" else None
        status, _, said = ask(guarded, path, method=method, body=body, headers=JSON, token=token)
        assert status == 403
        assert guarded.token.encode() not in said
        assert b"dam" not in said
    assert ask(guarded, None)[0] == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Host": "evil.example"},
        {"Host": "evil.example:80"},
        {"Host": "127.0.0.1"},
        {"Host": ""},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "iframe"},
    ],
    ids=str,
)
def test_pages_of_other_origins_are_refused_even_with_the_token(
    guarded: ReviewServer, headers: dict[str, str]
) -> None:
    """Nor a name that means this machine all of a sudden: DNS rebinding keeps the Host."""
    assert ask(guarded, "1", headers=headers)[0] == 403
    status, _, _ = ask(guarded, "1/change", method="POST", body=ACCEPT, headers=JSON | headers)
    assert status == 403


def test_the_pages_own_requests_are_answered(server: ReviewServer) -> None:
    """By address or by localhost, and a link that is followed from elsewhere."""
    port = urlsplit(server.url).port
    own = {"Origin": f"http://127.0.0.1:{port}", "Sec-Fetch-Site": "same-origin"}
    assert post(server, headers=own)[0] == 200
    local = {"Host": f"localhost:{port}", "Origin": f"http://localhost:{port}"}
    assert ask(server, "1/state", headers=local)[0] == 200
    followed = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "document"}
    assert ask(server, "1", headers=followed)[0] == 200


@pytest.mark.parametrize(
    "path",
    ["../out.jsonl", "..%2fout.jsonl", "%2e%2e/", "/etc/passwd", "0", "2", "4", "01", "-1", "1/", "1/x",
     "1//state", "99999999999", "1/change/", "1%00", "%d9%a1"],
)  # fmt: skip
def test_paths_lead_nowhere_else(guarded: ReviewServer, path: str) -> None:
    """No file is served, nor what is no article."""
    status, _, said = ask(guarded, path)
    assert status == 404
    assert b"schema_version" not in said


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"", {}, 400),
        (b"{", {}, 400),
        (b"[" * 100_000, {}, 400),
        (b"\xff\xfe", {}, 400),
        (b'{"action":"gist","revision":0,"gist":"\\ud800"}', {}, 400),
        (b'{"action":"gist","revision":NaN,"gist":"x"}', {}, 400),
        (b'{"action":"burn","revision":0}', {}, 400),
        (b'{"action":"accept","revision":0,"statement":"x","by":"me"}', {}, 400),
        (b'{"action":"accept","revision":-1,"statement":"x"}', {}, 400),
        (b'{"action":"accept","revision":0,"statement":"x"}', {}, 422),
        (b'{"action":"gold","revision":0}', {}, 422),
        (ACCEPT, {"Content-Type": "text/plain"}, 415),
        (ACCEPT, {"Content-Type": "application/x-www-form-urlencoded"}, 415),
        (ACCEPT, {"Content-Length": "-1"}, 411),
        (ACCEPT, {"Content-Length": "9" * 400}, 411),
        (ACCEPT, {"Transfer-Encoding": "chunked"}, 411),
    ],
    ids=lambda value: str(value)[:40],
)  # fmt: skip
def test_what_is_no_change_is_refused(
    guarded: ReviewServer, body: bytes, headers: dict[str, str], status: int
) -> None:
    """With a reason, and nothing is written."""
    found, said = post(guarded, body, headers=headers)
    assert found == status
    assert said["error"]


def test_a_body_of_100_megabytes_is_not_read_into_memory(guarded: ReviewServer) -> None:
    """It is refused by its length, and the client that goes on sending still sees why."""
    parts = urlsplit(guarded.url)
    with socket.create_connection((parts.hostname, parts.port), timeout=20) as client:
        length = 100_000_000
        head = (f"POST {parts.path}1/change HTTP/1.1\r\nHost: {parts.netloc}\r\n"
                f"Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n")  # fmt: skip
        client.sendall(head.encode())
        for _ in range(length // 1_000_000):
            client.sendall(b" " * 1_000_000)
        client.shutdown(socket.SHUT_WR)
        said = b""
        while part := client.recv(65536):
            said += part
    assert said.startswith(b"HTTP/1.0 413 ")
    assert b"a change has at most 2,000,000 bytes" in said


def test_methods_that_are_not_used_are_refused(guarded: ReviewServer) -> None:
    """A preflight request is not answered, so no other origin may send JSON."""
    for method in ("PUT", "DELETE", "OPTIONS", "TRACE"):
        status, headers, _ = ask(guarded, "1/change", method=method)
        assert status == 501
        assert not [name for name in headers if name.startswith("access-control")]
    assert ask(guarded, "1", method="POST", body=ACCEPT, headers=JSON)[0] == 405
    assert ask(guarded, "1/change")[0] == 405


def test_answers_may_be_neither_framed_nor_kept(guarded: ReviewServer) -> None:
    """And the address, which has the token, is told to nobody."""
    for path in ("", "1", "1/state", "nothing"):
        _, headers, _ = ask(guarded, path)
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-frame-options"] == "DENY"
        assert headers["cache-control"] == "no-store"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert not [
            name for name in headers if name.startswith("access-control") or name == "set-cookie"
        ]


def test_hostile_text_is_text_in_forms_too(guarded: ReviewServer) -> None:
    """In every field of every form, on the page and in what a script puts into it."""
    bare = set(Page(ask(guarded, "1")[2].decode()).tags)
    page = ask(guarded, "3")[2].decode()
    assert set(Page(page).tags) <= bare
    fragment = json.loads(ask(guarded, "3/state")[2])["html"]
    assert "<script>pwned" not in page + fragment
    assert "pwned = 1" in page


def test_a_request_says_nothing_on_standard_error(
    guarded: ReviewServer, capfd: pytest.CaptureFixture[str]
) -> None:
    """A log of addresses would have the token; connections that break off are no news."""
    ask(guarded, "1")
    parts = urlsplit(guarded.url)
    with socket.create_connection((parts.hostname, parts.port)) as client:
        client.sendall(b"POST / HTTP/1.1\r\nContent-Length: 9\r\n")
    assert capfd.readouterr().err == ""
