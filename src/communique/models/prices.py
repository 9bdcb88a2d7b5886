"""The cost of an answer, by the user's own prices or those of genai-prices."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from communique.models.endpoint import Endpoint
    from communique.models.receipts import Receipt
    from communique.settings import Settings
    from communique.summary import Usage

__all__ = ["at_batch_price", "priced"]

BATCH_SHARE = 0.5
"""What an answer of a batch costs, as a share of the ordinary price."""


def priced(receipt: Receipt, endpoint: Endpoint, settings: Settings) -> Receipt:
    """Return the receipt with its cost, if known. Never fails and never uses the network.

    Prices come from the table that genai-prices was installed with: communique does not start
    its updates from the internet.
    """
    if settings.prices is not None and not endpoint.is_embedded:
        cost = _by_own_prices(receipt.usage, settings.prices)
    elif endpoint.price_list is not None:
        names = (receipt.model, endpoint.model)
        costs = (_by_table(receipt.usage, name, endpoint.price_list) for name in names)
        cost = next((cost for cost in costs if cost is not None), None)
    else:
        cost = None
    return replace(receipt, usage=receipt.usage.model_copy(update={"cost_usd": cost}))


def at_batch_price(usage: Usage) -> Usage:
    """Return the usage with the cost that it has in a batch."""
    if usage.cost_usd is None:
        return usage
    return usage.model_copy(update={"cost_usd": usage.cost_usd * BATCH_SHARE})


def _by_own_prices(usage: Usage, prices: tuple[float, float, float]) -> float:
    cached = min(usage.cached_input_tokens, usage.input_tokens)
    counts = (usage.input_tokens - cached, cached, usage.output_tokens)
    return sum(count * price for count, price in zip(counts, prices, strict=True)) / 1_000_000


def _by_table(usage: Usage, model: str, price_list: str) -> float | None:
    from genai_prices import Usage as Counts
    from genai_prices import calc_price

    counts = Counts(
        input_tokens=usage.input_tokens,
        cache_read_tokens=min(usage.cached_input_tokens, usage.input_tokens),
        output_tokens=usage.output_tokens,
    )
    try:
        return float(calc_price(counts, model, provider_id=price_list).total_price)
    except Exception:  # noqa: BLE001 its patterns meet whatever name a server gives its model
        return None  # not in the table, or priced by a unit that is not counted here
