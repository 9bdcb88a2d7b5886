"""Files, batches and answers of the batch API, as far as a server describes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from communique.errors import ProviderError
from communique.models.secrets import scrub
from communique.models.values import LONGEST_NAME, count, get, items, line, text
from communique.summary import Usage

__all__ = ["Collected", "Fault", "RemoteBatch", "RemoteFile", "id_of", "to_batch"]


@dataclass(slots=True)
class Collected:
    """An answer that was collected from a batch, and what became of it.

    Attributes:
        body: the completion, as the server wrote it.
        usage: its tokens, and its cost in the batch; empty until it has been read.
        is_asked_again: whether it could not be used, so that the question was asked again.
    """

    body: Mapping[str, Any]
    usage: Usage = field(default_factory=Usage)
    is_asked_again: bool = False


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file on the server.

    Attributes:
        created: when it was created, in seconds of the server's clock; 0 if unknown.
    """

    id: str
    created: int


@dataclass(frozen=True, slots=True)
class Fault:
    """A reason for which a server rejects a batch."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class RemoteBatch:
    """A batch on the server.

    Attributes:
        status: ``validating``, ``failed``, ``in_progress``, ``finalizing``, ``completed``,
            ``expired``, ``cancelling`` or ``cancelled``.
        output_file, error_file: files with its answers, and with its failed requests; or empty.
        faults: why it failed, if it did.
        completed, failed, total: numbers of its requests.
    """

    id: str
    status: str
    output_file: str
    error_file: str
    faults: tuple[Fault, ...]
    completed: int
    failed: int
    total: int


def to_batch(sent: object) -> RemoteBatch:
    """Return the batch that a server describes.

    Raises:
        ProviderError: it has no id that could be asked for later.
    """
    faults = items(get(sent, "errors", "data"))
    return RemoteBatch(
        id=id_of(sent),
        status=line(get(sent, "status"), LONGEST_NAME),
        output_file=text(get(sent, "output_file_id")),
        error_file=text(get(sent, "error_file_id")),
        faults=tuple(_to_fault(fault) for fault in faults),
        completed=count(get(sent, "request_counts", "completed")),
        failed=count(get(sent, "request_counts", "failed")),
        total=count(get(sent, "request_counts", "total")),
    )


def _to_fault(fault: object) -> Fault:
    code = line(get(fault, "code") or "", LONGEST_NAME)
    return Fault(scrub(code), line(scrub(text(get(fault, "message")))))


def id_of(sent: object) -> str:
    """Return the id of a file or batch.

    Raises:
        ProviderError: it has none that could be asked for later.
    """
    given = text(get(sent, "id"))
    if not given or len(given) > LONGEST_NAME or not given.isprintable():
        raise ProviderError("the server sent a file or batch without a usable id")
    return given
