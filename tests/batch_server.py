"""A server of OpenAI's batch API on loopback, for tests.

It does what OpenAI documents: uploads are multipart; a batch is validated after it was created, and
fails as a whole there; answers and failed requests end in two files; an expired or cancelled batch
keeps what it has answered; lists have pages, the newest items first. A batch goes one step further
each time it is looked at, so that no test waits.
"""

from __future__ import annotations

import contextlib
import email.parser
import email.policy
import itertools
import json
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from builders import KEY, completion

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

Json = dict[str, Any]
Lines = list[bytes]

MOST_REQUESTS = 50_000
MOST_BYTES = 200_000_000
LIVE = {"validating", "in_progress", "finalizing", "cancelling"}


@dataclass
class File:
    id: str
    name: str
    content: bytes
    purpose: str
    created: int

    def shown(self) -> Json:
        return {
            "id": self.id,
            "object": "file",
            "bytes": len(self.content),
            "created_at": self.created,
            "filename": self.name,
            "purpose": self.purpose,
            "status": "processed",
        }


@dataclass
class Batch:
    id: str
    file: File
    metadata: Json
    window: str
    created: int
    status: str = "validating"
    errors: list[Json] = field(default_factory=list)
    requests: list[Json] = field(default_factory=list)
    done: int = 0
    failed: int = 0
    output: str | None = None
    error: str | None = None

    def shown(self) -> Json:
        return {
            "id": self.id,
            "object": "batch",
            "endpoint": "/v1/chat/completions",
            "input_file_id": self.file.id,
            "completion_window": self.window,
            "created_at": self.created,
            "status": self.status,
            "errors": {"object": "list", "data": self.errors} if self.errors else None,
            "output_file_id": self.output,
            "error_file_id": self.error,
            "metadata": self.metadata,
            "request_counts": {
                "total": len(self.requests),
                "completed": self.done,
                "failed": self.failed,
            },
        }


class BatchServer:
    """Serves files, batches and chat completions until the ``with`` block ends.

    Attributes:
        answer: status and body for the body of a request, in a batch or not.
        end: the status in which batches end.
        is_quick: whether a batch has ended when it is first looked at.
        answered: how many requests of a batch are answered before it expires or is cancelled.
        token_limit: tokens that may be enqueued, or None.
        rewrite: changes the lines of the files of answers and failed requests.
        refuse: called with number, method and path of each request; may return a status, headers
            and a body to answer with.
        drop: called with number, method and path of each request; if it returns True, the request
            is carried out, and the connection closed without a word.
        slowly: called with number, method and path of each request; if it returns True, the answer is
            sent byte by byte.
        log: method and path of each request.
        paid: how often each question was answered in a batch, by the last message.
        asked: the bodies of ordinary requests.
    """

    def __init__(self) -> None:
        self.answer: Callable[[Json], tuple[int, Json]] = lambda _: (200, completion())
        self.end = "completed"
        self.is_quick = False
        self.answered = 0
        self.token_limit: int | None = None
        self.rewrite: Callable[[Lines, Lines], tuple[Lines, Lines]] = lambda out, err: (out, err)
        self.refuse: Callable[[int, str, str], tuple[int, Json, Json] | None] = lambda *_: None
        self.drop: Callable[[int, str, str], bool] = lambda *_: False
        self.slowly: Callable[[int, str, str], bool] = lambda *_: False
        self.files: dict[str, File] = {}
        self.batches: dict[str, Batch] = {}
        self.log: list[tuple[str, str]] = []
        self.headers: list[Json] = []
        self.paid: Counter[str] = Counter()
        self.asked: list[Json] = []
        self.page = 100
        self.steps = 0
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server._handle(self)

            def do_POST(self) -> None:
                server._handle(self)

            def log_message(self, *_: object) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = False  # so that each is waited for
        self.url = f"http://127.0.0.1:{self._http.server_port}/v1"

    def __enter__(self) -> Self:
        self._thread = threading.Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.01}
        )
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    @property
    def live(self) -> list[Batch]:
        return [batch for batch in self.batches.values() if batch.status in LIVE]

    def count(self, method: str, path: str) -> int:
        """Return how often a path was asked for."""
        return sum(entry == (method, path) for entry in self.log)

    def _handle(self, http: BaseHTTPRequestHandler) -> None:
        body = http.rfile.read(int(http.headers.get("content-length") or 0))
        url = urlsplit(http.path)
        with self._lock:
            self.log.append((http.command, url.path))
            self.headers.append({name.lower(): value for name, value in http.headers.items()})
            refusal = self.refuse(len(self.log), http.command, url.path)
            if refusal is not None:
                status, headers, sent = refusal
            elif http.headers.get("authorization") != f"Bearer {KEY}":
                status, headers, sent = 401, {}, _error("no such key")
            else:
                headers = {}
                status, sent = self._respond(http, url.path, parse_qs(url.query), body)
            is_slow = self.slowly(len(self.log), http.command, url.path)
            if self.drop(len(self.log), http.command, url.path):
                return
        raw = sent if isinstance(sent, bytes) else json.dumps(sent).encode()
        http.send_response(status)
        kind = "application/octet-stream" if isinstance(sent, bytes) else "application/json"
        for name, value in {"content-type": kind, "content-length": len(raw), **headers}.items():
            http.send_header(name, str(value))
        http.end_headers()
        if not is_slow:
            http.wfile.write(raw)
            return
        with contextlib.suppress(OSError):  # until the client has gone
            for number in range(len(raw)):
                http.wfile.write(raw[number : number + 1])
                time.sleep(0.02)

    def _respond(  # noqa: C901, PLR0911 a table of the API
        self, http: BaseHTTPRequestHandler, path: str, query: dict[str, list[str]], body: bytes
    ) -> tuple[int, Any]:
        match http.command, path.removeprefix("/v1/").split("/"):
            case "POST", ["chat", "completions"]:
                self.asked.append(json.loads(body))
                return self.answer(json.loads(body))
            case "POST", ["files"]:
                return self._upload(http.headers["content-type"], body)
            case "GET", ["files"]:
                files = [f for f in self.files.values() if f.purpose in query.get("purpose", [])]
                return 200, self._listed([f.shown() for f in files], query)
            case "GET", ["files", id, "content"] if id in self.files:
                return 200, self.files[id].content
            case "POST", ["batches"]:
                return self._create(json.loads(body))
            case "GET", ["batches"]:
                return 200, self._listed([b.shown() for b in self.batches.values()], query)
            case "GET", ["batches", id] if id in self.batches:
                while self.is_quick and self.batches[id].status in LIVE:
                    self._step(self.batches[id])
                shown = self.batches[id].shown()
                self._step(self.batches[id])
                return 200, shown
            case "POST", ["batches", id, "cancel"] if id in self.batches:
                if self.batches[id].status not in LIVE:
                    return 409, _error("it has ended")
                self.batches[id].status = "cancelling"
                return 200, self.batches[id].shown()
            case _:
                return 404, _error("there is no such thing")

    def _upload(self, kind: str, body: bytes) -> tuple[int, Json]:
        parser = email.parser.BytesParser(policy=email.policy.HTTP)
        parts = parser.parsebytes(b"content-type: " + kind.encode() + b"\r\n\r\n" + body)
        named = {
            part.get_param("name", header="content-disposition"): part
            for part in parts.iter_parts()
        }
        content = named["file"].get_payload(decode=True)
        purpose = named["purpose"].get_payload(decode=True).decode().strip()
        if purpose != "batch":
            return 400, _error("the purpose is not batch")
        if len(content) > MOST_BYTES:
            return 413, _error("the file is too large")
        name = named["file"].get_filename()
        return 200, self._add_file(name, content, "batch").shown()

    def _add_file(self, name: str, content: bytes, purpose: str) -> File:
        number = next(self._numbers)
        file = File(f"file-{number}", name, content, purpose, 1_000 + number)
        self.files[file.id] = file
        return file

    def _create(self, body: Json) -> tuple[int, Json]:
        if body.get("endpoint") != "/v1/chat/completions" or "completion_window" not in body:
            return 400, _error("no such endpoint")
        if body["input_file_id"] not in self.files:
            return 400, _error(f"Cannot find file {body['input_file_id']}, or no access to it.")
        number = next(self._numbers)
        batch = Batch(
            f"batch_{number}",
            self.files[body["input_file_id"]],
            body.get("metadata") or {},
            body["completion_window"],
            1_000 + number,
        )
        self.batches[batch.id] = batch
        return 200, batch.shown()

    def _listed(self, shown: list[Json], query: dict[str, list[str]]) -> Json:
        shown = sorted(shown, key=lambda each: -each["created_at"])
        if after := query.get("after"):
            place = [each["id"] for each in shown].index(after[0])
            shown = shown[place + 1 :]
        size = min(int(query.get("limit", [self.page])[0]), self.page)
        page = shown[:size]
        ids = [each["id"] for each in page]
        first, last = (ids[0], ids[-1]) if ids else (None, None)
        return {
            "object": "list",
            "data": page,
            "first_id": first,
            "last_id": last,
            "has_more": len(shown) > size,
        }

    def _step(self, batch: Batch) -> None:
        self.steps += 1
        if batch.status == "validating":
            batch.errors = self._faults(batch)
            batch.status = "failed" if batch.errors else "in_progress"
            if batch.errors:
                batch.requests = []
        elif batch.status == "in_progress":
            batch.status = "finalizing"
        elif batch.status in {"finalizing", "cancelling"}:
            end = "cancelled" if batch.status == "cancelling" else self.end
            self._finish(batch, end)
            batch.status = end

    def _faults(self, batch: Batch) -> list[Json]:  # noqa: PLR0911 one for each fault
        """Return why a batch is rejected as a whole."""
        lines = batch.file.content.decode().splitlines()  # as a careless server would
        if not lines or len(lines) > MOST_REQUESTS:
            return [_fault("invalid_request_count", f"{len(lines)} requests")]
        seen: set[str] = set()
        for number, line in enumerate(lines, start=1):
            try:
                request = json.loads(line)
            except ValueError:
                return [
                    _fault("invalid_json_line", "This line is not parseable as valid JSON.", number)
                ]
            if request["custom_id"] in seen:
                return [_fault("duplicate_custom_id", "The custom_id is not unique.", number)]
            seen.add(request["custom_id"])
            if (request["method"], request["url"]) != ("POST", "/v1/chat/completions"):
                return [_fault("mismatched_endpoint", "Another endpoint.", number)]
            if request["body"]["model"] == "missing":
                return [
                    _fault(
                        "model_not_found", "The provided model 'missing' is not supported.", number
                    )
                ]
            if request["body"].get("stream"):
                return [_fault("invalid_request", "Batches do not stream.", number)]
            batch.requests.append(request)
        if self.token_limit is not None:
            others = sum(_tokens(each) for each in self.live if each is not batch)
            if others + _tokens(batch) > self.token_limit:
                said = (
                    "Enqueued token limit reached for test in organization org-1. Limit: "
                    f"{self.token_limit:,} enqueued tokens. Please try again once some in_progress "
                    "batches have been completed."
                )
                return [_fault("token_limit_exceeded", said)]
        return []

    def _finish(self, batch: Batch, end: str) -> None:
        output: Lines = []
        errors: Lines = []
        count = len(batch.requests) if end == "completed" else self.answered
        for number, request in enumerate(batch.requests):
            line: Json = {"id": f"batch_req_{number}", "custom_id": request["custom_id"]}
            if number < count:
                status, body = self.answer(request["body"])
                line |= {
                    "response": {"status_code": status, "request_id": "r", "body": body},
                    "error": None,
                }
                (output if status == 200 else errors).append(json.dumps(line).encode())
                if status == 200:
                    batch.done += 1
                    self.paid[question(request["body"])] += 1
                else:
                    batch.failed += 1
            elif end == "expired":
                said = "This request could not be executed before the completion window expired."
                line |= {"response": None, "error": {"code": "batch_expired", "message": said}}
                errors.append(json.dumps(line).encode())
                batch.failed += 1
        output, errors = self.rewrite(output, errors)
        for lines, name in ((output, "output"), (errors, "error")):
            if lines:
                file = self._add_file(
                    f"{batch.id}_{name}.jsonl", b"\n".join(lines) + b"\n", "batch_output"
                )
                setattr(batch, name, file.id)


def question(body: Json) -> str:
    """Return what a request asks about."""
    return body["messages"][-1]["content"]


def _tokens(batch: Batch) -> int:
    return len(batch.file.content) // 4


def _fault(code: str, message: str, line: int | None = None) -> Json:
    return {"code": code, "message": message, "line": line, "param": None}


def _error(message: str) -> Json:
    return {"error": {"message": message, "type": "invalid_request_error", "code": None}}
