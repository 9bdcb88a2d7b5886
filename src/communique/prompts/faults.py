"""Descriptions of what is wrong with a version's file, in the file's own terms."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic import ValidationError

__all__ = ["faults"]


def faults(exc: ValidationError) -> str:
    """Describe all validation errors, each with its field's path; list items count from 1."""
    return "; ".join(
        f"field {_path(fault['loc'])}: {fault['msg']}" if fault["loc"] else fault["msg"]
        for fault in exc.errors(include_url=False, include_context=False, include_input=False)
    )


def _path(steps: tuple[int | str, ...]) -> str:
    return ".".join(str(step + 1) if isinstance(step, int) else step for step in steps)
