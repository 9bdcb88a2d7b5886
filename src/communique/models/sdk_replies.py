"""Conversion of any SDK's reply to a chat completion.

No SDK is imported here: fields are looked up by the names that the SDKs use.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from communique.models.values import count, first, get, items, line, text

if TYPE_CHECKING:
    from openai.types.chat import ChatCompletion

__all__ = ["as_completion"]

_MESSAGES = (
    ("choices", 0, "message"),  # OpenAI and SDKs modelled on it: Mistral, Groq, Cerebras, …
    ("candidates", 0, "content"),  # Google
    ("output", "message"),  # Amazon Bedrock
    ("message",),  # Cohere
    (),  # Anthropic, xAI
)
_FINISHES = (
    ("choices", 0, "finish_reason"),
    ("candidates", 0, "finish_reason"),
    ("stop_reason",),
    ("stopReason",),
    ("finish_reason",),
    ("prompt_feedback", "block_reason"),
)
_CUT_OFF = frozenset(
    {
        "length", "max_tokens", "max_len", "reason_max_len", "model_length",
        "model_context_window_exceeded",
    }
)  # fmt: skip
_DECLINED = frozenset(
    {
        "refusal", "content_filter", "content_filtered", "guardrail_intervened", "safety",
        "recitation", "blocklist", "prohibited_content", "spii", "error_toxic", "other",
    }
)  # fmt: skip
_USAGES = (("usage", "tokens"), ("usage",), ("usage_metadata",))
_INPUT = ("prompt_tokens", "input_tokens", "prompt_token_count", "inputTokens")
_OUTPUT = ("completion_tokens", "output_tokens", "candidates_token_count", "outputTokens")
_CACHED = (
    ("prompt_tokens_details", "cached_tokens"),
    ("prompt_cache_hit_tokens",),
    ("cached_content_token_count",),
    ("cache_read_input_tokens",),
    ("cacheReadInputTokens",),
)
# Anthropic and Bedrock do not include these in the input tokens; the others do.
_BESIDE_INPUT = (
    "cache_read_input_tokens", "cache_creation_input_tokens",
    "cacheReadInputTokens", "cacheWriteInputTokens",
)  # fmt: skip
_BESIDE_OUTPUT = ("thoughts_token_count",)  # Google
_THOUGHT = (("completion_tokens_details", "reasoning_tokens"), ("thoughts_token_count",))


def as_completion(reply: object) -> ChatCompletion:
    """Return a reply as OpenAI's SDK would. Never fails: malformed values count as missing."""
    from openai.types.chat import ChatCompletion

    message = first(reply, _MESSAGES)
    # Enumeration members are serialized as their values.
    finish = line(get(found := first(reply, _FINISHES), "value") or found or "").lower()
    reason = "length" if finish in _CUT_OFF else "stop"
    choice = {
        "index": 0,
        "finish_reason": "content_filter" if finish in _DECLINED else reason,
        "message": {
            "role": "assistant",
            "content": _content(message),
            "refusal": text(get(message, "refusal")) or None,
        },
    }
    return ChatCompletion.construct(
        id="",
        object="chat.completion",
        created=0,
        model=text(get(reply, "model")) or text(get(reply, "model_version")),
        choices=[choice],
        usage=_usage(reply),
    )


def _content(message: object) -> str:
    """Return the model's text: the arguments of its tool call, or else its message."""
    arguments = [_json(call) for call in _arguments(message)]
    if arguments:
        return "\n".join(arguments)
    blocks = _blocks(message)
    return "".join(text(block) or text(get(block, "text")) for block in blocks)


def _arguments(message: object) -> Iterator[object]:
    for call in items(get(message, "tool_calls")):
        yield get(call, "function", "arguments")
    for block in _blocks(message):
        paths = (("function_call", "args"), ("toolUse", "input"), ("input",))
        if not isinstance(block, str) and (found := first(block, paths)) is not None:
            yield found


def _blocks(message: object) -> list[object]:
    content = first(message, (("parts",), ("content",)))
    blocks = [content] if isinstance(content, str) else items(content)
    return [block for block in blocks if get(block, "thought") is not True]


def _json(value: object) -> str:
    try:
        return text(
            value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
        )
    except (ValueError, TypeError, RecursionError):  # keys, cycles, depths that JSON has not
        return ""


def _usage(reply: object) -> Any:
    from openai.types import CompletionUsage
    from openai.types.completion_usage import CompletionTokensDetails, PromptTokensDetails

    usage = first(reply, _USAGES)
    if usage is None:
        return None
    told = next((found for name in _INPUT if (found := count(get(usage, name)))), 0)
    written = next((found for name in _OUTPUT if (found := count(get(usage, name)))), 0)
    cached = next((found for path in _CACHED if (found := count(get(usage, *path)))), 0)
    told += sum(count(get(usage, name)) for name in _BESIDE_INPUT)
    written += sum(count(get(usage, name)) for name in _BESIDE_OUTPUT)
    thought = next((found for path in _THOUGHT if (found := count(get(usage, *path)))), 0)
    return CompletionUsage(
        prompt_tokens=told,
        completion_tokens=written,
        total_tokens=told + written,
        prompt_tokens_details=PromptTokensDetails(cached_tokens=cached),
        completion_tokens_details=CompletionTokensDetails(reasoning_tokens=thought),
    )
