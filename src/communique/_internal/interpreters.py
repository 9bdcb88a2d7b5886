"""A check that this is the main interpreter, which precedes all other imports."""

from __future__ import annotations

import importlib
from contextlib import suppress

__all__ = ["refuse_subinterpreters"]


def refuse_subinterpreters() -> None:
    """Check that this is the main interpreter: others may have no threads, or share none.

    Raises:
        ImportError: it is a subinterpreter.
    """
    for name in ("_interpreters", "_xxsubinterpreters"):  # Python 3.13, and before
        with suppress(ModuleNotFoundError):
            interpreters = importlib.import_module(name)
            if interpreters.get_current() != interpreters.get_main():
                raise ImportError(
                    "communique can't be used in a subinterpreter, whose threads do not outlive a "
                    "call; use it in the main interpreter, or in another process"
                )
            return
