"""A batch by way of the provider's batch API."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from communique.batching.archive import run_task
from communique.batching.batch_report import BatchReport
from communique.batching.estimate import BatchEstimate, estimate_task
from communique.batching.run_folder import batches_folder_of
from communique.batching.task import Task
from communique.errors import SettingsError
from communique.models.prices import at_batch_price
from communique.provider_batch import ProviderBatch, Status
from communique.provider_batch.suited import check_suited
from communique.summarizer import Summarizer

__all__ = ["ByProvider", "estimate_by_provider", "open_provider_batch", "run_by_provider"]


@dataclass(frozen=True, slots=True)
class ByProvider:
    """How batches are asked for.

    Attributes:
        window: the time in which the server is to answer, such as ``24h``.
        poll_seconds: the longest pause between two looks at the batches.
        on_status: called whenever the batches have been looked at.
    """

    window: str = "24h"
    poll_seconds: float = 60.0
    on_status: Callable[[Status], None] | None = None


def open_provider_batch(task: Task, summarizer: Summarizer, how: ByProvider) -> ProviderBatch:
    """Return the batches of a task, whose state is in the folder beside its output.

    Raises:
        SettingsError: the model or the prompt does not suit; the message says why.
    """
    if task.output is None:
        raise SettingsError("--output: name the file for the outcomes")
    return ProviderBatch(
        summarizer,
        batches_folder_of(task.output),
        window=how.window,
        poll_seconds=how.poll_seconds,
        concurrency=task.concurrency,
        on_status=how.on_status,
    )


def estimate_by_provider(task: Task, summarizer: Summarizer) -> BatchEstimate:
    """Return what `estimate_task` does, at the price of batches.

    Raises:
        SettingsError: the model or the prompt does not suit; the message says why.
    """
    check_suited(summarizer)
    estimate = estimate_task(task, summarizer)
    return replace(estimate, usage=at_batch_price(estimate.usage))


def run_by_provider(
    task: Task, summarizer: Summarizer, batches: ProviderBatch | None
) -> BatchReport:
    """Do what `run_task` does, by way of batches unless there are none.

    Their state is deleted once all rows have their outcomes in the output.
    """
    if batches is None:
        return run_task(task, summarizer)
    stop = threading.Event()
    report = run_task(task, summarizer, partial(batches.outcomes, stop=stop), stop)
    if report.stopped is None:
        batches.clear()
    return report
