"""The state folder: all shards of a run, which survive the end of the program at any point."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Generator, Mapping
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

from communique._internal.disk import disk_errors
from communique._internal.files import is_open_to_others, make_folder, read_regular, replace
from communique._internal.process_lock import Lock
from communique.errors import SettingsError
from communique.provider_batch.shard_writer import Most, ShardWriter
from communique.provider_batch.shards import Shard

__all__ = ["Store"]

_RUN = "run.json"
_LOCK = "lock"
_MOST_BYTES = 1_000_000
_NAME = re.compile(r"[0-9]{6}")


class Store:
    """The shards in a state folder.

    Args:
        root: the folder; it is created if necessary.

    Attributes:
        shards: the shards, in order, while the folder is open.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.shards: list[Shard] = []

    @contextmanager
    def open(self, asked: Mapping[str, object]) -> Generator[None]:
        """Use the folder, alone, during the ``with`` block.

        Args:
            asked: what decides the answers, such as model and prompt.

        Raises:
            SettingsError: the folder can't be used, another process uses it, or it belongs to a
                run that asked something else.
        """
        with disk_errors(self.root, "used"):
            if not self.root.exists():
                make_folder(self.root.parent)
                self.root.mkdir(mode=0o700)
            names = {path.name for path in self.root.iterdir()}
        self._check(names)
        with _alone(self.root):
            self._check_asked(asked)
            self._load()
            yield

    def new_writer(self, most: Most) -> ShardWriter:
        """Return a writer of another shard."""
        return ShardWriter(self._new_folder(), most)

    def add(self, shard: Shard) -> None:
        """Add a shard that has been written."""
        self.shards.append(shard)

    def split(self, shard: Shard, tokens: int) -> None:
        """Replace a shard whose batch does not exist by parts of at most so many tokens.

        Until the shard is marked as split, its parts don't count.
        """
        parts: list[Shard] = []
        most = Most(max(shard.state.requests - 1, 1), shard.state.size, tokens)
        writer: ShardWriter | None = None
        for row in shard.rows():
            if writer is not None and not writer.fits(row):
                parts.append(writer.seal())
                writer = None
            writer = writer or ShardWriter(self._new_folder(), most, shard.name)
            writer.add(row)
        if writer is not None:
            parts.append(writer.seal())
        for part in parts:
            part.wanted = {key: shard.wanted[key] for key in part.members.keys() & shard.wanted}
        shard.save(stage="split")
        place = self.shards.index(shard)
        self.shards[place : place + 1] = parts
        self._delete(shard.folder)

    def clear(self) -> None:
        """Delete the folder with all that is in it.

        Raises:
            SettingsError: another process uses it, or it can't be deleted.
        """
        if not self.root.exists():
            return
        self._check({path.name for path in self.root.iterdir()})
        with _alone(self.root):
            pass  # nobody else uses it; and Windows deletes no open file
        self._delete(self.root)

    def _check(self, names: set[str]) -> None:
        if names and not names & {_RUN, _LOCK}:
            raise SettingsError(
                f"{self.root} is no folder of provider batches, and not empty; name another one"
            )
        if (above := is_open_to_others(self.root)) is not None:
            raise SettingsError(
                f"{self.root} is not safe: any user can change {above}; name another folder"
            )

    def _check_asked(self, asked: Mapping[str, object]) -> None:
        path = self.root / _RUN
        with disk_errors(path, "used"):
            if not path.exists():
                replace(path, json.dumps(asked, ensure_ascii=False, indent=1))
                return
            raw = read_regular(path, _MOST_BYTES)
        try:
            before: Any = json.loads(raw)
            differing = [name for name in {**before, **asked} if before.get(name) != asked[name]]
        except (ValueError, TypeError, KeyError, AttributeError) as exc:
            raise SettingsError(f"{path} is damaged, or of another version: {exc!r}") from exc
        if differing:
            named = "; ".join(f"{n}: {before.get(n)!r} before, now {asked[n]!r}" for n in differing)
            raise SettingsError(
                f"the batches in {self.root} ask something else ({named}); run with the earlier "
                "settings to collect them, or name another folder"
            )

    def _load(self) -> None:
        folders = sorted(path for path in self.root.iterdir() if _NAME.fullmatch(path.name))
        loaded = {folder: Shard.load(folder) for folder in folders}
        stages = {f.name: shard.state.stage for f, shard in loaded.items() if shard is not None}
        self.shards = []
        for folder, shard in loaded.items():
            is_split = shard is not None and shard.state.stage == "split"
            # A part counts only if its whole does not.
            is_part = shard is not None and stages.get(shard.state.parent or "", "split") != "split"
            if shard is None or is_split or is_part:
                self._delete(folder)
            else:
                self.shards.append(shard)

    def _new_folder(self) -> Path:
        taken = [int(path.name) for path in self.root.iterdir() if _NAME.fullmatch(path.name)]
        return self.root / f"{max(taken, default=0) + 1:06}"

    def _delete(self, folder: Path) -> None:
        with disk_errors(folder, "deleted"):
            shutil.rmtree(folder)


@contextmanager
def _alone(root: Path) -> Generator[None]:
    with ExitStack() as stack:
        with disk_errors(root, "used"):
            try:
                stack.enter_context(closing(Lock(root / _LOCK)))
            except BlockingIOError as exc:
                raise SettingsError(
                    f"{root} is being used by another process; wait until it has ended"
                ) from exc
        yield
