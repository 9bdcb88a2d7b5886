"""Write to the terminal, whatever it can show."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["terminal"]


def terminal() -> Console:
    """Return standard output; without Unicode it shows what it can, and doesn't fail."""
    from rich.console import Console

    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure is not None:  # a program that replaced standard output may have none
        reconfigure(errors="replace")
    return Console()
