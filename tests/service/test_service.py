"""communique inside a web service: bad bodies, clients that leave, many at once."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

import pytest

from builders import KEY
from loop_server import LoopServer

fastapi = pytest.importorskip("fastapi")
httpx = pytest.importorskip("httpx")

from contextlib import asynccontextmanager  # noqa: E402 after what may be missing

from app import create_app  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable

TEXT = "Ruritania opposes the dam. Talks go on."
CLIENTS = 200
Use = "Callable[[Any, LoopServer], Awaitable[Any]]"


@asynccontextmanager
async def client_of(model: LoopServer, **settings: Any) -> AsyncIterator[Any]:
    """A client of the service, whose model is behind the server."""
    settings = {"max_attempts": 1, "prompt": "v1", "api_key": KEY, **settings}
    app = create_app(model="openai/test", base_url=model.url, **settings)
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://service", timeout=300) as client,
    ):
        yield client


def serve(use: Use, model: LoopServer | None = None, **settings: Any) -> Any:
    async def program() -> Any:
        async with model or LoopServer() as server, client_of(server, **settings) as client:
            return await use(client, server)

    return asyncio.run(program())


def test_an_article_is_summarized() -> None:
    """The answer is the summary's own JSON."""

    async def use(client: Any, _: LoopServer) -> Any:
        return await client.post("/summaries", json={"text": TEXT, "published": "2026-01-31"})

    response = serve(use)
    assert response.status_code == 200
    assert response.json()["positions"][0]["issue"] == "the dam"
    assert response.json()["article"]["published"] == "2026-01-31"


BODIES: dict[str, Any] = {
    "no-text": {"json": {"title": "x"}},
    "empty": {"json": {"text": ""}},
    "blank": {"json": {"text": " \n"}},
    "number": {"json": {"text": 3}},
    "nul": {"json": {"text": "Talks\0 began."}},
    "unknown-field": {"json": {"text": TEXT, "mood": "calm"}},
    "date": {"json": {"text": TEXT, "published": "yesterday"}},
    "language": {"json": {"text": TEXT, "language": "!"}},
    "sha256": {"json": {"text": TEXT, "sha256": "0"}},
    "list": {"json": [TEXT]},
    "text": {"json": TEXT},
    "not-json": {"content": b"{", "headers": {"content-type": "application/json"}},
    "surrogate": {"content": b'{"text": "\\ud83d."}', "headers": {"content-type": "application/json"}},
}  # fmt: skip


@pytest.mark.parametrize("body", BODIES)
def test_a_bad_body_is_the_clients_fault(body: str) -> None:
    """It is answered 422, and the model is not asked."""

    async def use(client: Any, model: LoopServer) -> Any:
        response = await client.post("/summaries", **BODIES[body])
        return response, len(model.came)

    response, asked = serve(use)
    assert (response.status_code, asked) == (422, 0), response.text
    assert response.json()["detail"]


def test_an_outage_is_told_with_the_time_to_wait() -> None:
    """503, which proxies and clients know what to do with; no key is shown."""

    async def use(client: Any, _: LoopServer) -> Any:
        return await client.post("/summaries", json={"text": TEXT})

    response = serve(use, LoopServer(lambda _: 503))
    assert response.status_code == 503
    assert response.json()["error"] == "ProviderUnavailable"
    assert KEY not in response.text
    late = serve(use, LoopServer(seconds=60), article_deadline=1)
    assert (late.status_code, late.json()["error"]) == (504, "LimitReached")


@pytest.mark.parametrize("how", ["cancelled", "disconnected"])
def test_a_client_that_leaves_stops_the_model(how: str) -> None:
    """Its request to the model's server is closed, not paid for to the end."""

    async def begun(model: LoopServer) -> None:
        while not model.open:  # noqa: ASYNC110 the server keeps no event
            await asyncio.sleep(0.01)

    async def use(client: Any, model: LoopServer) -> int:
        if how == "cancelled":
            asking = asyncio.create_task(client.post("/summaries", json={"text": TEXT}))
            await begun(model)
            asking.cancel()
        else:
            asking = asyncio.create_task(disconnect(client, begun(model)))
        await asyncio.wait({asking}, timeout=60)
        for _ in range(1000):
            if model.left:
                break
            await asyncio.sleep(0.01)
        return model.left

    assert serve(use, LoopServer(seconds=120)) == 1


async def disconnect(client: Any, begun: Awaitable[None]) -> None:
    """Send a request as a server of ASGI applications does whose client closes the connection."""
    body = b'{"text": "Ruritania opposes the dam."}'
    messages = iter([{"type": "http.request", "body": body, "more_body": False}])

    async def receive() -> dict[str, Any]:
        if (message := next(messages, None)) is not None:
            return message
        await begun
        return {"type": "http.disconnect"}

    async def send(_: Any) -> None:
        pass

    scope = {
        "type": "http", "http_version": "1.1", "method": "POST", "path": "/summaries",
        "raw_path": b"/summaries", "query_string": b"", "root_path": "", "scheme": "http",
        "headers": [(b"content-type", b"application/json")], "server": ("service", 80),
        "client": ("127.0.0.1", 1), "asgi": {"version": "3.0"},
    }  # fmt: skip
    await client._transport.app(scope, receive, send)


def test_two_hundred_at_once(record_property: Any) -> None:
    """All are with the model at the same time, and the service adds little to its time.

    The added time is that of the process, which a busy machine does not lengthen: model and
    client, which are in the same process, included.
    """
    added: list[float] = []
    waited: list[float] = []

    async def ask(client: Any, number: int) -> int:
        text = f"Ruritania opposes the dam. This is article {number}."
        computed, started = time.process_time(), time.perf_counter()
        response = await client.post("/summaries", json={"text": text})
        added.append(time.process_time() - computed)
        waited.append(time.perf_counter() - started)
        return response.status_code

    async def use(client: Any, model: LoopServer) -> tuple[list[int], int]:
        await ask(client, 0)
        added.clear()
        waited.clear()
        codes = await asyncio.gather(*(ask(client, number) for number in range(CLIENTS)))
        return codes, model.most

    # A busy machine may take longer than the ten seconds that a connection may take.
    codes, most = serve(use, model := LoopServer(seconds=4), max_attempts=4)
    assert codes == [200] * CLIENTS
    assert most > CLIENTS / 2
    p99 = sorted(added)[int(CLIENTS * 0.99) - 1]
    record_property("p99 of computing, s", round(p99, 3))
    record_property("p99 of waiting beyond the model, s", round(max(waited) - model._seconds, 3))
    assert p99 < 0.04 * CLIENTS
