"""The vcrpy configuration for cassettes: what is kept of a call, and how requests are matched.

A cassette contains a real model's answers. Of each request it keeps only what distinguishes it:
its path, the model, the last line of the question, and the sha256 of everything sent to the
model. Headers are kept by allow-list and hosts not at all, so that no key and no machine's name
can reach a cassette, and a replay does not depend on a port.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Generator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Literal, cast
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from communique._internal.files import make_folder, replace
from communique.errors import RecordingError, SettingsError

if TYPE_CHECKING:
    from vcr.cassette import Cassette
    from vcr.request import Request

__all__ = ["check_played", "configure", "find_secrets", "use_cassette", "vcr_settings"]

KEPT_HEADERS = frozenset({"content-type"})

HOST = "http://model.invalid"
"""Placeholder for the host in cassettes, where requests are matched by path."""


MATCHER = "question"

SERIALIZER = "json"  # also the files' suffix; replaces vcrpy's serializer of that name

_SECRETS = {
    "an API key": re.compile(
        r"\bsk-[A-Za-z0-9_-]{16,}|\bbearer [A-Za-z0-9._-]{16,}", re.IGNORECASE
    ),
    "a header that names someone": re.compile(
        r'"[a-z-]*(?:authorization|cookie|api-key|organization|openai-project|request-id)"\s*:',
        re.IGNORECASE,
    ),
    "an address": re.compile(r"\b(?:127|10)\.\d+\.\d+\.\d+|\b192\.168\.\d|//localhost\b"),
}

RECORD_COMMAND = "pytest -n 0 --record-mode=rewrite"


class _Part(BaseModel):
    """A part of a cassette, validated because vcrpy crashes on missing parts."""

    model_config = ConfigDict(strict=True, extra="forbid")


class _Request(_Part):
    method: str
    # vcrpy also crashes on a malformed URI
    uri: str = Field(pattern=f"^{re.escape(HOST)}/")
    body: str
    headers: dict[str, list[str]]


class _Status(_Part):
    code: int
    message: str


class _Body(_Part):
    string: str


class _Response(_Part):
    status: _Status
    headers: dict[str, list[str]]
    body: _Body


class _Interaction(_Part):
    request: _Request
    response: _Response


class _CassetteFile(_Part):
    version: Literal[1]
    interactions: list[_Interaction]


def vcr_settings() -> dict[str, Any]:
    """Return keyword arguments for ``VCR.use_cassette`` or pytest-recording's ``vcr_config``.

    With them, a cassette has no key, no cookie and no host, so it can be committed, and a request
    is recognized by everything that the model is sent. The ``VCR`` needs `configure` first. They do
    not include the record mode, which belongs on the command line, as does blocking the network.

    ::

        # conftest.py of a program that is tested with pytest-recording
        from communique import recording

        @pytest.fixture
        def vcr_config():
            return recording.vcr_settings()

        def pytest_recording_configure(config, vcr):
            recording.configure(vcr)
    """
    return {
        "before_record_request": _keep_of_request,
        "before_record_response": _keep_of_response,
        "decode_compressed_response": True,
        "match_on": [MATCHER],
        "serializer": SERIALIZER,
    }


def configure(vcr: Any) -> None:
    """Set up a ``vcr.VCR`` for this module's file format, before it opens a cassette."""
    form = SimpleNamespace(serialize=_serialize, deserialize=_deserialize)
    vcr.register_serializer(SERIALIZER, form)
    vcr.register_matcher(MATCHER, _same_question)
    load = vcr.persister.load_cassette
    vcr.register_persister(SimpleNamespace(load_cassette=load, save_cassette=_save_cassette))


def _save_cassette(path: str | Path, content: dict[str, Any], serializer: Any) -> None:
    """Save a cassette as vcrpy does, but atomically, so that no recorded answer is lost."""
    import vcr.serialize

    path = Path(path)
    make_folder(path.parent)
    untyped: Any = vcr.serialize
    replace(path, untyped.serialize(content, serializer))


@contextmanager
def use_cassette(path: Path, *, record: bool) -> Generator[None]:
    """Answer requests from a cassette during the ``with`` block.

    Args:
        path: the cassette.
        record: whether to ask the model for answers that the cassette lacks, and add them;
            existing answers are kept, so that an interrupted recording can be resumed. If
            False, the network is not used, and all recorded answers must be requested.

    Raises:
        RecordingError: the cassette is missing, corrupt, or not fully used.
        SettingsError: vcrpy is not installed (extra ``eval``).
    """
    try:
        from vcr import VCR
        from vcr.record_mode import RecordMode
    except ModuleNotFoundError as exc:
        raise SettingsError(
            f"replaying recorded answers needs {exc.name}, which is not installed: "
            "python -m pip install 'communique[eval]'"
        ) from exc

    # vcrpy has no types
    vcr: Any = VCR(record_mode=RecordMode.NEW_EPISODES if record else RecordMode.NONE)
    configure(vcr)
    with vcr.use_cassette(str(path), **vcr_settings()) as cassette:
        yield
        if record:
            # The block succeeded, so answers that were not requested are obsolete.
            cassette.drop_unused_requests = True
    if not record:
        check_played(cassette, str(path))


def check_played(cassette: Cassette, path: str) -> None:
    """Check that a replay used all of its cassette.

    Raises:
        RecordingError: the cassette is missing or empty, or has answers that were not
            requested because it was recorded for something else.
    """
    if not len(cassette):
        raise RecordingError(f"cassette {path} is missing; record it with: {RECORD_COMMAND}")
    if not cassette.all_played:
        raise RecordingError(
            f"cassette {path} was not played to its end: {cassette.play_count} of "
            f"{len(cassette)} answers were requested; record it again with: {RECORD_COMMAND}"
        )


def find_secrets(text: str) -> list[str]:
    """Return names of secrets found in a cassette's text, such as ``an API key``."""
    return [name for name, pattern in _SECRETS.items() if pattern.search(text)]


def _same_question(asked: Any, recorded: Any) -> bool:
    """Return whether the kept parts of two requests are equal.

    vcrpy's own matchers are slower: they describe every difference to every recorded request.
    """
    return (asked.method, asked.path, asked.body) == (
        recorded.method,
        recorded.path,
        recorded.body,
    )


def _keep_of_request(request: Any) -> Request | None:
    """Return the kept parts of a request as a new request, or None to bypass the cassette.

    Only what has no body, such as the health check of a server that communique starts, is sent
    past it: a replay opens no socket, whatever the provider's address looks like. vcrpy passes the
    result here again, which must not change it.
    """
    from vcr.request import Request as VcrRequest

    if request.method in {"GET", "HEAD"}:
        return None
    if request.uri.startswith(HOST):
        return request
    headers = {k: v for k, v in request.headers.items() if k.lower() in KEPT_HEADERS}
    uri = HOST + urlsplit(str(request.uri)).path
    digest = _digest(request.body or b"")
    return VcrRequest(request.method, uri, digest, headers)


def _digest(body: bytes | str) -> bytes:
    sent = _sent(body)
    canonical = json.dumps(sent, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    messages: list[dict[str, str]] = sent.get("messages") or [{}]
    kept = {
        "model": sent.get("model"),
        "question": str(messages[-1].get("content", "")).rpartition("\n")[2],
        "sha256": hashlib.sha256(canonical.encode()).hexdigest(),
    }
    return json.dumps(kept, ensure_ascii=False).encode()


def _sent(body: bytes | str) -> dict[str, Any]:
    """Return what was sent, with a body that is no JSON object as the text that it is."""
    try:
        sent: object = json.loads(body or "{}")
    except ValueError:
        sent = None
    if isinstance(sent, dict):
        return cast("dict[str, Any]", sent)
    return {"body": body if isinstance(body, str) else body.decode("latin-1")}


def _keep_of_response(response: dict[str, Any]) -> dict[str, Any] | None:
    """Return the kept parts of a response, or None for a failure, which is not recorded."""
    if response["status"]["code"] != HTTPStatus.OK:
        return None
    headers = {k: v for k, v in response["headers"].items() if k.lower() in KEPT_HEADERS}
    return {**response, "headers": headers}


def _serialize(cassette: dict[str, Any]) -> str:
    return json.dumps(cassette, ensure_ascii=False, indent=1) + "\n"


def _deserialize(text: str) -> dict[str, Any]:
    """Return the cassette's content; vcrpy itself would treat a corrupt file as empty."""
    try:
        return _CassetteFile.model_validate_json(text).model_dump()
    except ValidationError as exc:
        first = exc.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise RecordingError(
            f"the cassette is corrupt ({where}: {first['msg']}); restore it, or record it again "
            f"with: {RECORD_COMMAND}"
        ) from exc
