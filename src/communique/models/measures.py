"""OpenTelemetry metrics by its conventions for generative AI: the duration and tokens of requests.

https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-metrics/. Only `tracing` uses this
module, and only if OpenTelemetry is installed.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from opentelemetry.metrics import Histogram

    from communique.models.receipts import Receipt

__all__ = ["count_tokens", "timed"]

# The conventions' own boundaries.
_SECONDS = tuple(0.01 * 2**n for n in range(14))
_TOKENS = tuple(4**n for n in range(14))


@contextmanager
def timed(where: Mapping[str, Any]) -> Generator[None]:
    """Record how long the request in the ``with`` block took, and which error ended it.

    Args:
        where: attributes that name operation, provider, model and server; None values are
            omitted.
    """
    started = time.perf_counter()
    attributes = dict(where)
    try:
        yield
    except BaseException as error:
        attributes["error.type"] = type(error).__qualname__
        raise
    finally:
        _durations().record(time.perf_counter() - started, _known(attributes))


def count_tokens(where: Mapping[str, Any], receipt: Receipt) -> None:
    """Record the tokens of an answered request, if its server reports them."""
    attributes = {**where, "gen_ai.response.model": receipt.model}
    for kind, tokens in (
        ("input", receipt.usage.input_tokens),
        ("output", receipt.usage.output_tokens),
    ):
        if tokens:
            _tokens().record(tokens, _known({**attributes, "gen_ai.token.type": kind}))


def _known(attributes: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in attributes.items() if value is not None}


@lru_cache(maxsize=1)
def _durations() -> Histogram:
    from opentelemetry.metrics import get_meter

    return get_meter("communique").create_histogram(
        "gen_ai.client.operation.duration",
        "s",
        "Duration of a request to a model",
        explicit_bucket_boundaries_advisory=_SECONDS,
    )


@lru_cache(maxsize=1)
def _tokens() -> Histogram:
    from opentelemetry.metrics import get_meter

    return get_meter("communique").create_histogram(
        "gen_ai.client.token.usage",
        "{token}",
        "Tokens of a request to a model, and of its answer",
        explicit_bucket_boundaries_advisory=_TOKENS,
    )
