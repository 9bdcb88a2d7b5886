"""How far a batch has come."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from communique.summary import Usage

__all__ = ["BatchReport", "OnReport", "Stopped"]

Stopped = Literal["limit", "max_cost"]


@dataclass(frozen=True, slots=True)
class BatchReport:
    """How far a batch has come, or had come when it ended.

    Attributes:
        total: rows of the input, or None if it can be read only once and has not ended.
        summaries: summaries in the output.
        errors: how many failures there are in the output, by the name of their error; a row that
            can't be read is an ``ArticleError``.
        new: outcomes that this run has added.
        copied: those of them that were copied, since the same text occurs more than once.
        usage: tokens, calls and cost of this run.
        total_usage: the same for the output as a whole, and for failures that were tried again.
        seconds: wall-clock time of this run.
        stopped: what ended the run before the end of the input, or None.

    Examples:
        >>> import communique
        >>> from communique.testing import ScriptedModel
        >>> model = ScriptedModel(lambda _: {"gist": "Talks failed.", "statements": []})
        >>> texts = ["Talks failed.", "Talks failed.", ""]
        >>> report = communique.batch(texts, output="talks.jsonl", model=model, prompt="v1")
        >>> report.done, report.summaries, report.copied, report.errors
        (3, 2, 1, {'ArticleError': 1})
    """

    total: int | None
    summaries: int
    errors: Mapping[str, int]
    new: int = 0
    copied: int = 0
    usage: Usage = Usage()  # noqa: RUF009 it is frozen
    total_usage: Usage = Usage()  # noqa: RUF009 it is frozen
    seconds: float = 0.0
    stopped: Stopped | None = None

    @property
    def failures(self) -> int:
        """Failures in the output."""
        return sum(self.errors.values())

    @property
    def done(self) -> int:
        """Rows that have an outcome."""
        return self.summaries + self.failures

    @property
    def left(self) -> int | None:
        """Rows that have none yet, or None if their number is not known."""
        return None if self.total is None else self.total - self.done

    @property
    def per_minute(self) -> float:
        """Outcomes a minute in this run."""
        return 60 * self.new / self.seconds if self.seconds else 0.0

    @property
    def seconds_left(self) -> float | None:
        """Seconds that the rest takes at the speed so far, or None if that is not known."""
        if self.left is None or not self.per_minute:
            return None
        return 60 * self.left / self.per_minute


OnReport = Callable[[BatchReport], None]
"""Called after each outcome; must return quickly and never raise."""
