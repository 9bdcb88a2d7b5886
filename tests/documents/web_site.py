"""A web site on loopback that answers as it likes, for tests of downloads."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Mapping
from typing import Self

__all__ = ["Site", "response"]

Answer = bytes | Callable[["Site", socket.socket], None]


def response(body: bytes | str = b"", status: str = "200 OK", **headers: str) -> bytes:
    """A whole response; the connection ends after it."""
    body = body.encode() if isinstance(body, str) else body
    named = {"content-type": "text/html", "content-length": str(len(body)), "connection": "close"}
    named |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"HTTP/1.1 {status}", *(f"{k}: {v}" for k, v in named.items() if v)]
    return "\r\n".join([*lines, "", ""]).encode() + body


class Site:
    """Listens on 127.0.0.1 and 127.0.0.2, and answers each path by `answers`.

    Attributes:
        requests: path and Host of each request so far.
        over: set when the test has ended.
    """

    def __init__(self, answers: Mapping[str, Answer]) -> None:
        self._answers = answers
        self._socket = socket.create_server(("0.0.0.0", 0))
        self._threads: list[threading.Thread] = []
        self.requests: list[tuple[str, str]] = []
        self.over = threading.Event()
        self.port = self._socket.getsockname()[1]

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def __enter__(self) -> Self:
        self._spawn(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for thread in self._threads:
            thread.join(10)
            assert not thread.is_alive()

    def _spawn(self, work: Callable[..., None], *given: object) -> None:
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
            received = b""
            while b"\r\n\r\n" not in received:
                part = connection.recv(65536)
                if not part:
                    return
                received += part
            lines = received.decode("latin-1").split("\r\n")
            path = lines[0].split(" ")[1]
            host = next(line[6:] for line in lines if line.lower().startswith("host: "))
            self.requests.append((path, host))
            answer = self._answers.get(path, response("no such page", "404 Not Found"))
            if callable(answer):
                answer(self, connection)
            else:
                connection.sendall(answer)
