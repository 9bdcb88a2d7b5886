"""A server that speaks HTTP by hand, so that it can break it: for fault tests."""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import threading
from typing import TYPE_CHECKING, Any

from builders import completion

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

__all__ = ["WireServer", "chat", "http", "reset"]

Answer = bytes


class WireServer:
    """Listens on loopback; each request is answered by ``behave(connection, request, number)``.

    Attributes:
        requests: the bodies of the requests so far.
    """

    def __init__(self, behave: Callable[[WireServer, socket.socket, dict[str, Any], int], None]):
        self._behave = behave
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()
        self.requests: list[dict[str, Any]] = []
        self.over = threading.Event()
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/v1"

    def __enter__(self) -> Self:
        self._spawn(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.stop_listening()
        for thread in self._threads:
            thread.join(10)
            assert not thread.is_alive()

    def stop_listening(self) -> None:
        """From now on connections are refused."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _spawn(self, work: Callable[..., None], *given: Any) -> None:
        thread = threading.Thread(target=work, args=given, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self.over.is_set():
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self._spawn(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            request = _read(connection)
            if request is None:
                return
            with self._lock:
                self.requests.append(request)
                number = len(self.requests)
            self._behave(self, connection, request, number)


def _read(connection: socket.socket) -> dict[str, Any] | None:
    received = b""
    while b"\r\n\r\n" not in received:
        part = connection.recv(65536)
        if not part:
            return None
        received += part
    head, _, body = received.partition(b"\r\n\r\n")
    length = next(
        int(line.partition(b":")[2])
        for line in head.split(b"\r\n")
        if line.lower().startswith(b"content-length:")
    )
    while len(body) < length:
        body += connection.recv(65536)
    return json.loads(body)


def http(status: int | str, body: bytes | str = b"", **headers: str) -> Answer:
    """A response after which the connection ends."""
    body = body.encode() if isinstance(body, str) else body
    named = {"content-type": "application/json", "content-length": str(len(body))}
    named |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"HTTP/1.1 {status} X", "connection: close", *(f"{k}: {v}" for k, v in named.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


def chat(content: object, **changes: Any) -> Answer:
    """A response whose answer is ``content``."""
    return http(200, json.dumps(completion(content, **changes)))


def reset(connection: socket.socket) -> None:
    """Break the connection off, as a process does that dies."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
