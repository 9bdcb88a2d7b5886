"""The setting of the cache: a switch, or the path of a file."""

from __future__ import annotations

from pathlib import Path

__all__ = ["check_cache"]

_SWITCH = {"true": True, "yes": True, "on": True, "1": True,
           "false": False, "no": False, "off": False, "0": False}  # fmt: skip


def check_cache(given: object) -> bool | Path:
    """Return whether answers are kept, or the file in which they are.

    Args:
        given: True, False, a word for either, as in a variable, or a path.

    Raises:
        ValueError: it is none of these.
    """
    if isinstance(given, bool):
        return given
    if not isinstance(given, str | Path) or not str(given).strip():
        raise ValueError(f"must be True, False or the path of a file, not {given!r}")
    return _SWITCH.get(str(given).strip().lower(), Path(given).expanduser())
