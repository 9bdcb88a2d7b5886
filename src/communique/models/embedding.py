"""One request for vectors, entered in the ledger."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from communique.errors import ProviderError
from communique.models.base import Call, Ledger
from communique.models.failures import map_errors
from communique.summary import Usage

if TYPE_CHECKING:
    from openai import AsyncOpenAI

    from communique.models.endpoint import Endpoint
    from communique.settings import Settings

__all__ = ["LONGEST_TEXT", "MOST_TEXTS", "SECONDS_HEADER", "request_vectors"]

LONGEST_TEXT = 1000
"""Characters of a text that are embedded: four bytes each, and so at most as many tokens."""

MOST_TEXTS = 32
"""Texts in one request."""

SECONDS_HEADER = "openai-processing-ms"
"""Response header by which OpenAI, and a cassette, say how long the server took."""


async def request_vectors(
    texts: Sequence[str],
    endpoint: Endpoint,
    client: AsyncOpenAI,
    settings: Settings,
    ledger: Ledger,
    *,
    is_counted: bool = True,
) -> list[list[float]]:
    """A vector for each of at most `MOST_TEXTS` texts.

    Args:
        texts: what to embed.
        endpoint: where to ask.
        client: for that endpoint.
        settings: for what errors say.
        ledger: gets the attempt and the call.
        is_counted: whether the tokens are the model's, which an encoder's are not.

    Raises:
        ProviderError: no answer, or one that does not fit the texts.
    """
    started = time.perf_counter()
    ledger.attempts += 1
    with map_errors(endpoint, [], settings, (ValueError, TypeError, AttributeError)):
        response = await client.embeddings.with_raw_response.create(
            input=[text[:LONGEST_TEXT] for text in texts], model=endpoint.model
        )
        parsed: Any = response.parse()
        rows = sorted(parsed.data, key=lambda row: row.index)
        vectors: list[list[float]] = [list(map(float, row.embedding)) for row in rows]
    seconds = time.perf_counter() - started
    ledger.calls.append(
        Call(
            raw=None,
            model=str(parsed.model or endpoint.model),
            usage=Usage(calls=1, input_tokens=_tokens(parsed)) if is_counted else Usage(),
            seconds=seconds,
            # Without the header it is what was waited: the server does nothing else meanwhile.
            model_seconds=_seconds(response.headers.get(SECONDS_HEADER), seconds),
        )
    )
    lengths = {len(vector) for vector in vectors}
    sound = all(math.isfinite(value) for vector in vectors for value in vector)
    if len(vectors) != len(texts) or len(lengths) != 1 or not sound:
        error = ProviderError(
            f"the server sent {len(vectors)} vectors of lengths {sorted(lengths)} for "
            f"{len(texts)} texts{'' if sound else ', with values that are no numbers'}"
        )
        ledger.attach(error)
        raise error
    return vectors


def _tokens(parsed: Any) -> int:
    count = getattr(getattr(parsed, "usage", None), "prompt_tokens", None)
    return count if isinstance(count, int) and count > 0 else 0


def _seconds(header: str | None, otherwise: float) -> float:
    try:
        found = float(header or "") / 1000
    except ValueError:
        return otherwise
    return found if math.isfinite(found) and found >= 0 else otherwise
