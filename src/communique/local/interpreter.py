"""The Python with which other processes are started."""

from __future__ import annotations

import sys

from communique._internal.interpreters import why_no_python
from communique.errors import ModelNotAvailable

__all__ = ["interpreter"]


def interpreter() -> str:
    """Return the path of the running Python.

    Raises:
        ModelNotAvailable: this is a frozen program (PyInstaller, Nuitka, py2app), whose executable
            is the program itself, or an interpreter inside of another program.
    """
    what = why_no_python()
    if what is None:
        return sys.executable
    raise ModelNotAvailable(
        f"the embedded model can't be started, since {what}. Run `communique model serve` beside "
        "it, and use openai/… with the base_url and key that it shows"
    )
