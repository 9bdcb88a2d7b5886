"""Libraries that come with an extra, imported when a document needs them."""

from __future__ import annotations

import importlib
from typing import Any

from communique.errors import SettingsError

__all__ = ["load_library"]


def load_library(module: str, *, extra: str, what: str, instead: str) -> Any:
    """Return an imported module.

    Args:
        module: its name.
        extra: the extra of communique that installs it.
        what: what needs it, for the message.
        instead: what to do without it, for the message.

    Raises:
        SettingsError: it is not installed; the message says how to install it.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as exc:
        raise SettingsError(
            f"{what} needs {exc.name or module}: python -m pip install 'communique[{extra}]'; "
            f"or {instead}"
        ) from exc
