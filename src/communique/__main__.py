"""``python -m communique``: the command line."""

from communique.cli import main

__all__: list[str] = []

if __name__ == "__main__":
    main()
