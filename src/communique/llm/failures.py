"""Errors of openai, httpx2 and instructor, mapped to this library's: here and nowhere else."""

from __future__ import annotations

import email.utils
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

if TYPE_CHECKING:
    from openai.types.chat import ChatCompletion

    from communique.llm.endpoint import Endpoint
    from communique.settings import Settings

__all__ = ["map_errors"]


@contextmanager
def map_errors(
    endpoint: Endpoint, received: list[ChatCompletion], settings: Settings
) -> Generator[None]:
    """Raise this library's errors for those of openai, httpx2 and instructor."""
    from instructor.core.exceptions import IncompleteOutputException, InstructorError  # noqa: PLC0415
    from openai import OpenAIError  # noqa: PLC0415

    try:
        yield
    except (IncompleteOutputException, ValidationError, InstructorError, OpenAIError) as exc:
        if received:
            _raise_reply_error(exc, received[-1])
        cause = exc.__cause__ if isinstance(exc, InstructorError) and exc.__cause__ else exc
        _raise_provider_error(cause, endpoint, settings)


def _raise_reply_error(exc: Exception, completion: ChatCompletion) -> NoReturn:
    if not completion.choices:
        raise InvalidReply("the reply holds no answer (no choices)") from exc
    choice = completion.choices[0]
    if choice.message.refusal or choice.finish_reason == "content_filter":
        said = choice.message.refusal or "its content filter stopped the answer"
        raise RefusedReply(f"the model declined to answer: {said}") from exc
    if choice.finish_reason == "length":
        raise TruncatedReply(
            "the answer was cut off at the token limit; raise max_tokens in the prompt's "
            "prompt.toml, or use a prompt whose strategy is sentencewise"
        ) from exc
    start = (choice.message.content or "")[:200]
    raise InvalidReply(
        f"the answer is not of the form asked for; it begins with {start!r}. The server may not "
        "support structured outputs (response_format json_schema), or the model is too small"
    ) from exc


def _raise_provider_error(cause: BaseException, endpoint: Endpoint, settings: Settings) -> NoReturn:
    import openai  # noqa: PLC0415

    said = str(cause).replace(endpoint.api_key, "***") if endpoint.api_key else str(cause)
    where = endpoint.hint or endpoint.base_url or "OpenAI"
    if isinstance(cause, openai.APITimeoutError):
        raise ProviderTimeout(
            f"no reply within {settings.timeout:g} seconds ({where}); raise COMMUNIQUE_TIMEOUT"
        ) from cause
    if isinstance(cause, openai.APIStatusError):
        _raise_status_error(cause, said, endpoint, where)
    if isinstance(cause, openai.APIConnectionError):
        error = ProviderUnavailable(
            f"the model's server can't be reached or broke off ({where}): "
            f"{cause.__cause__ or said}; check that it runs and that base_url is right"
        )
        # The SDK calls any exception below it a connection error; only the network's pass.
        error.retryable = _is_network_error(cause.__cause__)
        raise error from cause
    raise ProviderError(
        f"the model's server sent something unexpected ({where}): {said}"
    ) from cause


def _is_network_error(exc: BaseException | None) -> bool:
    import httpx2  # noqa: PLC0415

    return isinstance(exc, httpx2.TransportError | OSError)


def _raise_status_error(cause: Any, said: str, endpoint: Endpoint, where: str) -> NoReturn:
    status: int = cause.status_code
    body: object = cause.body
    detail = cast("dict[str, Any]", body) if isinstance(body, dict) else {}
    code = str(detail.get("code") or detail.get("type") or "")
    if "context" in f"{code} {detail.get('type') or ''}":
        limit = detail.get("n_ctx")
        size = detail.get("n_prompt_tokens")
        numbers = f" ({size:,} tokens, at most {limit:,})" if limit and size else ""
        raise ArticleError(
            f"the article, with the prompt around it, is too long for the model{numbers}; "
            "cut it into parts, or use a model with a larger context"
        ) from cause
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
        limited.retryable = code != "insufficient_quota"
        limited.retry_after = _retry_after(cause.response.headers.get("retry-after"))
        raise limited from cause
    if status >= 500 or status in {408, 409}:
        unavailable = ProviderUnavailable(f"the server failed (HTTP {status}, {where}): {said}")
        unavailable.retry_after = _retry_after(cause.response.headers.get("retry-after"))
        raise unavailable from cause
    raise ProviderError(
        f"the server refused the request (HTTP {status}, {where}): {said}"
    ) from cause


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
