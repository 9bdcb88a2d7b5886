"""Archives: many articles from a file or a folder, with their outcomes in a file."""

from __future__ import annotations

from communique.batching.archive import batch, estimate_batch
from communique.batching.estimate import BatchEstimate
from communique.batching.outcome_lines import read_outcomes
from communique.batching.report import BatchReport

__all__ = ["BatchEstimate", "BatchReport", "batch", "estimate_batch", "read_outcomes"]
