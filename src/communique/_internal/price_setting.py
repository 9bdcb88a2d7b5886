"""Validation of the setting ``prices``."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import cast

__all__ = ["check_prices"]


def check_prices(given: object) -> tuple[float, ...]:
    """Return three prices, given as such or as text with commas.

    Raises:
        ValueError: they are not three numbers of at least 0.
    """
    if isinstance(given, str):
        given = given.strip().removeprefix("[").removesuffix("]").split(",")
    items = [*cast("Sequence[object]", given)] if isinstance(given, list | tuple) else []
    try:
        prices = tuple(float(str(item)) for item in items if not isinstance(item, bool))
    except ValueError:
        prices = ()
    if len(items) != 3 or len(prices) != 3 or not all(0 <= price < math.inf for price in prices):
        raise ValueError(
            "must be three numbers, US dollars per million tokens of input, cached input and "
            "output, such as 0.4,0.1,1.6"
        )
    return prices
