"""A copy of the shipped prompts that a test may change."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest


@pytest.fixture
def folder(tmp_path: Path, repository: Path) -> Path:
    copy = tmp_path / "prompts"
    shutil.copytree(repository / "prompts", copy, ignore=shutil.ignore_patterns("evaluations"))
    return copy
