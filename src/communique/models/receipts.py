"""Records of what servers sent (text, tokens, time), tolerant of deviations from the protocol."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from communique.models.base import Answer, ReplyT
from communique.summary import Usage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openai.types.chat import ChatCompletion, ChatCompletionChunk

    from communique.errors import CommuniqueError

__all__ = [
    "Receipt",
    "Tally",
    "Transcript",
    "ran_out_thinking",
    "sum_seconds",
    "text_of",
    "to_receipt",
]


@dataclass(frozen=True, slots=True)
class Receipt:
    """The record of one answered request, whether or not the answer can be used.

    Attributes:
        raw: the model's text, unchanged.
        model: the model's name as reported by its server.
        usage: tokens, calls and cost.
        seconds: wall-clock time of the request.
        model_seconds: computing time reported by the server, or None if it reports none.
        logprobs: each token of ``raw`` with its log-probability, in order; may be empty.
        finish_reason: why the model stopped, as named by the protocol, or None if unknown.
        ran_out_thinking: whether hidden thinking took the tokens that the answer needed.
    """

    raw: str
    model: str
    usage: Usage
    seconds: float = 0.0
    model_seconds: float | None = None
    logprobs: tuple[tuple[str, float], ...] = ()
    finish_reason: str | None = None
    ran_out_thinking: bool = False


@dataclass(slots=True)
class Tally:
    """The record of all attempts at one question, which outlives failed attempts."""

    receipts: list[Receipt] = field(default_factory=list[Receipt])
    attempts: int = 0

    @property
    def usage(self) -> Usage:
        """The total usage of all answered requests."""
        return sum((receipt.usage for receipt in self.receipts), Usage())

    @property
    def model_seconds(self) -> float | None:
        """The total computing time of all answered requests, or None if any is unknown."""
        return sum_seconds([receipt.model_seconds for receipt in self.receipts])

    @property
    def raw_replies(self) -> tuple[str, ...]:
        """The model's texts, in order."""
        return tuple(receipt.raw for receipt in self.receipts)

    def attach(self, error: CommuniqueError) -> None:
        """Attach to an error what was received for the question before it."""
        error.raw_replies = self.raw_replies
        error.usage = self.usage if self.receipts else None
        error.attempts = self.attempts

    def answer(self, reply: ReplyT) -> Answer[ReplyT]:
        """Return the answer of the last request, with the totals of all attempts."""
        last = self.receipts[-1]
        return Answer(
            reply,
            last.raw,
            last.model,
            usage=self.usage,
            seconds=last.seconds,
            model_seconds=self.model_seconds,
            logprobs=last.logprobs,
            finish_reason=last.finish_reason,
            attempts=self.attempts,
            unusable=self.raw_replies[:-1],
        )


def sum_seconds(parts: Sequence[float | None]) -> float | None:
    """Return the sum, or None if there are no parts or any is unknown."""
    known = [part for part in parts if part is not None]
    return sum(known) if known and len(known) == len(parts) else None


def to_receipt(completion: ChatCompletion, seconds: float, asked_model: str) -> Receipt:
    """Return the record of an answered request. Never fails: malformed values count as missing.

    Everything is copied immediately: instructor changes ``completion.usage`` afterwards.
    """
    usage: Any = getattr(completion, "usage", None)
    details: Any = getattr(usage, "prompt_tokens_details", None)
    model: Any = getattr(completion, "model", None)
    return Receipt(
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
        ran_out_thinking=ran_out_thinking(completion),
    )


def text_of(completion: ChatCompletion) -> str:
    """Return the model's text, or the arguments of its tool call; empty if there is no answer."""
    choices: Any = getattr(completion, "choices", None)
    message: Any = getattr(choices[0], "message", None) if choices else None
    content: Any = getattr(message, "content", None)
    if not content and (calls := getattr(message, "tool_calls", None)):
        content = getattr(getattr(calls[0], "function", None), "arguments", None)
    return content if isinstance(content, str) else ""


def ran_out_thinking(completion: ChatCompletion) -> bool:
    """Return whether the answer was cut off, and hidden thinking took tokens that it needed."""
    if _finish_reason(completion) != "length":
        return False
    usage: Any = getattr(completion, "usage", None)
    details: Any = getattr(usage, "completion_tokens_details", None)
    text = text_of(completion).strip()
    thought = _count(getattr(details, "reasoning_tokens", None)) > 0
    return thought or not text or text.startswith("<think")


class Transcript:
    """The chunks of a streamed answer, put together.

    Attributes:
        begun: whether any chunk was received.
    """

    def __init__(self) -> None:
        self.begun = False
        self._content: list[str] = []
        self._refusal: list[str] = []
        self._finish: str = "stop"
        self._logprobs: list[Any] = []
        self._fields: dict[str, Any] = {}

    def add(self, chunk: ChatCompletionChunk) -> str:
        """Add the next chunk and return its text."""
        self.begun = True
        for name in ("model", "usage", "timings"):
            value: Any = getattr(chunk, name, None)
            if value:
                self._fields[name] = value
        before = len(self._content)
        for choice in getattr(chunk, "choices", None) or ():
            delta: Any = getattr(choice, "delta", None)
            self._content.append(getattr(delta, "content", None) or "")
            self._refusal.append(getattr(delta, "refusal", None) or "")
            self._finish = choice.finish_reason or self._finish
            self._logprobs += _tokens_of(choice)
        return "".join(self._content[before:])

    @property
    def text(self) -> str:
        """The model's text so far."""
        return "".join(self._content)

    def completion(self) -> ChatCompletion:
        """Return the chunks so far as a completion that was not streamed."""
        from openai.types.chat import ChatCompletion

        message = {
            "role": "assistant",
            "content": self.text,
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
    """Return the computing time that llama-server reports."""
    if not isinstance(timings, dict):
        return None
    values: list[object] = [timings.get(name) for name in ("prompt_ms", "predicted_ms")]  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    spent = [v for v in values if isinstance(v, int | float) and math.isfinite(v) and v >= 0]
    return sum(spent) / 1000 if spent else None
