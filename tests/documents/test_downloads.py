"""Web pages by their address: limits of size, time and redirects; no way into one's own network."""

from __future__ import annotations

import gzip
import socket
import struct
import zlib
from typing import TYPE_CHECKING, Any

import pytest
from news_pages import EN, PAGES
from web_site import Site, response

from communique import read_article
from communique.documents import download, public_hosts
from communique.documents.public_hosts import is_public
from communique.errors import ArticleError, SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator

pytest.importorskip("trafilatura", reason="the extra `web` is not installed")

PAGE = PAGES["wordpress"].html


def endless(head: bytes, part: bytes) -> Any:
    """An answer that goes on until the client leaves."""

    def answer(site: Site, connection: socket.socket) -> None:
        connection.sendall(head)
        while not site.over.is_set():
            connection.sendall(part)

    return answer


def trickle(head: bytes, part: bytes) -> Any:
    """An answer that comes a little at a time."""

    def answer(site: Site, connection: socket.socket) -> None:
        connection.sendall(head)
        while not site.over.wait(0.05):
            connection.sendall(part)

    return answer


def reset(site: Site, connection: socket.socket) -> None:
    """The connection breaks in the middle of the page."""
    connection.sendall(response(PAGE)[:-500])
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def bomb() -> bytes:
    """64 megabytes as 64 kilobytes of gzip."""
    pack = zlib.compressobj(9, wbits=31)
    return b"".join([*(pack.compress(bytes(2**20)) for _ in range(64)), pack.flush()])


OPEN = b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n\r\n"
ANSWERS: dict[str, Any] = {
    "/page": response(PAGE),
    "/gzip": response(gzip.compress(PAGE.encode()), content_encoding="gzip"),
    "/text": response("\r\n".join(EN), content_type="text/plain; charset=utf-8"),
    "/latin": response("<p>" + "Gespräch über Öl. " * 30, content_type="text/html; charset=utf-8"),
    "/moved": response("", "301 Moved Permanently", location="/page"),
    "/hop1": response("", "302 Found", location="/hop2"),
    "/hop2": response("", "307 Temporary Redirect", location="/hop1"),
    "/endless-redirect": endless(
        b"HTTP/1.1 302 Found\r\nlocation: /page\r\n\r\n", bytes(65536)
    ),
    "/to-file": response("", "302 Found", location="file:///etc/passwd"),
    "/to-gopher": response("", "302 Found", location="gopher://127.0.0.1/"),
    "/to-password": response("", "302 Found", location="http://me:secret@127.0.0.1/"),
    "/no-location": response("", "302 Found"),
    "/endless": endless(OPEN, b"<p>more</p>" * 6000),
    "/endless-head": endless(b"HTTP/1.1 200 OK\r\n", b"x-more: yes\r\n" * 1000),
    "/trickle": trickle(OPEN, b"<p>"),
    "/trickle-head": trickle(b"HTTP/1.1 200 OK\r\n", b"x"),
    "/silent": trickle(b"", b""),
    "/bomb": response(bomb(), content_encoding="gzip"),
    "/double": response(gzip.compress(gzip.compress(PAGE.encode())), content_encoding="gzip, gzip"),
    "/brotli": response(b"\x0b\x02\x80hello\x03", content_encoding="br"),
    "/not-gzip": response(PAGE, content_encoding="gzip"),
    "/cut-gzip": response(gzip.compress(PAGE.encode())[:-300], content_encoding="gzip"),
    "/reset": reset,
    "/garbage": b"hello\r\n\r\n",
    "/empty": response(""),
    "/401": response("", "401 Unauthorized"),
    "/403": response("", "403 Forbidden"),
    "/451": response("", "451 Unavailable For Legal Reasons"),
    "/500": response("", "500 Internal Server Error"),
    "/503": response("", "503 Service Unavailable"),
    "/204": response("", "204 No Content"),
    "/image": response(b"\x89PNG\r\n\x1a\n\0\0", content_type="image/png"),
    "/json": response('{"text": "Talks ended.", "id": 1}', content_type="application/json"),
    "/rows.csv": response("id,text\n1,Talks ended.\n", content_type="text/csv"),
    "/feed": response("<rss version='2.0'><channel><item/></channel></rss>", content_type="application/rss+xml"),
    "/zip": response(b"PK\x05\x06" + bytes(18), content_type="application/zip"),
    "/script": response("<!doctype html><html><body><div id='root'></div><script>start()</script></body></html>"),
}  # fmt: skip


@pytest.fixture(autouse=True)
def _a_small_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """The real one takes a second to reach."""
    monkeypatch.setattr(download, "MOST_BYTES", 1_000_000)


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with Site(ANSWERS) as site:
        yield site


@pytest.mark.parametrize("path", ["/page", "/gzip", "/moved"])
def test_a_page_is_read_with_its_fields(site: Site, path: str) -> None:
    """The address is that after redirects, whatever the page says of itself."""
    article = read_article(site.url(path + "#top"), private_addresses=True)
    assert all(paragraph in article.text for paragraph in EN)
    assert article.title == PAGES["wordpress"].title
    assert article.source == "Valley Observer"
    assert str(article.published) == "2026-05-03"
    assert article.metadata == {"author": "Ada Marek"}
    assert article.url == site.url("/page" if path == "/moved" else path)


def test_plain_text_is_read_as_it_is(site: Site) -> None:
    article = read_article(site.url("/text"), private_addresses=True, title="Dam")
    assert article.text == "\r\n".join(EN)
    assert (article.title, article.url) == ("Dam", site.url("/text"))


FAULTS = {
    "/none": "the server answers 404 Not Found; look whether the address is right",
    "/401": "401 Unauthorized; the site may want a login",
    "/403": "403 Forbidden; the site may want a login, or no programs: open it in a browser",
    "/451": "451 .*open it in a browser and save it as .html",
    "/500": "500 Internal Server Error; try again later",
    "/503": "503 Service Unavailable; try again later",
    "/204": "204 No Content",
    "/hop1": "leads on more than 5 times",
    "/to-file": "only addresses of http and https are",
    "/to-gopher": "only addresses of http and https are",
    "/to-password": "a password in the address",
    "/no-location": "302 Found",
    "/endless": "is too large: over 1,000,000 bytes",
    "/endless-head": "can't be read",
    "/bomb": "is too large: over 1,000,000 bytes",
    "/double": "compressed with 'gzip, gzip'; open it in a browser",
    "/brotli": "compressed with 'br'",
    "/not-gzip": "damaged: not the gzip that it claims to be",
    "/cut-gzip": "ends too early",
    "/reset": "the connection broke",
    "/garbage": "can't be read",
    "/empty": "is empty",
    "/image": "is an image; read its text with OCR first",
    "/json": "is JSON, not an article",
    "/rows.csv": "is a file of articles.*communique batch FILE",
    "/feed": "HTML or XML, not an article",
    "/zip": "is a zip archive",
    "/script": "has no article that could be found: it may be built by a script",
}
LATER = {"/500", "/503", "/reset", "/cut-gzip"}


@pytest.mark.parametrize("path", FAULTS)
def test_faults_say_what_happened_and_what_to_do(site: Site, path: str) -> None:
    """Each ends in one error that names the address; `retryable` where waiting may help."""
    with pytest.raises(ArticleError, match=FAULTS[path]) as caught:
        read_article(site.url(path), private_addresses=True, timeout=20)
    assert str(caught.value).startswith(f"{site.url(path)}")
    assert "secret" not in str(caught.value)
    assert caught.value.retryable == (path in LATER)


@pytest.mark.parametrize("path", ["/trickle", "/trickle-head", "/silent"])
def test_the_time_limit_is_for_all_of_it(site: Site, path: str) -> None:
    """A server that always sends a little more does not hold the caller."""
    with pytest.raises(ArticleError, match=r"was not sent within 0\.4 s") as caught:
        read_article(site.url(path), private_addresses=True, timeout=0.4)
    assert caught.value.retryable


def test_the_body_of_a_redirect_is_not_read(site: Site) -> None:
    """It may have no end."""
    article = read_article(site.url("/endless-redirect"), private_addresses=True, timeout=20)
    assert article.url == site.url("/page")


@pytest.fixture
def no_name_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test asks the name server of whoever runs it."""

    def look_up(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("ftp://news.example/x", "only addresses of http and https are"),
        ("file:///etc/passwd", "only addresses of http and https are"),
        ("javascript://alert(1)", "only addresses of http and https are"),
        ("http://", "only addresses of http and https are"),
        ("http://me:secret@news.example/", "a password in the address"),
        ("http://news.example:99999/", "can't be reached: there is no such host"),
        ("http://[::1/", "can't be read"),
        ("http://exa mple/", "can't be reached: there is no such host"),
        ("http://" + "a" * 70 + ".example/", "can't be reached: there is no such host"),
        ("https://news.example/" + "a" * 3000, "of more than 2,000 characters"),
    ],
)
@pytest.mark.usefixtures("no_name_is_known")
def test_addresses_that_are_none(address: str, says: str) -> None:
    """Each says why; no password is repeated."""
    with pytest.raises(ArticleError, match=says) as caught:
        read_article(address, timeout=5)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("timeout", [0, -1, float("nan")])
def test_a_time_limit_that_is_none(timeout: float) -> None:
    with pytest.raises(SettingsError, match="timeout"):
        read_article("http://news.example/", timeout=timeout)


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "127.9.9.9", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254",
     "100.64.0.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "192.0.2.1", "::1", "::",
     "fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1", "fec0::1", "ff02::1", "2001:db8::1", "::ffff:127.0.0.1",
     "::ffff:10.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::1", "2002:0a00:1::",
     "2001:0:4136:e378:8000:63bf:3fff:fdd2", "::127.0.0.1", "64:ff9b:1::1"],
)  # fmt: skip
def test_private_addresses(address: str) -> None:
    """Those of this machine, of one's own network and of clouds' services, however written."""
    assert not is_public(address)


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "93.184.216.34", "1.1.1.1", "2606:4700:4700::1111", "64:ff9b::808:808", "::ffff:8.8.8.8"],
)  # fmt: skip
def test_public_addresses(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "0", "[::ffff:127.0.0.1]"]
)  # fmt: skip
def test_no_page_of_ones_own_network_unless_asked(site: Site, host: str) -> None:
    """However the address is written; the message names the way to ask for it."""
    before = len(site.requests)
    with pytest.raises(ArticleError, match=r"private address.*--private-addresses") as caught:
        read_article(site.url("/page", host))
    assert not caught.value.retryable
    assert len(site.requests) == before


@pytest.fixture
def second_is_private(monkeypatch: pytest.MonkeyPatch) -> None:
    """127.0.0.1 plays the public internet, 127.0.0.2 one's own network."""
    monkeypatch.setattr(public_hosts, "is_public", lambda address: address == "127.0.0.1")


@pytest.mark.usefixtures("second_is_private")
def test_a_redirect_leads_into_no_private_network() -> None:
    """Neither at once nor after several steps, nor by a name."""
    with Site(
        {
            "/page": response(PAGE),
            "/in": lambda site, to: to.sendall(
                response("", "302 Found", location=site.url("/page", "127.0.0.2"))
            ),
            "/in-later": response("", "302 Found", location="/in"),
        }
    ) as site:
        assert read_article(site.url("/page")).title
        for path in ("/in", "/in-later"):
            with pytest.raises(ArticleError, match=r"127\.0\.0\.2, in your own network"):
                read_article(site.url(path))
        assert {host for _, host in site.requests} == {f"127.0.0.1:{site.port}"}


@pytest.mark.usefixtures("second_is_private")
def test_the_address_that_was_checked_is_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that is public when it is looked up, and private a moment later, gains nothing."""
    real = socket.getaddrinfo
    given = {"turns.example": ["127.0.0.1", "127.0.0.2"], "inside.example": ["127.0.0.2"] * 9}
    looked_up: list[str] = []

    def look_up(host: Any, *rest: Any, **options: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name in given:
            looked_up.append(name)
            host = given[name].pop(0)
        return real(host, *rest, **options)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    with Site({"/page": response(PAGE)}) as site:
        article = read_article(site.url("/page", "turns.example"))
        assert article.url == site.url("/page", "turns.example")
        assert site.requests == [("/page", f"turns.example:{site.port}")]
        assert looked_up == ["turns.example"]
        with pytest.raises(ArticleError, match=r"inside\.example is at the private address 127"):
            read_article(site.url("/page", "inside.example"))
        assert len(site.requests) == 1


@pytest.mark.usefixtures("no_name_is_known")
def test_a_host_that_does_not_exist() -> None:
    with pytest.raises(ArticleError, match=r"there is no such host\. A proxy, if you have one"):
        read_article("https://nowhere.example/")


def test_a_server_that_refuses_connections() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(ArticleError, match="can't be reached") as caught:
        read_article(f"http://127.0.0.1:{port}/", private_addresses=True)
    assert caught.value.retryable


def test_no_proxy_of_the_environment(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy would look the host up once more, and reach what may not be reached."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert read_article(site.url("/page"), private_addresses=True).title
