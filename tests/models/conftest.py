"""Models are tested by themselves: no sentence encoder runs beside them."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _no_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where llama-server is not installed: sentences are chosen by their words."""
    monkeypatch.setattr("communique.local.server.can_run", lambda: False)
