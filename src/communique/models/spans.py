"""What a request to a model looks like in a trace."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from communique._internal.telemetry import captures_content, messages_attribute, span

if TYPE_CHECKING:
    from communique.models.base import Ledger, Message
    from communique.models.endpoint import Endpoint
    from communique.prompts import Sampling

__all__ = ["embedding_span", "request_span"]


@contextmanager
def request_span(
    provider: str,
    endpoint: Endpoint,
    messages: Sequence[Message],
    sampling: Sampling,
    ledger: Ledger,
) -> Generator[None]:
    """A span around one request; what the ledger gains meanwhile is its answer."""
    calls_before = len(ledger.calls)
    with span(
        f"chat {endpoint.model}",
        {
            **_where("chat", provider, endpoint),
            "gen_ai.output.type": "json",
            "gen_ai.request.temperature": float(sampling.temperature),
            "gen_ai.request.max_tokens": sampling.max_tokens,
            "gen_ai.request.seed": sampling.seed,
        },
        is_request=True,
    ) as recorder:
        if captures_content():
            said = [(message["role"], message["content"]) for message in messages]
            recorder.add({"gen_ai.input.messages": messages_attribute(said)})
        try:
            yield
        finally:
            for call in ledger.calls[calls_before:]:
                recorder.add(
                    {
                        "gen_ai.response.model": call.model,
                        "gen_ai.response.finish_reasons": call.finish_reason
                        and [call.finish_reason],
                        "gen_ai.usage.input_tokens": call.usage.input_tokens,
                        "gen_ai.usage.output_tokens": call.usage.output_tokens,
                        "gen_ai.usage.cache_read.input_tokens": call.usage.cached_input_tokens,
                        "gen_ai.output.messages": messages_attribute([("assistant", call.raw)])
                        if captures_content() and call.raw is not None
                        else None,
                    }
                )


@contextmanager
def embedding_span(provider: str, endpoint: Endpoint, ledger: Ledger) -> Generator[None]:
    """A span around one request for vectors."""
    calls_before = len(ledger.calls)
    attributes = _where("embeddings", provider, endpoint)
    with span(f"embeddings {endpoint.model}", attributes, is_request=True) as recorder:
        try:
            yield
        finally:
            for call in ledger.calls[calls_before:]:
                recorder.add(
                    {
                        "gen_ai.response.model": call.model,
                        "gen_ai.usage.input_tokens": call.usage.input_tokens,
                    }
                )


def _where(operation: str, provider: str, endpoint: Endpoint) -> dict[str, str | int | None]:
    """What is asked of whom."""
    server = urlsplit(endpoint.base_url or "")
    return {
        "gen_ai.operation.name": operation,
        "gen_ai.provider.name": provider,
        "gen_ai.request.model": endpoint.model,
        "server.address": server.hostname,
        "server.port": server.port,
    }
