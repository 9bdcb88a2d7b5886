"""Mapping of foreign errors (openai, httpx2, instructor, other SDKs) to communique's own.

All foreign errors are mapped here. Errors of SDKs that may not be installed are recognized by
the names of their classes and attributes.
"""

from __future__ import annotations

import re
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn, cast

from pydantic import ValidationError

from communique.errors import (
    ArticleError,
    AuthenticationFailed,
    CommuniqueError,
    InvalidReply,
    ModelNotAvailable,
    ProviderError,
    ProviderTimeout,
    ProviderUnavailable,
    RateLimited,
    RefusedReply,
    TruncatedReply,
)
from communique.models.pauses import retry_after
from communique.models.receipts import ran_out_thinking
from communique.models.secrets import scrub, scrub_exception
from communique.models.wording import (
    FILTERED,
    FILTERED_SAID,
    FORM_BROKEN,
    FORM_BROKEN_SAID,
    GRPC,
    LIMIT,
    NO_ARGUMENT,
    NO_FORMAT,
    NO_TOOLS,
    STATUS,
    TOO_LONG,
    UNRECOGNIZED,
    UNSUPPORTED,
)

if TYPE_CHECKING:
    from openai.types.chat import ChatCompletion

    from communique.models.endpoint import Endpoint
    from communique.settings import Settings

__all__ = ["UnsupportedOption", "check_error_object", "map_errors"]


class UnsupportedOption(ProviderError):
    """The model does not support an option of the request, such as ``temperature``.

    Attributes:
        option: the option's name.
    """

    option: str = ""


@contextmanager
def map_errors(
    endpoint: Endpoint,
    received: list[ChatCompletion],
    settings: Settings,
    others: tuple[type[Exception], ...] = (),
) -> Generator[None]:
    """Map errors of openai, httpx2, instructor and ``others`` to communique's own."""
    import httpx2
    from instructor.core.exceptions import IncompleteOutputException, InstructorError
    from openai import OpenAIError

    foreign = (
        IncompleteOutputException,
        ValidationError,
        InstructorError,
        OpenAIError,
        httpx2.HTTPError,
        httpx2.InvalidURL,
        httpx2.StreamError,
        *others,
    )
    try:
        yield
    except CommuniqueError:
        raise  # already one of communique's own
    except foreign as exc:
        scrub_exception(exc)
        if received:
            _raise_reply_error(exc, received[-1])
        cause = exc.__cause__ if isinstance(exc, InstructorError) and exc.__cause__ else exc
        _raise_provider_error(cause, endpoint, settings)


def _raise_reply_error(exc: Exception, completion: ChatCompletion) -> NoReturn:
    # Servers may send values of other types than the SDK declares.
    choice: Any = completion.choices[0] if completion.choices else None
    message: Any = getattr(choice, "message", None)
    if message is None:
        raise InvalidReply("the reply contains no answer (no choices, or no message)") from exc
    refusal = getattr(message, "refusal", None)
    if refusal or choice.finish_reason == "content_filter":
        said = scrub(str(refusal or "its content filter stopped the answer"))
        raise RefusedReply(f"the model declined to answer: {said}") from exc
    if choice.finish_reason == "length":
        raise TruncatedReply(_cut_off(completion)) from exc
    start = scrub(str(getattr(message, "content", None) or ""))[:200]
    raise InvalidReply(
        f"the answer does not have the requested form{_field(exc)}; it begins with {start!r}. "
        "The server may not support structured outputs (response_format json_schema), or the model "
        "is too small"
    ) from exc


def _cut_off(completion: ChatCompletion) -> str:
    if ran_out_thinking(completion):
        return (
            "the model's hidden thinking took the tokens of the answer; raise max_tokens "
            "(COMMUNIQUE_MAX_TOKENS), or let it think less (COMMUNIQUE_REASONING_EFFORT=low)"
        )
    return (
        "the answer was cut off at the token limit; raise max_tokens (COMMUNIQUE_MAX_TOKENS), or "
        "use a prompt whose strategy is conversation"
    )


def _field(exc: BaseException) -> str:
    """Describe the first field of an answer that breaks the form."""
    while exc.__cause__ is not None and not isinstance(exc, ValidationError):
        exc = exc.__cause__  # instructor's own error has pydantic's as its cause
    if not isinstance(exc, ValidationError):
        return ""
    first = exc.errors(include_url=False, include_input=False)[0]
    where = ".".join(map(str, first["loc"]))
    return f" ({where + ': ' if where else ''}{scrub(first['msg'])[:200]})"


def check_error_object(reply: object, endpoint: Endpoint) -> None:
    """Raise the error that a reply with HTTP status 200 contains instead of an answer.

    Gateways such as OpenRouter reply this way when the provider behind them fails.

    Args:
        reply: a completion, or a chunk of a streamed one.
        endpoint: the server that sent it, for messages.

    Raises:
        CommuniqueError: the reply contains an error; its class follows from the error's code.
    """
    choices: Any = getattr(reply, "choices", None)
    holders: list[object] = [reply]
    if isinstance(choices, list):
        holders += choices[:1]
    for holder in holders:
        if error := getattr(holder, "error", None):
            _raise_error_object(_as_detail(error), endpoint)
    if choices is None and (error := _error_without_name(reply)):
        _raise_error_object(error, endpoint)


def _as_detail(error: object) -> dict[str, Any]:
    return cast("dict[str, Any]", error) if isinstance(error, dict) else {"message": error}


def _error_without_name(reply: object) -> dict[str, Any] | None:
    """Return the error in a body without an answer: ``detail``, ``errors`` or ``message``."""
    body = cast("dict[str, Any]", getattr(reply, "model_extra", None) or {})
    said = next((body[name] for name in ("message", "detail", "errors") if body.get(name)), None)
    said = cast("list[object]", said)[0] if isinstance(said, list) else said
    return {**body, **_as_detail(said)} if said else None


def _raise_error_object(detail: dict[str, Any], endpoint: Endpoint) -> NoReturn:
    said = scrub(str(detail.get("message") or detail))[:500]
    cause = _ErrorObject(said, detail)
    scrub_exception(cause)
    where = endpoint.hint or endpoint.base_url or "OpenAI"
    status = _status_in(detail)
    if status is None and TOO_LONG.search(said):
        status = 400
    if status is not None:
        _raise_status_error(status, cause, said, endpoint, where)
    raise ProviderError(
        f"the server sent an error instead of an answer ({where}): {said}"
    ) from cause


class _ErrorObject(Exception):
    """An error sent as the body of a reply with HTTP status 200."""

    def __init__(self, said: str, body: dict[str, Any]) -> None:
        super().__init__(said)
        self.body = body


def _status_in(detail: dict[str, Any]) -> int | None:
    """Return the HTTP status that an error object names or implies, if any."""
    values = [str(detail.get(name)) for name in ("code", "status", "status_code")]
    found = next((int(value) for value in values if re.fullmatch("[45][0-9][0-9]", value)), None)
    if found is None:
        words = _codes(detail).casefold()
        found = next((status for name, status in STATUS.items() if name in words), None)
    return found


def _raise_provider_error(cause: BaseException, endpoint: Endpoint, settings: Settings) -> NoReturn:
    said = scrub(str(cause))
    where = endpoint.hint or endpoint.base_url or "OpenAI"
    if _is_timeout(cause):
        raise ProviderTimeout(
            f"no reply within {settings.timeout:g} seconds ({where}); raise COMMUNIQUE_TIMEOUT"
        ) from cause
    status = _status_of(cause)
    if status is None:  # an error sent as a chunk of a stream has none
        status = _status_in(_detail(cause))
    if status is not None:
        _raise_status_error(status, cause, said, endpoint, where)
    is_wrapped = _is_a(cause, "APIConnectionError")  # by openai's SDK and those modelled on it
    network = cause.__cause__ if is_wrapped else cause
    if is_wrapped or _is_network_error(network):
        error = ProviderUnavailable(
            f"the model's server can't be reached or closed the connection ({where}): "
            f"{scrub(str(network or said))}; check that it runs and that base_url is right"
        )
        # The SDK reports any underlying exception as a connection error; retry network errors only.
        error.retryable = _is_network_error(network)
        raise error from cause
    message = f"the model's server sent an unexpected response ({where}): {said}"
    if isinstance(cause, ImportError):  # instructor may need packages besides the SDK
        raise ModelNotAvailable(
            f"{endpoint.model} can't be asked: {said}; install the package:  "
            f"python -m pip install {cause.name}"
        ) from cause
    if isinstance(cause, TypeError) and (option := NO_ARGUMENT.search(said)):
        _raise_unsupported(message, option[1], cause)
    raise ProviderError(message) from cause


def _is_a(exc: BaseException | None, *names: str) -> bool:
    """Return whether an error's class or a base class has one of the names.

    The SDKs may not be installed, so their classes can't be imported.
    """
    return any(base.__name__ in names for base in type(exc).__mro__)


def _is_network_error(exc: BaseException | None) -> bool:
    # the HTTP libraries httpx2, httpx, aiohttp and requests, and botocore
    names = ("TransportError", "ConnectionError", "ClientConnectionError", "HTTPClientError")
    return isinstance(exc, OSError) or _is_a(exc, *names)


def _is_timeout(exc: BaseException) -> bool:
    # openai and SDKs modelled on it, httpx2 and httpx, requests, botocore, and Python itself
    names = ("APITimeoutError", "TimeoutException", "Timeout", "HTTPClientTimeout", "TimeoutError")
    return _is_a(exc, *names)


def _status_of(exc: BaseException) -> int | None:
    """Return the HTTP status of an SDK's error, under whatever name the SDK stores it."""
    response: Any = getattr(exc, "response", None)
    if isinstance(response, dict):  # botocore
        metadata: Any = cast("dict[str, Any]", response).get("ResponseMetadata")
        found: Any = metadata.get("HTTPStatusCode") if isinstance(metadata, dict) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    else:
        names = ("status_code", "code", "status")
        values: list[Any] = [getattr(holder, n, None) for holder in (exc, response) for n in names]
        found = next((v for v in values if isinstance(v, int) and 400 <= v < 600), None)
        if found is None and callable(code := getattr(exc, "code", None)):  # gRPC, as xAI's
            found = GRPC.get(getattr(code(), "name", ""))
    return found if isinstance(found, int) else None


def _raise_status_error(
    status: int, cause: BaseException, said: str, endpoint: Endpoint, where: str
) -> NoReturn:
    detail = _detail(cause)
    code = _codes(detail)
    _raise_if_about_the_reply(status, cause, detail, said)
    if status in {400, 413} and ("context" in code or TOO_LONG.search(said)):
        raise ArticleError(_too_long(detail, said)) from cause
    if status in {401, 403}:
        raise AuthenticationFailed(
            f"the server refused the key (HTTP {status}, {where}): {said}; check "
            f"COMMUNIQUE_API_KEY or {endpoint.key_variable}"
        ) from cause
    if status == 404:
        raise ModelNotAvailable(
            f"the server ({where}) has no model {endpoint.model!r}, or base_url lacks a path such "
            f"as /v1: {said}"
        ) from cause
    if status in {402, 429}:
        has_credit = status == 429 and "insufficient_quota" not in code
        wish = "the server asks to slow down" if has_credit else "no credit is left for this key"
        limited = RateLimited(f"{wish} ({where}): {said}")
        limited.retryable = has_credit
        limited.retry_after = retry_after(cause)
        raise limited from cause
    if status >= 500 or status in {408, 409}:
        unavailable = ProviderUnavailable(f"the server failed (HTTP {status}, {where}): {said}")
        unavailable.retry_after = retry_after(cause)
        raise unavailable from cause
    message = f"the server refused the request (HTTP {status}, {where}): {said}"
    if option := _refused_option(status, code, detail, said):
        _raise_unsupported(message, option, cause)
    raise ProviderError(message) from cause


def _refused_option(status: int, code: str, detail: dict[str, Any], said: str) -> str | None:
    """Return the option of the request that the server does not support, if it is that."""
    if "unsupported_" in code and isinstance(param := detail.get("param"), str):
        option = param.partition(".")[0].lower()
        # The user chose the effort; the message says which ones the model has.
        is_wrong_effort = option == "reasoning_effort" and "unsupported_value" in code
        return None if is_wrong_effort else option
    if status not in {400, 422}:
        return None
    if option := UNSUPPORTED.search(said) or UNRECOGNIZED.search(said):
        return option[1].lower()
    if NO_FORMAT.search(said):
        return "response_format"
    return "tools" if NO_TOOLS.search(said) else None


def _raise_if_about_the_reply(
    status: int, cause: BaseException, detail: dict[str, Any], said: str
) -> None:
    """Raise an error if the server rejected the question or the model's text, not the request."""
    code = _codes(detail)
    message = str(detail.get("message"))  # other parts of an error may repeat the article
    is_filtered = any(name in code for name in FILTERED) or FILTERED_SAID.search(message)
    if status < 500 and is_filtered:
        raise RefusedReply(f"the server's content filter refused the question: {said}") from cause
    is_broken = any(name in code for name in FORM_BROKEN) or FORM_BROKEN_SAID.search(message)
    if status in {400, 422} and is_broken:
        broken = InvalidReply(f"the model's text does not have the requested form: {said}")
        if isinstance(written := detail.get("failed_generation"), str):
            broken.raw_replies = (written,)
        raise broken from cause


def _detail(cause: BaseException) -> dict[str, Any]:
    """Return the error object in the body of a response, or an empty mapping."""
    body: object = getattr(cause, "body", None)
    detail = cast("dict[str, Any]", body) if isinstance(body, dict) else {}
    inner = detail.get("error")  # Anthropic's
    return cast("dict[str, Any]", inner) if isinstance(inner, dict) else detail


def _codes(detail: dict[str, Any]) -> str:
    """Return an error object's code and type, including nested ones (Azure)."""
    inner: Any = detail.get("innererror") or detail.get("inner_error") or {}
    holders = [detail, cast("dict[str, Any]", inner)] if isinstance(inner, dict) else [detail]
    return " ".join(str(h[n]) for h in holders for n in ("code", "type") if h.get(n))


def _raise_unsupported(message: str, option: str, cause: BaseException) -> NoReturn:
    unsupported = UnsupportedOption(message)
    unsupported.option = option
    raise unsupported from cause


def _too_long(detail: dict[str, Any], said: str) -> str:
    size = detail.get("n_prompt_tokens")
    named = LIMIT.search(said)
    limit = detail.get("n_ctx") or (int(named[1].replace(",", "")) if named else None)
    known = f"COMMUNIQUE_CONTEXT_TOKENS={limit}" if limit else "COMMUNIQUE_CONTEXT_TOKENS"
    numbers = f" ({size:,} tokens, at most {limit:,})" if limit and size else ""
    return (
        f"the article, with the prompt around it, is too long for the model{numbers}; set {known} "
        "to have it read in parts, or use a model with a larger context"
    )
