"""A chat-completions server in the test's own event loop, whose clock it shares."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from typing import TYPE_CHECKING

from builders import completion

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

__all__ = ["LoopServer"]


class LoopServer:
    """Takes its time for each request, and answers what ``status`` says.

    Args:
        status: called with the loop's time as a request comes; returns the HTTP status.
        seconds: how long an answer takes; errors come at once.

    Attributes:
        url: its base URL.
        came: when each request came, with the status that it got.
        open: number of requests that are being answered.
        most: the most of them at once.
        left: number of requests whose client left before the answer.
    """

    def __init__(
        self, status: Callable[[float], int] = lambda _: 200, seconds: float = 0.0
    ) -> None:
        self._status = status
        self._seconds = seconds
        self.came: list[tuple[float, int]] = []
        self.open = self.most = self.left = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=1024)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/v1"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            try:
                await self._answer(reader, writer)
            finally:
                writer.close()
                await writer.wait_closed()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"(?i)\ncontent-length: *(\d+)", head)
        await reader.readexactly(int(length[1]) if length else 0)
        status = self._status(asyncio.get_running_loop().time())
        self.came.append((asyncio.get_running_loop().time(), status))
        self.open += 1
        self.most = max(self.most, self.open)
        try:
            if status == 200 and await self._is_left(reader):
                self.left += 1
                return
        finally:
            self.open -= 1
        body = json.dumps(completion() if status == 200 else {"error": {"message": "down"}})
        lines = [f"HTTP/1.1 {status} X", "content-type: application/json", "connection: close"]
        lines += [f"content-length: {len(body)}", "", body]
        writer.write("\r\n".join(lines).encode())
        await writer.drain()

    async def _is_left(self, reader: asyncio.StreamReader) -> bool:
        """Think; return whether the client closed the connection meanwhile."""
        leaving = asyncio.create_task(reader.read(1))
        await asyncio.wait({leaving}, timeout=self._seconds)
        has_left = leaving.done()
        leaving.cancel()
        return has_left
