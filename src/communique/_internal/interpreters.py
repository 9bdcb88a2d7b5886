"""What kind of interpreter this is. The check for the main one precedes all other imports."""

from __future__ import annotations

import importlib
import sys
from contextlib import suppress

__all__ = ["refuse_subinterpreters", "why_no_python"]


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


def why_no_python() -> str | None:
    """Return why ``sys.executable`` is no Python to start another process with, or None if it is.

    In a frozen program (PyInstaller, Nuitka, py2app) it is the program itself.
    """
    if getattr(sys, "frozen", False) or "__compiled__" in vars(sys.modules.get("__main__", sys)):
        return f"this is a frozen program: sys.executable is {sys.executable!r}, which is no Python"
    if not sys.executable:
        return "Python runs inside of another program: sys.executable is empty"
    return None
