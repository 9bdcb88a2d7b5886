"""Descriptions of what is wrong with a version's file, in the file's own terms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from communique._internal.validation import brief

if TYPE_CHECKING:
    from pydantic import ValidationError

__all__ = ["faults"]

_MOST = 10


def faults(exc: ValidationError) -> str:
    """Describe the first validation errors, each with its field's path; list items count from 1."""
    errors = exc.errors(include_url=False, include_context=False, include_input=False)
    return "; ".join(
        brief(f"field {_path(fault['loc'])}: {fault['msg']}" if fault["loc"] else fault["msg"])
        for fault in errors[:_MOST]
    )


def _path(steps: tuple[int | str, ...]) -> str:
    return ".".join(str(step + 1) if isinstance(step, int) else step for step in steps)
