"""Archives: many articles from a file or a folder, with their outcomes in a file."""

from __future__ import annotations

from communique.batching.archive import batch, estimate_batch
from communique.batching.batch_report import BatchReport
from communique.batching.estimate import BatchEstimate

__all__ = ["BatchEstimate", "BatchReport", "batch", "estimate_batch"]
