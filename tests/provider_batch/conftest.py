"""A server with a batch API, and a setting for runs against it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from provider_setting import Setting

from batch_server import BatchServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def server() -> Iterator[BatchServer]:
    with BatchServer() as server:
        yield server


@pytest.fixture
def setting(server: BatchServer, tmp_path: Path) -> Setting:
    return Setting(server, tmp_path / "batches")
