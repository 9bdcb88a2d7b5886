"""Run the command line with ``python -m communique``."""

from __future__ import annotations

from communique.cli import main

__all__: list[str] = []

if __name__ == "__main__":
    main()
