"""Errors of openai, httpx2 and instructor, mapped to this library's: here and nowhere else."""

from __future__ import annotations

import email.utils
import re
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn, cast

from pydantic import ValidationError

from communique.errors import (
    ArticleError,
    AuthenticationFailed,
    InvalidReply,
    ModelNotAvailable,
    ProviderError,
    ProviderTimeout,
    ProviderUnavailable,
    RateLimited,
    RefusedReply,
    TruncatedReply,
)
from communique.llm.secrets import scrub, scrub_exception

if TYPE_CHECKING:
    from openai.types.chat import ChatCompletion

    from communique.llm.endpoint import Endpoint
    from communique.settings import Settings

__all__ = ["UnsupportedOption", "map_errors"]

# How servers say it whose error has no code for it: vLLM, Ollama, LM Studio.
_TOO_LONG = re.compile(
    r"maximum context length|context (?:length|size|window) (?:of|is|exceeded)|exceeds? the "
    r"(?:model'?s? )?(?:available |maximum )?context|greater than the context length",
    re.IGNORECASE,
)
_LIMIT = re.compile(r"(?:maximum context length is|context (?:length|size|window) of) ([\d,]+)")


class UnsupportedOption(ProviderError):
    """The model does not know an option of the request, such as ``temperature``.

    Attributes:
        option: its name.
    """

    option: str = ""


@contextmanager
def map_errors(
    endpoint: Endpoint, received: list[ChatCompletion], settings: Settings
) -> Generator[None]:
    """Raise this library's errors for those of openai, httpx2 and instructor."""
    import httpx2  # noqa: PLC0415
    from instructor.core.exceptions import IncompleteOutputException, InstructorError  # noqa: PLC0415
    from openai import OpenAIError  # noqa: PLC0415

    foreign = (
        IncompleteOutputException,
        ValidationError,
        InstructorError,
        OpenAIError,
        httpx2.HTTPError,
        httpx2.InvalidURL,
        httpx2.StreamError,
    )
    try:
        yield
    except foreign as exc:
        scrub_exception(exc)
        if received:
            _raise_reply_error(exc, received[-1])
        cause = exc.__cause__ if isinstance(exc, InstructorError) and exc.__cause__ else exc
        _raise_provider_error(cause, endpoint, settings)


def _raise_reply_error(exc: Exception, completion: ChatCompletion) -> NoReturn:
    # What servers send need not have the types that the SDK promises.
    choice: Any = completion.choices[0] if completion.choices else None
    message: Any = getattr(choice, "message", None)
    if message is None:
        raise InvalidReply("the reply holds no answer (no choices, or no message)") from exc
    refusal = getattr(message, "refusal", None)
    if refusal or choice.finish_reason == "content_filter":
        said = scrub(str(refusal or "its content filter stopped the answer"))
        raise RefusedReply(f"the model declined to answer: {said}") from exc
    if choice.finish_reason == "length":
        raise TruncatedReply(
            "the answer was cut off at the token limit; raise max_tokens in the prompt's "
            "prompt.toml, or use a prompt whose strategy is sentencewise"
        ) from exc
    start = scrub(str(getattr(message, "content", None) or ""))[:200]
    raise InvalidReply(
        f"the answer is not of the form asked for; it begins with {start!r}. The server may not "
        "support structured outputs (response_format json_schema), or the model is too small"
    ) from exc


def _raise_provider_error(cause: BaseException, endpoint: Endpoint, settings: Settings) -> NoReturn:
    import openai  # noqa: PLC0415

    said = scrub(str(cause))
    where = endpoint.hint or endpoint.base_url or "OpenAI"
    if isinstance(cause, openai.APITimeoutError) or _is_timeout(cause):
        raise ProviderTimeout(
            f"no reply within {settings.timeout:g} seconds ({where}); raise COMMUNIQUE_TIMEOUT"
        ) from cause
    if isinstance(cause, openai.APIStatusError):
        _raise_status_error(cause, said, endpoint, where)
    network = cause.__cause__ if isinstance(cause, openai.APIConnectionError) else cause
    if isinstance(cause, openai.APIConnectionError) or _is_network_error(network):
        error = ProviderUnavailable(
            f"the model's server can't be reached or broke off ({where}): "
            f"{scrub(str(network or said))}; check that it runs and that base_url is right"
        )
        # The SDK calls any exception below it a connection error; only the network's pass.
        error.retryable = _is_network_error(network)
        raise error from cause
    raise ProviderError(
        f"the model's server sent something unexpected ({where}): {said}"
    ) from cause


def _is_network_error(exc: BaseException | None) -> bool:
    import httpx2  # noqa: PLC0415

    return isinstance(exc, httpx2.TransportError | OSError)


def _is_timeout(exc: BaseException) -> bool:
    import httpx2  # noqa: PLC0415

    return isinstance(exc, httpx2.TimeoutException)


def _raise_status_error(cause: Any, said: str, endpoint: Endpoint, where: str) -> NoReturn:
    status: int = cause.status_code
    body: object = cause.body
    detail = cast("dict[str, Any]", body) if isinstance(body, dict) else {}
    code = f"{detail.get('code') or ''} {detail.get('type') or ''}"
    if status in {400, 413} and ("context" in code or _TOO_LONG.search(said)):
        raise ArticleError(_too_long(detail, said)) from cause
    if status in {401, 403}:
        raise AuthenticationFailed(
            f"the server refused the key (HTTP {status}, {where}): {said}; check "
            "COMMUNIQUE_API_KEY or OPENAI_API_KEY"
        ) from cause
    if status == 404:
        raise ModelNotAvailable(
            f"the server ({where}) has no model {endpoint.model!r}, or base_url lacks a part such "
            f"as /v1: {said}"
        ) from cause
    if status == 429:
        limited = RateLimited(f"the server asks to slow down ({where}): {said}")
        limited.retryable = "insufficient_quota" not in code
        limited.retry_after = _retry_after(cause.response.headers.get("retry-after"))
        raise limited from cause
    if status >= 500 or status in {408, 409}:
        unavailable = ProviderUnavailable(f"the server failed (HTTP {status}, {where}): {said}")
        unavailable.retry_after = _retry_after(cause.response.headers.get("retry-after"))
        raise unavailable from cause
    message = f"the server refused the request (HTTP {status}, {where}): {said}"
    if "unsupported_" in code and isinstance(detail.get("param"), str):
        unsupported = UnsupportedOption(message)
        unsupported.option = detail["param"]
        raise unsupported from cause
    raise ProviderError(message) from cause


def _too_long(detail: dict[str, Any], said: str) -> str:
    size = detail.get("n_prompt_tokens")
    named = _LIMIT.search(said)
    limit = detail.get("n_ctx") or (int(named[1].replace(",", "")) if named else None)
    known = f"COMMUNIQUE_CONTEXT_TOKENS={limit}" if limit else "COMMUNIQUE_CONTEXT_TOKENS"
    numbers = f" ({size:,} tokens, at most {limit:,})" if limit and size else ""
    return (
        f"the article, with the prompt around it, is too long for the model{numbers}; set {known} "
        "to have it read in parts, or use a model with a larger context"
    )


def _retry_after(value: str | None) -> float | None:
    """Seconds from a ``Retry-After`` header, which holds seconds or a date (RFC 9110)."""
    if value is None:
        return None
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time.time())
    except ValueError:
        return None
