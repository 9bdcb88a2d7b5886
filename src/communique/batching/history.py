"""What an output holds already."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from communique.batching.budget import Budget
from communique.batching.ledger import Ledger, key_of
from communique.batching.outcomes import OutcomeFile, read_outcome_lines
from communique.batching.run_folder import RunFolder
from communique.errors import SettingsError
from communique.summary import Failure, Summary, Usage

__all__ = [
    "History",
    "drop_failures",
    "is_source",
    "paid",
    "read_history",
    "read_retried",
    "worth",
]


@dataclass(slots=True)
class History:
    """The outcomes of an output.

    Attributes:
        summaries: how many summaries there are.
        errors: how many failures there are, by their error.
        usage: what was paid for them: without copies and answers from the cache.
        worth: what they take without a cache.
        seconds: seconds of all summaries together.
    """

    summaries: int = 0
    errors: Counter[str] = field(default_factory=Counter[str])
    usage: Usage = Usage()  # noqa: RUF009 it is frozen
    worth: Usage = Usage()  # noqa: RUF009 it is frozen
    seconds: float = 0.0

    def count(self, error: str | None, cost: Usage) -> None:
        """Add an outcome.

        Args:
            error: the failure's error, or None for a summary.
            cost: what was paid for it.
        """
        if error is None:
            self.summaries += 1
        else:
            self.errors[error] += 1
        self.usage += cost


def read_history(
    outcomes: Iterable[tuple[int, int, dict[str, Any]]],
    retried: Iterable[dict[str, Any]],
    *,
    told: tuple[str, ...],
    ledger: Ledger,
    budget: Budget,
) -> History:
    """Read an output into a ledger.

    Args:
        outcomes: its lines; see `read_outcome_lines`.
        retried: failures that were tried again.
        told: see `key_of`.
        ledger: takes each outcome.
        budget: learns what articles cost.

    Raises:
        SettingsError: a line is not what a batch wrote.
    """
    history = History()
    for number, start, outcome in outcomes:
        try:
            _add(outcome, start, told, ledger)
            worth = _worth(outcome)
            if outcome["article"] is not None:
                budget.learn(worth.cost_usd, len(outcome["article"]["text"]))
            history.count(outcome.get("error"), worth - _kept(outcome))
            history.worth += worth
            history.seconds += outcome.get("provenance", {"seconds": 0})["seconds"]
        except (KeyError, TypeError, ValueError) as exc:
            raise SettingsError(
                f"line {number} of the output is not what a batch wrote: {exc!r}; restore the "
                "file, or choose another output"
            ) from exc
    for outcome in retried:
        try:
            history.usage += _worth(outcome) - _kept(outcome)
        except (KeyError, TypeError, ValueError) as exc:
            raise SettingsError(
                f"a line of retried.jsonl is not what a batch wrote: {exc!r}; restore the file, or "
                "choose another output"
            ) from exc
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

    if not any("error" in each for _, _, each in output.read()):
        return 0
    kept = (output.read_at(start) for _, start, each in output.read() if "error" not in each)
    rewritten = folder.rewrite(kept)  # first, as there may be no room for it
    folder.keep_retried(failed())
    output.replace(rewritten)
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


def _worth(outcome: dict[str, Any]) -> Usage:
    made = outcome if "error" in outcome else outcome["provenance"]
    return Usage.model_validate(made["usage"] or {})


def _kept(outcome: dict[str, Any]) -> Usage:
    """Return the part of an outcome's usage that had been paid for before."""
    return Usage.model_validate(outcome.get("provenance", {}).get("from_cache") or {})


def read_retried(folder: RunFolder) -> Iterator[dict[str, Any]]:
    """Yield the failures that were tried again."""
    if folder.retried.exists():
        for _, _, outcome in read_outcome_lines(folder.retried):
            yield outcome
