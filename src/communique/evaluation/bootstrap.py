"""Ratios of sums over articles, with 95 % intervals from resampled articles.

Each article contributes a numerator and a denominator, both whole numbers, so that the same
counts give exactly the same interval on every machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from communique.evaluation.matching import missing_extra

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import numpy.typing as npt

__all__ = ["RESAMPLES", "Estimate", "Ratio", "difference", "interval", "value_of"]

RESAMPLES = 10_000
"""Number of bootstrap resamples for an interval."""

SEED = 1

Ratio = tuple[int, int]
"""Numerator and denominator of one article."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95 % bootstrap interval; None where there is nothing to average.

    ``low`` and ``high`` are also None for a single article, which shows no spread.
    """

    value: float | None
    low: float | None
    high: float | None


def value_of(ratios: Sequence[Ratio]) -> float | None:
    """Return the sum of the numerators by that of the denominators; None if the latter is 0."""
    below = sum(ratio[1] for ratio in ratios)
    return sum(ratio[0] for ratio in ratios) / below if below else None


def interval(ratios: Sequence[Ratio]) -> Estimate:
    """Return the ratio over articles with its interval (percentiles).

    Resamples with nothing to average are ignored.

    Raises:
        SettingsError: numpy is not installed (extra ``eval``).
    """
    return Estimate(value_of(ratios), *_bounds(_draw(ratios)))


def difference(old: Sequence[Ratio], new: Sequence[Ratio]) -> Estimate:
    """Return new minus old, for the same articles in the same order, with its interval.

    Both use the same resamples (paired bootstrap).

    Raises:
        SettingsError: numpy is not installed (extra ``eval``).
    """
    before, after = value_of(old), value_of(new)
    value = None if before is None or after is None else after - before
    return Estimate(value, *_bounds(_draw(new) - _draw(old)))


def _draw(ratios: Sequence[Ratio]) -> npt.NDArray[np.float64]:
    """Return the ratio in every resample; NaN where there is nothing to average."""
    try:
        import numpy as np
    except ModuleNotFoundError as exc:
        raise missing_extra(exc) from exc
    if len(ratios) < 2:
        return np.full(RESAMPLES, np.nan)
    sums = _times_drawn(len(ratios)) @ np.array(ratios, dtype=np.int64)
    with np.errstate(invalid="ignore"):
        return sums[:, 0] / sums[:, 1]


@lru_cache(maxsize=8)
def _times_drawn(articles: int) -> npt.NDArray[np.int64]:
    """Return how often each article (column) is drawn in each resample (row)."""
    import numpy as np

    # The generator's raw output is the only stream that numpy guarantees to keep unchanged.
    # The modulo favours low numbers by less than 1 in 10**17.
    raw = np.random.PCG64(SEED).random_raw(RESAMPLES * articles) % np.uint64(articles)
    drawn = raw.astype(np.int64).reshape(RESAMPLES, articles)
    flat = drawn + articles * np.arange(RESAMPLES, dtype=np.int64)[:, np.newaxis]
    counts = np.bincount(flat.ravel(), minlength=RESAMPLES * articles)
    return counts.reshape(RESAMPLES, articles).astype(np.int64)


def _bounds(draws: npt.NDArray[np.float64]) -> tuple[float | None, float | None]:
    import numpy as np

    known = draws[~np.isnan(draws)]
    if not known.size:
        return None, None
    # No interpolation, whose rounding might differ between machines.
    low, high = np.percentile(known, [2.5, 97.5], method="inverted_cdf")
    return float(low), float(high)
