"""What leaves for a server, and what is read of its response: the same for every provider."""

from __future__ import annotations

import asyncio
import gzip
import json
import re
import time
import tracemalloc
import zlib
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from werkzeug import Request, Response

from builders import GOOD, completion
from communique import Summarizer
from communique._internal.addresses import is_loopback
from communique.errors import (
    AuthenticationFailed,
    CommuniqueError,
    ProviderError,
    ProviderTimeout,
    SettingsError,
)
from communique.models import transport
from communique.models.hosted import HOSTED
from wire import WireServer, http

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from pytest_httpserver import HTTPServer

TEXT = "Ruritania opposes the dam. Talks go on."
CANARY = f"canary-{16180339887}"
OWN = f"own-key-{14142135623}"
ANY = re.compile(".*")
PROVIDERS = [*HOSTED, "anthropic"]

OF_OTHERS = (
    "OPENAI_API_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "OPENAI_ADMIN_KEY",
    "AZURE_OPENAI_API_KEY", "AZURE_OPENAI_AD_TOKEN", "ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN",
    "OPENROUTER_API_KEY", "DEEPSEEK_API_KEY", "TOGETHER_API_KEY", "DATABRICKS_TOKEN",
    "GROQ_API_KEY", "XAI_API_KEY", "COMMUNIQUE_API_KEY",
)  # fmt: skip


@pytest.fixture(autouse=True)
def _variables_of_everybody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys and headers of all providers are in the environment, and none may go elsewhere."""
    for name in OF_OTHERS:
        monkeypatch.setenv(name, f"{CANARY}-{name}")
    for name in ("OPENAI_CUSTOM_HEADERS", "ANTHROPIC_CUSTOM_HEADERS"):
        monkeypatch.setenv(name, f"x-tenant: {CANARY}\nAuthorization: Bearer {CANARY}")
    monkeypatch.setenv("COMMUNIQUE_DEFAULT_HEADERS", json.dumps({"x-team": CANARY}))


def message() -> dict[str, Any]:
    """An answer of Anthropic."""
    return {
        "id": "m", "type": "message", "role": "assistant", "model": "m",
        "content": [{"type": "text", "text": GOOD}], "stop_reason": "end_turn",
        "stop_sequence": None, "usage": {"input_tokens": 100, "output_tokens": 20},
    }  # fmt: skip


def body(provider: str) -> bytes:
    return json.dumps(message() if provider == "anthropic" else completion(GOOD)).encode()


def reader(provider: str, url: str, **settings: Any) -> Summarizer:
    settings = {"api_key": OWN, "prompt": "v1", "max_attempts": 1, **settings}
    return Summarizer(model=f"{provider}/some", base_url=url, **settings)


def answering(server: HTTPServer, provider: str, **headers: str) -> list[Request]:
    """Let the server answer as a provider does; return the requests to come."""
    seen: list[Request] = []

    def handle(request: Request) -> Response:
        seen.append(request)
        return Response(body(provider), headers=headers, content_type="application/json")

    server.expect_request(ANY).respond_with_handler(handle)
    return seen


def shown(request: Request) -> str:
    return f"{request.headers} {request.url} {request.get_data(as_text=True)}"


@pytest.mark.parametrize("provider", PROVIDERS)
def test_only_the_given_key_leaves(httpserver: HTTPServer, provider: str) -> None:
    """Whatever an SDK finds in the environment: nothing but the key goes to a given base_url."""
    seen = answering(httpserver, provider)
    with reader(provider, httpserver.url_for("/v1")) as summarizer:
        assert summarizer.summarize(TEXT).positions
    (request,) = seen
    assert CANARY not in shown(request)
    name = "api-key" if provider == "azure_openai" else "authorization"
    assert request.headers[name].removeprefix("Bearer ") == OWN
    assert not [name for name, _ in request.headers if name.lower().startswith("x-")]


@pytest.mark.parametrize("provider", PROVIDERS)
def test_no_key_no_header(httpserver: HTTPServer, provider: str) -> None:
    """A server that was given without a key is asked without one, and no variable fills in."""
    seen = answering(httpserver, provider)
    with reader(provider, httpserver.url_for("/v1"), api_key=None) as summarizer:
        assert summarizer.summarize(TEXT).positions
    assert CANARY not in shown(seen[0])
    assert not {"authorization", "api-key", "x-api-key"} & {n.lower() for n, _ in seen[0].headers}


@pytest.mark.parametrize(
    ("provider", "address", "named"),
    [
        ("openai", "OPENAI_BASE_URL", ("OPENAI_ORG_ID", "OPENAI_PROJECT_ID")),
        ("azure_openai", "AZURE_OPENAI_ENDPOINT", ("AZURE_OPENAI_API_KEY",)),
        ("databricks", "DATABRICKS_HOST", ("DATABRICKS_TOKEN",)),
        ("anthropic", "ANTHROPIC_BASE_URL", ()),
    ],
)
def test_what_is_a_providers_own_goes_to_it(
    httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch, provider: str, address: str,
    named: tuple[str, ...],
) -> None:  # fmt: skip
    """Its variables apply together: address, key and headers, and nobody else's."""
    seen = answering(httpserver, provider)
    monkeypatch.setenv(address, httpserver.url_for("/v1"))
    monkeypatch.setenv("COMMUNIQUE_MODEL", "groq/other")
    with Summarizer(model=f"{provider}/some", prompt="v1", max_attempts=1) as summarizer:
        summarizer.summarize(TEXT)
    sent = shown(seen[0])
    mine = {name for name in OF_OTHERS if f"{CANARY}-{name}" in sent}
    assert set(named) <= mine
    assert all(name.startswith(provider.partition("_")[0].upper()) for name in mine)
    assert ("X-Tenant" in sent) == (provider in {"openai", "anthropic"})
    assert "X-Team" not in sent


def test_azures_token_is_used_only_without_a_key(
    httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """AZURE_OPENAI_AD_TOKEN is a bearer token for AZURE_OPENAI_ENDPOINT."""
    seen = answering(httpserver, "azure_openai")
    monkeypatch.setenv("AZURE_OPENAI_ENDPOINT", httpserver.url_for("/"))
    monkeypatch.delenv("AZURE_OPENAI_API_KEY")
    with Summarizer(model="azure_openai/some", prompt="v1") as summarizer:
        summarizer.summarize(TEXT)
    assert seen[0].headers["authorization"] == f"Bearer {CANARY}-AZURE_OPENAI_AD_TOKEN"
    assert seen[0].path == "/openai/deployments/some/chat/completions"
    assert seen[0].args["api-version"] == "2024-10-21"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("provider", ["openai", "openrouter", "azure_openai", "anthropic"])
def test_no_redirect_is_followed(httpserver: HTTPServer, provider: str, status: int) -> None:
    """Neither article nor key nor headers reach the server that a redirect names."""
    with WireServer(lambda _, connection, *__: connection.sendall(http(200, b"{}"))) as other:
        location = {"location": f"{other.url}/chat/completions"}
        httpserver.expect_request(ANY).respond_with_data("", status, location)
        settings = {"default_headers": {"x-team": OWN}}
        with (
            reader(provider, httpserver.url_for("/v1"), **settings) as summarizer,
            pytest.raises(ProviderError, match="redirect") as caught,
        ):
            summarizer.summarize(TEXT)
        assert other.requests == []
        assert len(httpserver.log) == 1
        assert not caught.value.retryable


@pytest.mark.parametrize("provider", ["openai", "deepseek", "anthropic"])
@pytest.mark.parametrize(
    ("encoding", "compress"),
    [
        ("gzip", gzip.compress),
        ("deflate", zlib.compress),
        ("gzip, gzip", lambda data: gzip.compress(gzip.compress(data))),
        ("br", lambda _: b"x" * 100),
        ("gzip", lambda _: b"no gzip at all"),
    ],
)
def test_what_is_read_is_limited_after_decompression(
    httpserver: HTTPServer, provider: str, encoding: str, compress: Callable[[bytes], bytes]
) -> None:
    """A few bytes must not become gigabytes."""
    httpserver.expect_request(ANY).respond_with_data(
        compress(bytes(40_000_000)),
        headers={"content-encoding": encoding},
        content_type="application/json",
    )
    tracemalloc.start()
    with (
        reader(provider, httpserver.url_for("/v1")) as summarizer,
        pytest.raises(ProviderError, match=r"longer than|encoding|not valid gzip"),
    ):
        summarizer.summarize(TEXT)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 6 * transport.MOST_BYTES


def test_a_compressed_answer_is_read(httpserver: HTTPServer) -> None:
    """As most gateways send it."""
    httpserver.expect_request(ANY).respond_with_data(
        gzip.compress(body("openai")),
        headers={"content-encoding": "gzip"},
        content_type="application/json",
    )
    with reader("openai", httpserver.url_for("/v1")) as summarizer:
        assert summarizer.summarize(TEXT).positions


@pytest.mark.parametrize("provider", ["openai", "openrouter", "anthropic"])
def test_no_cookie_is_kept(httpserver: HTTPServer, provider: str) -> None:
    """A server can't recognize the next article by one."""
    seen = answering(httpserver, provider, **{"Set-Cookie": "id=7; Path=/"})
    with reader(provider, httpserver.url_for("/v1")) as summarizer:
        for _ in range(2):
            summarizer.summarize(TEXT)
    assert len(seen) == 2
    assert not any("cookie" in name.lower() for request in seen for name, _ in request.headers)


LOOPBACK = ("localhost", "LOCALHOST", "localhost.", "a.localhost", "127.0.0.1", "127.1", "127.8.9.1",
            "0x7f.1", "2130706433", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0")  # fmt: skip
ELSEWHERE = ("127.evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "128.0.0.1",
             "notlocalhost", "[2001:db8::1]", "10.0.0.1", "api.openai.com")  # fmt: skip


@pytest.mark.parametrize("host", [*LOOPBACK, *ELSEWHERE])
def test_this_machine_is_known_by_its_parsed_address(host: str) -> None:
    """Not by how the URL begins."""
    assert is_loopback(f"http://{host}:8000/v1") == (host in LOOPBACK)


@pytest.mark.parametrize("provider", ["openai", "ollama", "azure_openai", "anthropic"])
@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "127.0.0.1"])
def test_loopback_needs_no_proxy(
    httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch, provider: str, host: str
) -> None:
    """A proxy for the internet sees nothing of what stays on this machine."""
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    answering(httpserver, provider)
    with reader(provider, f"http://{host}:{httpserver.port}/v1") as summarizer:
        assert summarizer.summarize(TEXT).positions


@pytest.mark.parametrize("provider", ["openai", "openrouter", "anthropic"])
def test_a_proxy_is_used_for_other_machines(
    monkeypatch: pytest.MonkeyPatch, httpserver: HTTPServer, provider: str
) -> None:
    """By HTTP_PROXY, except where NO_PROXY says so."""
    monkeypatch.setenv("http_proxy", httpserver.url_for("/"))
    monkeypatch.setenv("HTTP_PROXY", httpserver.url_for("/"))
    seen = answering(httpserver, provider)
    with reader(provider, "http://127.evil.example/v1") as summarizer:
        assert summarizer.summarize(TEXT).positions
    assert seen[0].headers["host"] == "127.evil.example"
    monkeypatch.setenv("no_proxy", "evil.invalid")
    with (
        reader(provider, "http://x.evil.invalid/v1") as summarizer,
        pytest.raises(CommuniqueError, match="reached"),
    ):
        summarizer.summarize(TEXT)
    assert len(seen) == 1


def _trickle(server: WireServer, connection: socket.socket, *_: object) -> None:
    """A byte now and then, which no time-out between bytes notices."""
    connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n")
    while not server.over.wait(0.05):
        connection.sendall(b" ")


@pytest.mark.parametrize("provider", ["openai", "openrouter", "azure_openai", "anthropic"])
def test_the_timeout_is_wall_clock(provider: str) -> None:
    """It ends a reply that trickles."""
    started = time.monotonic()
    with (
        WireServer(_trickle) as server,
        reader(provider, server.url, timeout=0.4) as summarizer,
        pytest.raises(ProviderTimeout, match=r"within 0\.4 seconds"),
    ):
        summarizer.summarize(TEXT)
    assert time.monotonic() - started < 10


def test_the_timeout_of_a_streamed_reply_is_wall_clock() -> None:
    """As that of a whole one."""
    with (
        WireServer(_trickle) as server,
        reader("openai", server.url, timeout=0.4) as summarizer,
        pytest.raises(ProviderTimeout, match=r"within 0\.4 seconds"),
    ):
        list(summarizer.stream(TEXT))


def test_a_key_may_be_a_function(httpserver: HTTPServer) -> None:
    """It is called before each request, and may be asynchronous."""
    seen = answering(httpserver, "openai")
    numbers = iter(range(9))

    async def later() -> str:
        return f"token-{next(numbers)}-{OWN}"

    url = httpserver.url_for("/v1")
    with reader("openai", url, api_key=lambda: f"token-{next(numbers)}-{OWN}") as summarizer:
        for _ in range(2):
            summarizer.summarize(TEXT)
        assert OWN not in repr(summarizer.settings)
        assert OWN not in summarizer.settings.model_dump_json()
    with reader("azure_openai", url, api_key=later) as summarizer:
        summarizer.summarize(TEXT)
    keys = [request.headers["authorization"] for request in seen]
    assert keys == [f"Bearer token-{n}-{OWN}" for n in range(3)]


@pytest.mark.parametrize("key", ["", "two\nlines", None, 3])
def test_a_function_that_returns_no_key(httpserver: HTTPServer, key: Any) -> None:
    """Nothing is sent, and the error says whose fault it is."""
    with (
        reader("openai", httpserver.url_for("/v1"), api_key=lambda: key) as summarizer,
        pytest.raises(AuthenticationFailed, match="function api_key"),
    ):
        summarizer.summarize(TEXT)
    assert not httpserver.log


def test_a_function_that_fails(httpserver: HTTPServer) -> None:
    """Its error is the cause, and nothing is sent."""

    def fail() -> str:
        raise RuntimeError("no token today")

    with (
        reader("anthropic", httpserver.url_for("/v1"), api_key=fail) as summarizer,
        pytest.raises(AuthenticationFailed, match="function api_key"),
    ):
        summarizer.summarize(TEXT)
    assert not httpserver.log


def test_headers_of_the_users_own(httpserver: HTTPServer) -> None:
    """`default_headers` are sent to the server that they were given with."""
    seen = answering(httpserver, "openrouter")
    headers = {"HTTP-Referer": "https://news.example", "X-Title": "news"}
    url = httpserver.url_for("/v1")
    with reader("openrouter", url, default_headers=headers) as summarizer:
        summarizer.summarize(TEXT)
    assert seen[0].headers["HTTP-Referer"] == "https://news.example"
    assert seen[0].headers["X-Title"] == "news"


def test_a_client_of_the_users_own(httpserver: HTTPServer) -> None:
    """It sends, by its own transport, but what leaves and is read stays ours; it is not closed."""
    seen = answering(httpserver, "openai", **{"Set-Cookie": "id=7"})
    used: list[str] = []

    async def note(request: httpx2.Request) -> None:
        used.append(request.url.path)

    async def ask() -> None:
        client = httpx2.AsyncClient(
            event_hooks={"request": [note]}, headers={"x-other": CANARY}, follow_redirects=True
        )
        async with (
            client,
            reader("openai", httpserver.url_for("/v1"), http_client=client) as summarizer,
        ):
            await summarizer.asummarize(TEXT)
            await summarizer.asummarize(TEXT)
            assert not client.is_closed

    asyncio.run(ask())
    assert used == ["/v1/chat/completions"] * 2
    assert CANARY not in shown(seen[1])
    assert "cookie" not in shown(seen[1]).lower()


def test_a_query_in_the_base_url_is_sent_and_never_shown(httpserver: HTTPServer) -> None:
    """Some gateways want the key there."""
    seen: list[Request] = []

    def handle(request: Request) -> Response:
        seen.append(request)
        return Response(json.dumps({"error": {"message": f"bad key {request.url}"}}), 401)

    httpserver.expect_request(ANY).respond_with_handler(handle)
    url = f"{httpserver.url_for('/v1')}?code={OWN}-in-url"
    with reader("openai", url, api_key=None) as summarizer:
        assert OWN not in repr(summarizer.settings)
        with pytest.raises(AuthenticationFailed) as caught:
            summarizer.summarize(TEXT)
    assert seen[0].path == "/v1/chat/completions"
    assert seen[0].args["code"] == f"{OWN}-in-url"
    assert OWN not in str(caught.value)


@pytest.mark.parametrize("name", ["default_headers", "http_client", "api_key"])
def test_an_sdk_with_a_transport_of_its_own(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """It is told before anything is sent."""
    monkeypatch.setattr("communique.models.generic._is_installed", lambda _: True)
    given = {
        "default_headers": {"x": "y"},
        "http_client": httpx2.AsyncClient(),
        "api_key": lambda: "k",
    }
    with pytest.raises(SettingsError, match=name):
        Summarizer(model="mistral/some", **{"api_key": OWN, name: given[name]})
