"""Requests to a server for vectors of texts."""

from __future__ import annotations

import math
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from communique.errors import ProviderError
from communique.models.failures import map_errors
from communique.models.receipts import Receipt, Tally
from communique.models.retrying import CHARACTERS_PER_TOKEN, with_retries
from communique.models.tracing import embedding_span
from communique.summary import Usage

if TYPE_CHECKING:
    from communique.models.base import Vectors
    from communique.models.client import Clients
    from communique.models.endpoint import Endpoint
    from communique.models.pace import PaceKeeper
    from communique.settings import Settings

__all__ = ["LONGEST_TEXT", "MOST_TEXTS", "SECONDS_HEADER", "Embedder"]

LONGEST_TEXT = 1000
"""Maximum number of characters of a text to embed: four bytes, so four tokens, each at most."""

MOST_TEXTS = 32
"""Maximum number of texts in one request."""

SECONDS_HEADER = "openai-processing-ms"
"""Response header in which OpenAI, and a cassette, report the processing time."""


@dataclass(frozen=True, slots=True)
class Embedder:
    """A client for vectors that sends up to `MOST_TEXTS` texts per request.

    Attributes:
        provider: name of the provider, for traces.
        clients: the clients to send requests with.
        pace: decides when a request may be sent.
        settings: attempts, deadline and timeout.
        is_free: whether usage is not counted, as for communique's own encoder.
    """

    provider: str
    clients: Clients
    pace: PaceKeeper
    settings: Settings
    is_free: bool = False

    async def vectors(
        self, texts: Sequence[str], where: Callable[[], Awaitable[Endpoint]]
    ) -> Vectors:
        """Return a vector for each text.

        Args:
            texts: the texts to embed; long ones are cut.
            where: returns the endpoint to ask; called for each attempt.

        Raises:
            ProviderError: no answer, or one that does not fit the texts.
        """
        tally = Tally()
        rows: list[list[float]] = []
        for start in range(0, len(texts), MOST_TEXTS):
            part = [text[:LONGEST_TEXT] for text in texts[start : start + MOST_TEXTS]]

            async def send(_: int, tally: Tally, part: list[str] = part) -> list[list[float]]:
                return await self._request(part, await where(), tally)

            found, _ = await with_retries(
                send,
                sum(map(len, part)) // CHARACTERS_PER_TOKEN,
                settings=self.settings,
                pace=self.pace.here(),
                tally=tally,
            )
            rows += found
        return tally.vectors(rows)

    async def _request(
        self, texts: list[str], endpoint: Endpoint, tally: Tally
    ) -> list[list[float]]:
        client = self.clients.get(endpoint)
        started = time.perf_counter()
        tally.attempts += 1
        with (
            embedding_span(self.provider, endpoint, tally),
            map_errors(endpoint, [], self.settings),
        ):
            response = await client.embeddings.with_raw_response.create(
                input=texts, model=endpoint.model
            )
            parsed: Any = response.parse()
            rows = sorted(parsed.data, key=lambda row: row.index)
            vectors: list[list[float]] = [list(map(float, row.embedding)) for row in rows]
            seconds = time.perf_counter() - started
            tally.receipts.append(
                Receipt(
                    raw=None,
                    model=str(parsed.model or endpoint.model),
                    usage=Usage() if self.is_free else Usage(calls=1, input_tokens=_tokens(parsed)),
                    seconds=seconds,
                    # Elapsed time is the fallback: the server does nothing else meanwhile.
                    model_seconds=_seconds(response.headers.get(SECONDS_HEADER), seconds),
                )
            )
        _check(vectors, len(texts))
        return vectors


def _check(vectors: list[list[float]], count: int) -> None:
    """Check that there is one vector per text, all finite and of equal length."""
    lengths = {len(vector) for vector in vectors}
    finite = all(math.isfinite(value) for vector in vectors for value in vector)
    if len(vectors) != count or len(lengths) != 1 or not finite:
        raise ProviderError(
            f"the server sent {len(vectors)} vectors of lengths {sorted(lengths)} for "
            f"{count} texts{'' if finite else ', with values that are no numbers'}"
        )


def _tokens(parsed: Any) -> int:
    count = getattr(getattr(parsed, "usage", None), "prompt_tokens", None)
    return count if isinstance(count, int) and count > 0 else 0


def _seconds(header: str | None, otherwise: float) -> float:
    try:
        found = float(header or "") / 1000
    except ValueError:
        return otherwise
    return found if math.isfinite(found) and found >= 0 else otherwise
