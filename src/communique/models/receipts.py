"""What came back for a request, counted: whatever servers make of the protocol's types."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from communique.models.base import Call
from communique.summary import Usage

if TYPE_CHECKING:
    from openai.types.chat import ChatCompletion, ChatCompletionChunk

__all__ = ["Transcript", "text_of", "to_call"]


def to_call(completion: ChatCompletion, seconds: float, asked_model: str) -> Call:
    """The record of an answered request. It never fails: what is odd counts as not said.

    Copied at once: instructor changes ``completion.usage`` afterwards.
    """
    usage: Any = getattr(completion, "usage", None)
    details: Any = getattr(usage, "prompt_tokens_details", None)
    model: Any = getattr(completion, "model", None)
    return Call(
        raw=text_of(completion),
        model=model if isinstance(model, str) and model else asked_model,
        usage=Usage(
            calls=1,
            input_tokens=_count(getattr(usage, "prompt_tokens", None)),
            output_tokens=_count(getattr(usage, "completion_tokens", None)),
            cached_input_tokens=_count(getattr(details, "cached_tokens", None)),
        ),
        seconds=seconds,
        model_seconds=_model_seconds(getattr(completion, "timings", None)),
        logprobs=_logprobs(completion),
        finish_reason=_finish_reason(completion),
    )


def text_of(completion: ChatCompletion) -> str:
    """What the model wrote; empty if the reply holds no answer."""
    choices: Any = getattr(completion, "choices", None)
    message: Any = getattr(choices[0], "message", None) if choices else None
    content: Any = getattr(message, "content", None)
    return content if isinstance(content, str) else ""


class Transcript:
    """A streamed answer, put together to the completion that it would have been.

    Attributes:
        begun: whether anything came.
    """

    def __init__(self) -> None:
        self.begun = False
        self._content: list[str] = []
        self._refusal: list[str] = []
        self._finish: str = "stop"
        self._logprobs: list[Any] = []
        self._fields: dict[str, Any] = {}

    def add(self, chunk: ChatCompletionChunk) -> None:
        """Take in the next piece."""
        self.begun = True
        for name in ("model", "usage", "timings"):
            value: Any = getattr(chunk, name, None)
            if value:
                self._fields[name] = value
        for choice in getattr(chunk, "choices", None) or ():
            delta: Any = getattr(choice, "delta", None)
            self._content.append(getattr(delta, "content", None) or "")
            self._refusal.append(getattr(delta, "refusal", None) or "")
            self._finish = choice.finish_reason or self._finish
            self._logprobs += _tokens_of(choice)

    def completion(self) -> ChatCompletion:
        """All that has come so far."""
        from openai.types.chat import ChatCompletion

        message = {
            "role": "assistant",
            "content": "".join(self._content),
            "refusal": "".join(self._refusal) or None,
        }
        choice: dict[str, Any] = {
            "index": 0,
            "finish_reason": self._finish,
            "message": message,
            "logprobs": {"content": self._logprobs} if self._logprobs else None,
        }
        return ChatCompletion.construct(
            id="", object="chat.completion", created=0, choices=[choice], **self._fields
        )


def _finish_reason(completion: ChatCompletion) -> str | None:
    choices: Any = getattr(completion, "choices", None)
    reason: Any = getattr(choices[0], "finish_reason", None) if choices else None
    return reason if isinstance(reason, str) else None


def _logprobs(completion: ChatCompletion) -> tuple[tuple[str, float], ...]:
    choices: Any = getattr(completion, "choices", None)
    tokens = _tokens_of(choices[0]) if choices else []
    pairs = [(getattr(t, "token", None), getattr(t, "logprob", None)) for t in tokens]
    if not all(isinstance(t, str) and isinstance(p, int | float) for t, p in pairs):
        return ()
    return tuple((str(token), float(logprob or 0)) for token, logprob in pairs)


def _tokens_of(choice: Any) -> list[Any]:
    tokens: Any = getattr(getattr(choice, "logprobs", None), "content", None)
    return list(tokens) if isinstance(tokens, list | tuple) else []  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]


def _count(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def _model_seconds(timings: object) -> float | None:
    """llama-server's own measure of its work."""
    if not isinstance(timings, dict):
        return None
    values: list[object] = [timings.get(name) for name in ("prompt_ms", "predicted_ms")]  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    spent = [v for v in values if isinstance(v, int | float) and math.isfinite(v) and v >= 0]
    return sum(spent) / 1000 if spent else None
