"""The batches at the server: submitted, watched and collected."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence

from communique._internal.background import run
from communique._internal.disk import disk_errors
from communique._internal.logs import get_logger
from communique.errors import ProviderError
from communique.models.batch_objects import Fault, RemoteBatch, RemoteFile
from communique.models.batches import BatchApi, FileMissing
from communique.provider_batch.shards import Shard
from communique.provider_batch.status import Status
from communique.provider_batch.store import Store

__all__ = ["AtServer"]

OUTAGE_SECONDS = 6 * 3600
"""Seconds for which a server may fail while batches are there, before the run ends."""

LONGEST_WAIT = 600.0
"""Longest pause, in seconds, before a batch for which there was no room is submitted again."""

ROOM = 0.8
"""Share of the server's limit that a batch may take; its tokens are only estimated."""

NO_FILE = 20
"""How often a batch may be seen completed without a file of its answers."""

_ENDED = frozenset({"completed", "expired", "cancelled"})
_KNOWN = _ENDED | {"validating", "failed", "in_progress", "finalizing", "cancelling"}
_NO_ROOM = re.compile(r"(?i)enqueued token limit")
_LIMIT = re.compile(r"(?i)limit: ?([0-9][0-9,]*) enqueued tokens")
_LOG = get_logger(__name__)


class AtServer:
    """The batches of a store at their server.

    Args:
        api: the server's endpoints.
        store: the shards.
        window: the time in which the server is to answer, such as ``24h``.
        seconds: the first pause before a batch is submitted again.

    Attributes:
        token_limit: how many tokens the server lets be enqueued, as far as it has said so.
        pause: seconds to wait for a server that fails or asks to slow down, or 0.
    """

    def __init__(self, api: BatchApi, store: Store, window: str, seconds: float) -> None:
        self._api = api
        self._store = store
        self._window = window
        self._seconds = seconds
        self._not_before: dict[str, float] = {}
        self._rejections: dict[str, int] = {}
        self._without_file: dict[str, int] = {}
        self._seen: dict[str, RemoteBatch] = {}
        self._down_since: float | None = None
        self.token_limit: int | None = None
        self.pause = 0.0

    def status(self, shards: Sequence[Shard]) -> Status:
        """Return how far the batches of some shards are."""
        live = [shard for shard in shards if shard.is_live]
        seen = [self._seen[shard.name] for shard in live if shard.name in self._seen]
        return Status(
            batches=tuple(shard.state.batch_id for shard in live),
            waiting=sum(shard.state.stage not in {"created", "collected"} for shard in shards),
            done=sum(batch.completed + batch.failed for batch in seen),
            total=sum(shard.state.requests for shard in live),
        )

    def submit(self, shards: Sequence[Shard]) -> bool:
        """Submit the shards for which there is room; return whether there was any.

        Raises:
            ProviderError: the server refuses batches.
        """
        self.pause = 0.0
        has_submitted = False
        for shard in shards:
            if shard.state.stage in {"created", "collected"} or not self._has_room(shard, shards):
                continue
            try:
                self._submit(shard)
            except ProviderError as error:
                self._bear(error)
                self._not_before[shard.name] = time.monotonic() + self.pause
                break
            self._down_since = None
            has_submitted = True
        return has_submitted

    def poll(self, shards: Sequence[Shard]) -> bool:
        """Look after the batches; return whether there is more to collect or to submit.

        Raises:
            ProviderError: the server has rejected a batch for good, lost it, or been down for long.
        """
        has_ended = False
        for shard in shards:
            if not shard.is_live:
                continue
            try:
                batch = run(self._api.retrieve(shard.state.batch_id))
                has_ended |= self._take_in(shard, batch)
            except ProviderError as error:
                self._bear(error)
                break
            self._down_since = None
        if has_ended:
            self._not_before.clear()  # there is more room now
        return has_ended

    def cancel(self, shards: Sequence[Shard]) -> list[str]:
        """Cancel the batches that are live; return their ids."""
        live = [shard.state.batch_id for shard in shards if shard.is_live]
        for batch_id in live:
            run(self._api.cancel(batch_id))
        return live

    def _submit(self, shard: Shard) -> None:
        """Take a shard from where it is to a batch at the server."""
        if shard.state.stage in {"written", "uploading"}:
            may_exist = shard.state.stage == "uploading"
            shard.save(stage="uploading")
            name = f"communique-{shard.state.key}.jsonl"
            upload = self._api.upload(
                shard.requests_path, shard.state.size, name, may_exist=may_exist
            )
            file = run(upload)
            shard.save(stage="uploaded", file_id=file.id, file_created=file.created)
        file = RemoteFile(shard.state.file_id, shard.state.file_created)
        may_exist = shard.state.stage == "creating"
        shard.save(stage="creating")
        key = shard.state.key
        try:
            batch = run(self._api.create(file, self._window, key, may_exist=may_exist))
        except (
            FileMissing
        ):  # by now it may have expired; the key still tells whether a batch exists
            shard.save(stage="written", file_id="", file_created=0)
            raise
        shard.save(stage="created", batch_id=batch.id)
        self._seen[shard.name] = batch
        _LOG.info("%s has %d requests", batch.id, shard.state.requests)

    def _has_room(self, shard: Shard, shards: Sequence[Shard]) -> bool:
        if time.monotonic() < self._not_before.get(shard.name, 0):
            return False
        live = sum(other.tokens for other in shards if other.is_live)
        return not live or self.token_limit is None or live + shard.tokens <= self.token_limit

    def _take_in(self, shard: Shard, batch: RemoteBatch) -> bool:
        self._seen[shard.name] = batch
        if batch.status == "failed":
            return self._take_back(shard, batch.faults)
        if batch.status not in _KNOWN:
            _LOG.warning("%s has the unknown status %r", batch.id, batch.status)
        if batch.status not in _ENDED or not self._has_files(shard, batch):
            return False
        answers, errors = shard.answer_paths
        for file_id, path in ((batch.output_file, answers), (batch.error_file, errors)):
            if file_id:
                run(self._api.download(file_id, path))
        shard.save(stage="collected", ended=batch.status)
        with disk_errors(shard.folder):
            shard.requests_path.unlink(missing_ok=True)
        return True

    def _has_files(self, shard: Shard, batch: RemoteBatch) -> bool:
        """Return whether the answers of an ended batch can be collected already."""
        if batch.output_file or not batch.completed:
            return True
        seen = self._without_file[shard.name] = self._without_file.get(shard.name, 0) + 1
        if seen >= NO_FILE:
            raise ProviderError(
                f"{batch.id} has {batch.completed:,} answers, but the server names no file with "
                f"them; run again later, or delete {shard.folder} to have its articles asked, and "
                "paid, once more"
            )
        return False

    def _take_back(self, shard: Shard, faults: Sequence[Fault]) -> bool:
        """Take back a shard whose batch has been rejected as a whole, and cost nothing.

        Returns:
            Whether it has been split into smaller ones.

        Raises:
            ProviderError: the reason is other than the limit of what may be enqueued.
        """
        batch_id = shard.state.batch_id
        shard.save(stage="uploaded", batch_id="")
        if not any(_is_about_room(fault) for fault in faults):
            said = "; ".join(f"{fault.code}: {fault.message}" for fault in faults[:3])
            raise ProviderError(
                f"the server rejected {batch_id}: {said or 'it does not say why'}. Nothing of it "
                "was asked; once the cause is mended, the same command submits it again"
            )
        self._learn_limit(faults)
        others = [each for each in self._store.shards if each.is_live]
        rejections = self._rejections[shard.name] = self._rejections.get(shard.name, 0) + 1
        if self._is_too_large(shard, is_alone=not others, rejections=rejections):
            size = min(shard.tokens, self.token_limit or shard.tokens)
            _LOG.warning("%s takes more tokens than may be enqueued; it is split", batch_id)
            self._store.split(shard, max(size // 2, 1))
            return True
        wait = min(self._seconds * 2**rejections, LONGEST_WAIT)
        self._not_before[shard.name] = time.monotonic() + wait
        _LOG.warning("no room for %s yet: %s", batch_id, faults[0].message)
        return False

    def _is_too_large(self, shard: Shard, *, is_alone: bool, rejections: int) -> bool:
        if shard.state.requests == 1:
            return False
        if self.token_limit is None:
            return is_alone
        # Estimates may be wrong; and other programs of the same account may take the room.
        return shard.tokens > ROOM * self.token_limit or (is_alone and rejections % 3 == 0)

    def _learn_limit(self, faults: Sequence[Fault]) -> None:
        for fault in faults:
            if named := _LIMIT.search(fault.message):
                self.token_limit = max(int(named[1].replace(",", "")), 1)

    def _bear(self, error: ProviderError) -> None:
        """Wait for a server that fails for a while; the batches at it go on.

        Raises:
            ProviderError: ``error``, if it is no passing one, or has lasted for long.
        """
        now = time.monotonic()
        self._down_since = self._down_since or now
        if not error.retryable or now - self._down_since > OUTAGE_SECONDS:
            raise error
        self.pause = max(error.retry_after or 0.0, self._seconds)
        _LOG.warning("the batches are looked after again in %.0f s: %s", self.pause, error)


def _is_about_room(fault: Fault) -> bool:
    return fault.code == "token_limit_exceeded" or bool(_NO_ROOM.search(fault.message))
