"""Connections are used again, whether one question is in flight or forty."""

from __future__ import annotations

import asyncio
import json

from builders import completion
from communique import Summarizer

BODY = json.dumps(completion()).encode()
RESPONSE = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b"


class Server:
    """Keeps connections open, and answers when enough requests have come."""

    def __init__(self) -> None:
        self.tasks: list[asyncio.Task[None] | None] = []
        self.waits_for = 1
        self._waiting: list[asyncio.StreamWriter] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.tasks.append(asyncio.current_task())
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                (length,) = [
                    int(line.partition(b":")[2])
                    for line in head.lower().split(b"\r\n")
                    if line.startswith(b"content-length:")
                ]
                await reader.readexactly(length)
                self._waiting.append(writer)
                if len(self._waiting) == self.waits_for:
                    for waiting in self._waiting:
                        waiting.write(RESPONSE % (len(BODY), BODY))
                    self._waiting = []
        except asyncio.IncompleteReadError:
            writer.close()
            await writer.wait_closed()


async def _connections() -> list[int]:
    """How many there have been after five questions, and after forty at once, twice."""
    server = Server()
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/v1"
    seen: list[int] = []
    async with Summarizer(model="openai/m", base_url=url, api_key="x", prompt="v1") as reader:
        for _ in range(5):
            await reader.asummarize("Talks go on.")
        seen.append(len(server.tasks))
        server.waits_for = 40
        for _ in range(2):
            await asyncio.gather(*(reader.asummarize("Talks go on.") for _ in range(40)))
            seen.append(len(server.tasks))
    await asyncio.gather(*filter(None, server.tasks))  # the client has closed them all
    listening.close()
    return seen


def test_connections_are_used_again() -> None:
    """One after the other needs one, forty at once need forty, and these are kept."""
    assert asyncio.run(_connections()) == [1, 40, 40]
