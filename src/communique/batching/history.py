"""What an output holds already."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from communique.batching.budget import Budget
from communique.batching.ledger import Ledger, key_of
from communique.batching.outcomes import OutcomeFile
from communique.batching.run_folder import RunFolder
from communique.errors import SettingsError
from communique.summary import Failure, Summary, Usage

__all__ = ["History", "drop_failures", "is_source", "paid", "read_history", "worth"]


@dataclass(slots=True)
class History:
    """The outcomes of an output.

    Attributes:
        summaries, failures: how many of each there are.
        usage: what they cost, copies and answers from the cache not counted.
    """

    summaries: int = 0
    failures: int = 0
    usage: Usage = Usage()  # noqa: RUF009 it is frozen

    def count(self, *, is_failure: bool, cost: Usage) -> None:
        """Add an outcome, and what was paid for it."""
        if is_failure:
            self.failures += 1
        else:
            self.summaries += 1
        self.usage += cost


def read_history(
    output: OutcomeFile,
    folder: RunFolder,
    *,
    told: tuple[str, ...],
    ledger: Ledger,
    budget: Budget,
) -> History:
    """Read an output into a ledger.

    Args:
        output: the output, repaired.
        folder: its folder.
        told: see `key_of`.
        ledger: takes each outcome.
        budget: learns what articles cost.

    Raises:
        SettingsError: a line is no outcome of a batch.
    """
    history = History()
    for number, start, outcome in output.read():
        try:
            _add(outcome, start, told, ledger)
            if outcome["article"] is not None:
                budget.learn(_usage_of(outcome)["cost_usd"], len(outcome["article"]["text"]))
            history.count(is_failure="error" in outcome, cost=_paid_for(outcome))
        except (KeyError, TypeError, ValueError) as exc:
            raise SettingsError(
                f"{output.path}, line {number} is not what a batch wrote: {exc!r}; restore the "
                "file, or choose another output"
            ) from exc
    for outcome in _retried(folder):
        history.usage += _paid_for(outcome)
    budget.spend(history.usage.cost_usd or 0.0)
    return history


def drop_failures(output: OutcomeFile, folder: RunFolder) -> int:
    """Remove the failures from an output, keep them in its folder, and return their number.

    Raises:
        SettingsError: a file can't be written; then the output is as before.
    """
    count = 0

    def failed() -> Iterator[bytes]:
        nonlocal count
        for _, start, outcome in output.read():
            if "error" in outcome:
                count += 1
                yield output.read_at(start)

    folder.keep_retried(failed())
    if count:
        kept = (output.read_at(start) for _, start, each in output.read() if "error" not in each)
        output.replace(folder.rewrite(kept))
    return count


def paid(outcome: Summary | Failure) -> Usage:
    """Return what an outcome cost, without what had been paid for before."""
    if isinstance(outcome, Failure):
        return outcome.usage or Usage()
    return outcome.provenance.paid


def worth(outcome: Summary | Failure) -> float | None:
    """Return what an outcome costs without a cache in US dollars, or None if that is not known."""
    usage = outcome.usage if isinstance(outcome, Failure) else outcome.provenance.usage
    return usage and usage.cost_usd


def is_source(error: str | None) -> bool:
    """Return whether an outcome holds for other articles of the same content.

    Args:
        error: the name of the failure's error, or None for a summary. An `ArticleError` may be
            about the id alone, and costs nothing to find again.
    """
    return error != "ArticleError"


def _add(outcome: dict[str, Any], start: int, told: tuple[str, ...], ledger: Ledger) -> None:
    if ledger.find(outcome["index"]) is not None:
        raise ValueError(f"a second outcome with the index {outcome['index']}")
    key = None if outcome["article"] is None else key_of(outcome["article"], told)
    ledger.add(outcome["index"], key, start, is_source=is_source(outcome.get("error")))


def _usage_of(outcome: dict[str, Any]) -> dict[str, Any]:
    """Return the usage in an outcome's JSON; without any, its cost is unknown."""
    made = outcome if "error" in outcome else outcome["provenance"]
    return made["usage"] or {"cost_usd": None}


def _paid_for(outcome: dict[str, Any]) -> Usage:
    made: dict[str, Any] = outcome.get("provenance", {})
    kept = Usage.model_validate(made.get("from_cache") or {})
    return Usage.model_validate(_usage_of(outcome)) - kept


def _retried(folder: RunFolder) -> Iterator[dict[str, Any]]:
    if folder.retried.exists():
        with folder.retried.open("rb") as file:
            yield from map(json.loads, file)
