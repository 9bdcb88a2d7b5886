"""A console for standard output that adapts to what the terminal can show."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["terminal"]


def terminal() -> Console:
    """Return a console for standard output that replaces characters the terminal can't show."""
    from rich.console import Console

    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure is not None:  # a replacement of standard output may lack an encoding
        reconfigure(errors="replace")
    return Console()
