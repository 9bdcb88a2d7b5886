"""What an output holds already."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from communique.batching.budget import Budget
from communique.batching.ledger import Key, Ledger, key_of
from communique.batching.outcomes import OutcomeFile
from communique.batching.run_folder import RunFolder
from communique.errors import SettingsError
from communique.summary import Failure, Summary, Usage

__all__ = ["History", "drop_failures", "is_source", "paid", "read_history"]


@dataclass(slots=True)
class History:
    """The outcomes of an output.

    Attributes:
        summaries, failures: how many of each there are.
        usage: what they cost, copies and answers from the cache not counted.
        seconds: seconds of all summaries.
    """

    summaries: int = 0
    failures: int = 0
    usage: Usage = Usage()  # noqa: RUF009 it is frozen
    seconds: float = 0.0


def read_history(
    output: OutcomeFile,
    folder: RunFolder,
    ledger: Ledger,
    budget: Budget,
    told: tuple[str, ...],
    prompts: frozenset[str],
) -> History:
    """Read an output into a ledger.

    Args:
        output: the output, repaired.
        folder: its folder.
        ledger: takes each outcome.
        budget: learns what articles cost.
        told: see `key_of`.
        prompts: the hashes of the prompts that the summaries may be made with.

    Raises:
        SettingsError: a line is no outcome of this run.
    """
    history = History()
    for number, start, outcome in output.read():
        try:
            key = _add(outcome, start, ledger, told)
            usage = _usage(outcome)
            if key is not None:
                budget.learn(usage.cost_usd or 0.0, len(outcome["article"]["text"]))
            if "error" in outcome:
                history.failures += 1
            else:
                history.summaries += 1
                history.seconds += outcome["provenance"]["seconds"]
                if outcome["provenance"]["prompt_sha256"] not in prompts:
                    raise ValueError("it was made with another prompt")
        except (KeyError, TypeError, ValueError, ValidationError) as exc:
            raise SettingsError(
                f"{output.path}, line {number} does not belong there: {exc!r}; the file was "
                "changed: restore it, or choose another output"
            ) from exc
        history.usage += usage
    for outcome in _retried(folder):
        history.usage += _usage(outcome)
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


def is_source(error: str | None) -> bool:
    """Return whether an outcome holds for other articles of the same content.

    Args:
        error: the name of the failure's error, or None for a summary. An `ArticleError` may be
            about the id alone, and costs nothing to find again.
    """
    return error != "ArticleError"


def _add(
    outcome: dict[str, Any], start: int, ledger: Ledger, told: tuple[str, ...]
) -> Key | None:
    article: Any = outcome["article"]
    key = None if article is None else key_of(article, told)
    if ledger.find(outcome["index"]) is not None:
        raise ValueError(f"a second outcome of the row with index {outcome['index']}")
    ledger.add(outcome["index"], key, start, is_source=is_source(outcome.get("error")))
    return key


def _usage(outcome: dict[str, Any]) -> Usage:
    if "error" in outcome:
        return Usage.model_validate(outcome["usage"] or {})
    made = outcome["provenance"]
    return Usage.model_validate(made["usage"]) - Usage.model_validate(made.get("from_cache") or {})


def _retried(folder: RunFolder) -> Iterator[dict[str, Any]]:
    if folder.retried.exists():
        with folder.retried.open("rb") as file:
            yield from map(json.loads, file)
