"""Libraries that come with an extra, imported when a document needs them."""

from __future__ import annotations

import importlib
from importlib.util import find_spec
from typing import Any

from communique.errors import SettingsError

__all__ = ["check_library", "load_library"]


def load_library(module: str, *, extra: str, what: str, instead: str) -> Any:
    """Return an imported module; see `check_library`."""
    check_library(module, extra=extra, what=what, instead=instead)
    return importlib.import_module(module)


def check_library(module: str, *, extra: str, what: str, instead: str) -> None:
    """Check that a module is installed, without importing it.

    Args:
        module: its name.
        extra: the extra of communique that installs it.
        what: what needs it, for the message.
        instead: what to do without it, for the message.

    Raises:
        SettingsError: it is not installed; the message says how to install it.
    """
    if find_spec(module) is None:
        raise SettingsError(
            f"{what} needs {module}: python -m pip install 'communique[{extra}]'; or {instead}"
        )
