"""Models are tested by themselves: no sentence encoder runs beside them."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _no_encoder(no_encoder: None) -> None:
    """Whatever is installed."""
