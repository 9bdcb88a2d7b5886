"""The server of a review: on this machine, for whoever knows its address, and for no other page."""

from __future__ import annotations

import hmac
import json
import logging
import re
import secrets
import socket
import sys
import threading
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self

from pydantic import ValidationError

from communique._internal.validation import describe
from communique.errors import CommuniqueError, SettingsError
from communique.review.changes import CHANGE
from communique.review.desk import Conflict
from communique.review.pages import ReviewPages

if TYPE_CHECKING:
    from collections.abc import Mapping

    from communique.review.desk import Desk

__all__ = ["MOST_BYTES", "ReviewServer"]

MOST_BYTES = 2_000_000
"""The most bytes of a change: all sentences of the longest article can be named in these."""

_log = logging.getLogger("communique.review")

_HOST = "127.0.0.1"
_SECONDS = 20
_LOOK_SECONDS = 0.1  # how often the server looks whether it should stop
_DRAINED = 1 << 16
_PLACE = re.compile("([1-9][0-9]{0,8})(?:/(state|change))?")
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""Each page has a policy of its own besides; a page's own can't forbid that it is framed."""


class ReviewServer:
    """Serves the pages of a review on the loopback address, in threads, until it is closed.

    Its address has a random token, without which nothing is answered. Requests from pages of
    other origins are refused, and so are those for another host, by which a name that suddenly
    means this machine (DNS rebinding) gives itself away.

    Args:
        desk: the articles.
        title: the heading of the list.
        port: the TCP port; 0 means any free one.

    Attributes:
        url: the address of the list of articles.

    Raises:
        SettingsError: the port can't be used.
    """

    def __init__(self, desk: Desk, *, title: str, port: int = 0) -> None:
        self.token = secrets.token_urlsafe(32)
        try:
            self._server = _Server(desk, ReviewPages(desk, title), self.token, port)
        except OSError as exc:
            raise SettingsError(
                f"port {port} can't be used ({exc.strerror or exc}): name another one, or 0 for "
                "any free one"
            ) from exc
        self.url = f"http://{_HOST}:{self._server.server_port}/{self.token}/"
        self._thread = threading.Thread(
            target=self._server.serve_forever,
            args=(_LOOK_SECONDS,),
            name="communique-review",
            daemon=True,
        )
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True  # browsers keep connections open on which they ask nothing
    block_on_close = False

    def __init__(self, desk: Desk, pages: ReviewPages, token: str, port: int) -> None:
        self.desk = desk
        self.pages = pages
        self.token = token
        super().__init__((_HOST, port), _Handler)
        self.hosts = {f"{_HOST}:{self.server_port}", f"localhost:{self.server_port}"}

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Log a fault of this program; say nothing of a connection that broke off."""
        del request, client_address
        if not isinstance(sys.exc_info()[1], OSError):
            _log.exception("a request for the review failed")


class _Refusal(Exception):
    """A request that is not answered.

    Attributes:
        status: the status of the response.
    """

    def __init__(self, status: HTTPStatus, message: str) -> None:
        super().__init__(message)
        self.status = status


class _Handler(BaseHTTPRequestHandler):
    server: _Server  # pyright: ignore[reportIncompatibleVariableOverride] which makes all handlers
    timeout = _SECONDS
    server_version = "communique"
    sys_version = ""

    def do_GET(self) -> None:
        """Answer with a page, or with the state of an article."""
        self._answer(self._get)

    def do_POST(self) -> None:
        """Make a change."""
        self._answer(self._post)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 the base's name
        """Keep quiet: an address has the token."""

    def _answer(self, act: Any) -> None:
        try:
            status, body = act(self._checked_path())
        except _Refusal as exc:
            status, body = exc.status, {"error": str(exc)}
        except Conflict as exc:
            status, body = HTTPStatus.CONFLICT, {"error": str(exc), **self._newest()}
        except KeyError:
            status, body = HTTPStatus.NOT_FOUND, {"error": "there is no such article"}
        except CommuniqueError as exc:
            status, body = HTTPStatus.UNPROCESSABLE_ENTITY, {"error": str(exc)}
        self._send(status, body)

    def _get(self, path: str) -> tuple[HTTPStatus, str | Mapping[str, Any]]:
        if not path:
            return HTTPStatus.OK, self.server.pages.index()
        place, what = _place(path)
        if what == "change":
            raise _Refusal(HTTPStatus.METHOD_NOT_ALLOWED, "changes are posted")
        state = self.server.desk.state(place)
        if what == "state":
            return HTTPStatus.OK, self._newest()
        return HTTPStatus.OK, self.server.pages.article(state)

    def _post(self, path: str) -> tuple[HTTPStatus, Mapping[str, Any]]:
        place, what = _place(path)
        if what != "change":
            raise _Refusal(HTTPStatus.METHOD_NOT_ALLOWED, "only changes are posted")
        try:
            change = CHANGE.validate_python(self._read_json())
        except ValidationError as exc:
            raise _Refusal(HTTPStatus.BAD_REQUEST, describe(exc)) from exc
        told = self.server.desk.change(place, change)
        return HTTPStatus.OK, {"told": told, **self._newest()}

    def _newest(self) -> Mapping[str, Any]:
        state = self.server.desk.state(_place(self._path)[0])
        return {"revision": state.revision, "html": self.server.pages.main(state)}

    def _checked_path(self) -> str:
        """Return the path after the token.

        Raises:
            _Refusal: the request is not from a page of this server, or without its token.
        """
        hosts = self.headers.get_all("Host", [])
        if len(hosts) != 1 or hosts[0].lower() not in self.server.hosts:
            raise _Refusal(HTTPStatus.FORBIDDEN, "this is not the host of the review")
        origin = self.headers.get("Origin")
        if origin is not None and origin != f"http://{hosts[0].lower()}":
            raise _Refusal(HTTPStatus.FORBIDDEN, "a page from elsewhere may not ask the review")
        is_followed = self.command == "GET" and self.headers.get("Sec-Fetch-Dest") == "document"
        site = self.headers.get("Sec-Fetch-Site", "none")
        if site not in {"none", "same-origin"} and not is_followed:
            raise _Refusal(HTTPStatus.FORBIDDEN, "a page from elsewhere may not ask the review")
        token, slash, path = self.path.partition("?")[0].removeprefix("/").partition("/")
        if not hmac.compare_digest(token.encode(), self.server.token.encode()) or not slash:
            raise _Refusal(
                HTTPStatus.FORBIDDEN, "open the whole address that communique review printed"
            )
        self._path = path
        return path

    def _read_json(self) -> object:
        if self.headers.get_content_type() != "application/json":
            raise _Refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "a change is JSON")
        length = self.headers.get("Content-Length", "")
        if "Transfer-Encoding" in self.headers or not re.fullmatch("[0-9]{1,15}", length):
            raise _Refusal(HTTPStatus.LENGTH_REQUIRED, "a change says its length")
        if int(length) > MOST_BYTES:
            raise _Refusal(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"a change has at most {MOST_BYTES:,} bytes"
            )
        try:
            raw = self.rfile.read(int(length))
            data: object = json.loads(raw)
            json.dumps(data, ensure_ascii=False, allow_nan=False).encode()
        except (ValueError, RecursionError, TimeoutError) as exc:
            raise _Refusal(HTTPStatus.BAD_REQUEST, "this is not JSON that a file can hold") from exc
        return data

    def _send(self, status: HTTPStatus, body: str | Mapping[str, Any]) -> None:
        is_page = isinstance(body, str)
        raw = (body if is_page else json.dumps(body)).encode()
        self.send_response(status)
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        self.send_header(
            "Content-Type", f"{'text/html' if is_page else 'application/json'}; charset=utf-8"
        )
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)
        if status >= HTTPStatus.BAD_REQUEST:
            self._drain()

    def _drain(self) -> None:
        """Let a client that is still sending see the answer: closing now would reset it."""
        with suppress(OSError):
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_WR)
            self.connection.settimeout(1)
            while self.connection.recv(_DRAINED):
                pass


def _place(path: str) -> tuple[int, str | None]:
    """Return which article a path is about, from 0, and what is asked for.

    Raises:
        KeyError: it is about none.
    """
    found = _PLACE.fullmatch(path)
    if found is None:
        raise KeyError(path)
    return int(found[1]) - 1, found[2]
