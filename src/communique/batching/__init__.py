"""Archives: many articles from a file or a folder, with their outcomes in a file."""

from __future__ import annotations

from communique.batching.archive import batch
from communique.batching.outcome_lines import read_outcomes
from communique.batching.report import BatchReport

__all__ = ["BatchReport", "batch", "read_outcomes"]
