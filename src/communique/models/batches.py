"""The batch API of OpenAI's protocol: a server answers a file of requests within a day.

Everything a server sends here is read through ``values.py``, as its answers are. Neither an upload
nor the creation of a batch is repeated blindly: if it is not known whether the server has done it,
it is looked for first, so that no batch exists, and is paid, twice.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar

from communique._internal.disk import disk_errors
from communique._internal.files import create
from communique.errors import ModelNotAvailable, ProviderError, ProviderUnavailable
from communique.models.batch_objects import RemoteBatch, RemoteFile, id_of, to_batch
from communique.models.client import Clients
from communique.models.failures import map_errors
from communique.models.pace import PaceKeeper
from communique.models.retrying import with_retries
from communique.models.values import count, get

if TYPE_CHECKING:
    from communique.models.endpoint import Endpoint
    from communique.models.receipts import Tally
    from communique.settings import Settings

__all__ = ["URL", "BatchApi", "FileMissing"]

URL = "/v1/chat/completions"
"""What the requests of a batch ask for, in the words of the protocol."""

MOST_FILE_BYTES = 2 * 1024**3
"""Maximum length of a file of answers; it goes to the disk, not into memory."""

SLOWEST = 50_000
"""Bytes per second; a transfer that is slower is broken off."""

_PAGE = 100
_MOST_LISTED = 20_000
"""Most batches or files that are looked through; the newest come first."""

# Just after an upload, OpenAI may not find the file yet.
_NOT_YET = re.compile(r"(?i)(?:can ?not|can't|could not) find (?:the )?file|no such file")

T = TypeVar("T")


class FileMissing(ProviderUnavailable):
    """The server does not find a file that has been uploaded: not yet, or no longer."""


class BatchApi:
    """The endpoints for files and batches of one server.

    Args:
        endpoint: the server.
        settings: attempts, deadline and timeout.
    """

    def __init__(self, endpoint: Endpoint, settings: Settings) -> None:
        self._endpoint = endpoint
        self._settings = settings
        self._clients = Clients(settings.timeout)
        self._downloads = Clients(settings.timeout, MOST_FILE_BYTES)
        self._pace = PaceKeeper(settings)

    async def upload(self, path: Path, size: int, name: str, *, may_exist: bool) -> RemoteFile:
        """Upload a file of requests.

        Args:
            path: the file.
            size: its length in bytes.
            name: its name on the server, which no other file has.
            may_exist: whether an earlier upload may have succeeded without our knowing.

        Raises:
            ProviderError: the server has no batch API, or failed.
        """

        async def send(client: Any, is_repeated: bool) -> RemoteFile:
            if (may_exist or is_repeated) and (found := await _find_file(client, name, size)):
                return found
            with path.open("rb") as file:
                async with self._in_time(size):
                    sent = await client.files.create(
                        file=(name, file, "application/jsonl"), purpose="batch"
                    )
            return RemoteFile(id_of(sent), count(get(sent, "created_at")))

        return await self._retried(send, "has no batch API", seconds=size / SLOWEST)

    async def create(
        self, file: RemoteFile, window: str, key: str, *, may_exist: bool
    ) -> RemoteBatch:
        """Create a batch from an uploaded file.

        Args:
            file: the file.
            window: the time in which it is to be answered, such as ``24h``.
            key: a mark by which the batch is found again.
            may_exist: whether an earlier call may have succeeded without our knowing.

        Raises:
            ProviderError: the server refused the batch, or failed.
        """

        async def send(client: Any, is_repeated: bool) -> RemoteBatch:
            if (may_exist or is_repeated) and (found := await _find_batch(client, file, key)):
                return found
            made = await client.batches.create(
                input_file_id=file.id,
                endpoint=URL,
                completion_window=window,
                metadata={"communique": key},
            )
            return to_batch(made)

        return await self._retried(send, "has no batch API, or no longer has the file of requests")

    async def retrieve(self, batch_id: str) -> RemoteBatch:
        """Return a batch as it is now.

        Raises:
            ProviderError: the server does not have the batch, or failed.
        """

        async def send(client: Any, _: bool) -> RemoteBatch:
            return to_batch(await client.batches.retrieve(batch_id))

        return await self._retried(send, f"does not have {batch_id}, maybe for want of its key")

    async def cancel(self, batch_id: str) -> None:
        """Cancel a batch; what it has answered by then can still be collected.

        Raises:
            ProviderError: the server does not have the batch, or failed.
        """

        async def send(client: Any, _: bool) -> None:
            await client.batches.cancel(batch_id)

        await self._retried(send, f"does not have {batch_id}, maybe for want of its key")

    async def download(self, file_id: str, path: Path) -> None:
        """Write the content of a file to the disk, durably.

        Raises:
            ProviderError: the server does not have the file, or failed.
            SettingsError: the disk is full.
        """

        async def send(client: Any, _: bool) -> None:
            async with (
                self._in_time(0) as extend,
                client.files.with_streaming_response.content(file_id) as response,
            ):
                with disk_errors(path), _open_new(path) as file:
                    async for part in response.iter_bytes():
                        file.write(part)
                        extend(len(part))
                    file.flush()
                    os.fsync(file.fileno())

        await self._retried(
            send,
            f"no longer has {file_id}, with the answers of a batch",
            self._downloads,
            MOST_FILE_BYTES / SLOWEST,
        )

    async def aclose(self) -> None:
        """Close the running event loop's connections."""
        await self._clients.aclose()
        await self._downloads.aclose()

    async def _retried(
        self,
        send: Callable[[Any, bool], Awaitable[T]],
        missing: str,
        clients: Clients | None = None,
        seconds: float = 0,
    ) -> T:
        """Send a request until it succeeds; see `with_retries`.

        Args:
            send: called with the client, and whether an earlier attempt may have succeeded.
            missing: what a server lacks that does not know the address.
            clients: clients for long responses, if there will be one.
            seconds: time for a long transfer, beyond the deadline of a question.
        """
        settings = self._settings
        settings = settings.model_copy(update={"deadline": settings.deadline + seconds})

        async def attempt(_: int, tally: Tally) -> T:
            tally.attempts += 1
            try:
                with map_errors(self._endpoint, [], self._settings):
                    client = (clients or self._clients).get(self._endpoint)
                    return await send(client, tally.attempts > 1)
            except ModelNotAvailable as error:
                where = self._endpoint.base_url
                raise ProviderError(f"the server ({where}) {missing}") from error
            except ProviderError as error:
                if error.retryable or not _NOT_YET.search(str(error)):
                    raise
                raise FileMissing(str(error)) from error

        result, _ = await with_retries(attempt, 0, settings=settings, pace=self._pace.here())
        return result

    @asynccontextmanager
    async def _in_time(self, size: int) -> AsyncGenerator[Callable[[int], None]]:
        """Limit the time of a transfer, by its size; the value allows for more bytes."""
        loop = asyncio.get_running_loop()
        scope = asyncio.timeout(self._settings.timeout + size / SLOWEST)
        started, total = loop.time(), size

        def extend(more: int) -> None:
            nonlocal total
            total += more
            scope.reschedule(started + self._settings.timeout + total / SLOWEST)

        async with scope:
            yield extend


def _open_new(path: Path) -> BinaryIO:
    return open(path, "wb", opener=create)


async def _find_file(client: Any, name: str, size: int) -> RemoteFile | None:
    """Return the file of a name, if the server has it whole and lists its files."""
    from openai import APIStatusError

    try:
        async for file in _listed(client.files.list(purpose="batch")):
            if get(file, "filename") == name and count(get(file, "bytes")) in {size, 0}:
                return RemoteFile(id_of(file), count(get(file, "created_at")))
    except APIStatusError as error:
        if error.status_code in {400, 404, 405}:
            return None  # a file that is uploaded again costs nothing
        raise
    return None


async def _find_batch(client: Any, file: RemoteFile, key: str) -> RemoteBatch | None:
    """Return the batch that was created from a file, unless it has failed, which costs nothing."""
    async for batch in _listed(client.batches.list(limit=_PAGE)):
        is_ours = get(batch, "input_file_id") == file.id
        if is_ours or get(batch, "metadata", "communique") == key:
            found = to_batch(batch)
            if found.status != "failed":
                return found
        if 0 < count(get(batch, "created_at")) < file.created:
            return None  # this batch and those after it are older than the file
    return None


async def _listed(pages: AsyncIterator[object]) -> AsyncGenerator[object]:
    """Yield the items of a list, which a server may give without end."""
    number = 0
    async for item in pages:
        number += 1
        if number > _MOST_LISTED:
            return
        yield item
