"""Mapping of foreign errors (openai, httpx2, instructor, other SDKs) to communique's own.

All foreign errors are mapped here. Errors of SDKs that may not be installed are recognized by
the names of their classes and attributes.
"""

from __future__ import annotations

import re
from collections.abc import Generator
from contextlib import contextmanager, suppress
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
from communique.models.values import count, get, items, line, text
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

_RECOGNISED = 4_000
"""Most characters of a server's words in which codes and known wordings are looked for."""


class UnsupportedOption(ProviderError):
    """The model does not support an option of the request, such as ``temperature``.

    Attributes:
        option: the option's name.
    """

    option: str = ""


@contextmanager
def map_errors(
    endpoint: Endpoint, received: list[ChatCompletion], settings: Settings
) -> Generator[None]:
    """Map any error to communique's own.

    What happens inside depends on what a server sent. The SDKs, and Python itself, raise errors
    of all classes for a body that violates the protocol.

    Args:
        endpoint: the server, for messages.
        received: the answers so far; if there are any, the last one is to blame.
        settings: the time-out, for messages.
    """
    try:
        yield
    except CommuniqueError:
        raise  # already one of communique's own
    except Exception as exc:  # noqa: BLE001 see above
        try:
            _raise_mapped(exc, received, endpoint, settings)
        except CommuniqueError:
            raise
        except Exception as odd:
            with suppress(Exception):
                scrub_exception(odd)
            raise ProviderError(
                f"the model's server sent what can't be read ({_place(endpoint)})"
            ) from odd


def _raise_mapped(
    exc: Exception, received: list[ChatCompletion], endpoint: Endpoint, settings: Settings
) -> NoReturn:
    scrub_exception(exc)
    if received:
        _raise_reply_error(exc, received[-1])
    cause = exc.__cause__ if _is_a(exc, "InstructorError") and exc.__cause__ else exc
    _raise_provider_error(cause, endpoint, settings)


def _place(endpoint: Endpoint) -> str:
    return endpoint.hint or endpoint.base_url or "OpenAI"


def _told(value: object) -> str:
    """Return a server's words on one line, as many as are needed to recognise what it says."""
    words = value if isinstance(value, str) else line(value, 4 * _RECOGNISED)
    return line(scrub(words), _RECOGNISED)


def _raise_reply_error(exc: Exception, completion: ChatCompletion) -> NoReturn:
    choice = get(completion, "choices", 0)
    message, reason = get(choice, "message"), get(choice, "finish_reason")
    if message is None:
        raise InvalidReply("the reply contains no answer (no choices, or no message)") from exc
    refusal = get(message, "refusal")
    if refusal or reason == "content_filter":
        said = line(_told(refusal or "its content filter stopped the answer"))
        raise RefusedReply(f"the model declined to answer: {said}") from exc
    if reason == "length":
        raise TruncatedReply(_cut_off(completion)) from exc
    start = line(scrub(text(get(message, "content"))), 200)
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
    where = line(".".join(map(str, first["loc"])), 100)
    return f" ({where + ': ' if where else ''}{line(scrub(first['msg']), 200)})"


def check_error_object(reply: object, endpoint: Endpoint) -> None:
    """Raise the error that a reply with HTTP status 200 contains instead of an answer.

    Gateways such as OpenRouter reply this way when the provider behind them fails.

    Args:
        reply: a completion, or a chunk of a streamed one.
        endpoint: the server that sent it, for messages.

    Raises:
        CommuniqueError: the reply contains an error; its class follows from the error's code.
    """
    choices = get(reply, "choices")
    for holder in (reply, *items(choices)[:1]):
        if error := get(holder, "error"):
            _raise_error_object(_as_detail(error), endpoint)
    if choices is None and (error := _error_without_name(reply)):
        _raise_error_object(error, endpoint)


def _as_detail(error: object) -> dict[str, Any]:
    return cast("dict[str, Any]", error) if isinstance(error, dict) else {"message": error}


def _error_without_name(reply: object) -> dict[str, Any] | None:
    """Return the error in a body without an answer: ``detail``, ``errors`` or ``message``."""
    body = cast("dict[str, Any]", get(reply, "model_extra") or {})
    said = next((body[name] for name in ("message", "detail", "errors") if body.get(name)), None)
    said = next(iter(items(said)), said)
    return {**body, **_as_detail(said)} if said else None


def _raise_error_object(detail: dict[str, Any], endpoint: Endpoint) -> NoReturn:
    told = _told(detail.get("message") or detail)
    cause = _ErrorObject(told, detail)
    scrub_exception(cause)
    where = _place(endpoint)
    status = _status_in(detail)
    if status is None and TOO_LONG.search(told):
        status = 400
    if status is not None:
        _raise_status_error(status, cause, told, endpoint, where)
    raise ProviderError(
        f"the server sent an error instead of an answer ({where}): {line(told)}"
    ) from cause


class _ErrorObject(Exception):
    """An error sent as the body of a reply with HTTP status 200."""

    def __init__(self, said: str, body: dict[str, Any]) -> None:
        super().__init__(said)
        self.body = body


def _status_in(detail: dict[str, Any]) -> int | None:
    """Return the HTTP status that an error object names or implies, if any."""
    values = [line(detail.get(name)) for name in ("code", "status", "status_code")]
    found = next((int(value) for value in values if re.fullmatch("[45][0-9][0-9]", value)), None)
    if found is None:
        words = _codes(detail).casefold()
        found = next((status for name, status in STATUS.items() if name in words), None)
    return found


def _raise_provider_error(cause: BaseException, endpoint: Endpoint, settings: Settings) -> NoReturn:
    told = _told(cause)
    said = line(told)
    where = _place(endpoint)
    if any(_is_a(error, *_NO_CONNECTION) for error in (cause, cause.__cause__)):
        raise ProviderUnavailable(
            f"the model's server did not accept a connection in time ({where}); check that it "
            "runs, that base_url is right, and that this machine is not overloaded"
        ) from cause
    if _is_timeout(cause):
        raise ProviderTimeout(
            f"no reply within {settings.timeout:g} seconds ({where}); raise COMMUNIQUE_TIMEOUT"
        ) from cause
    status = _status_of(cause)
    if status is None:  # an error sent as a chunk of a stream has none
        status = _status_in(_detail(cause))
    if status is not None:
        _raise_status_error(status, cause, told, endpoint, where)
    is_wrapped = _is_a(cause, "APIConnectionError")  # by openai's SDK and those modelled on it
    network = cause.__cause__ if is_wrapped else cause
    if isinstance(network, CommuniqueError):
        raise network  # by the transport
    if is_wrapped or _is_network_error(network):
        error = ProviderUnavailable(
            f"the model's server can't be reached or closed the connection ({where}): "
            f"{line(_told(network or told))}; check that it runs and that base_url is right"
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


# of httpx2 and httpx, requests, botocore, and aiohttp
_NO_CONNECTION = ("ConnectTimeout", "ConnectTimeoutError", "ConnectionTimeoutError")


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
    names = ("status_code", "code", "status")
    values = [get(holder, name) for holder in (exc, get(exc, "response")) for name in names]
    values.append(get(exc, "response", "ResponseMetadata", "HTTPStatusCode"))  # botocore
    found = next((v for v in values if isinstance(v, int) and 300 <= v < 600), None)
    if found is None and callable(code := get(exc, "code")):  # gRPC, as xAI's
        found = GRPC.get(text(get(code(), "name")))
    return found


def _raise_status_error(
    status: int, cause: BaseException, told: str, endpoint: Endpoint, where: str
) -> NoReturn:
    detail = _detail(cause)
    code, said = _codes(detail), line(told)
    _raise_if_about_the_reply(status, cause, detail, said)
    if status < 400:
        raise ProviderError(
            f"the server redirects the request (HTTP {status}, {where}), which is not followed, "
            f"since article and key are for this server only; check base_url: {said}"
        ) from cause
    if status in {400, 413} and ("context" in code or TOO_LONG.search(told)):
        raise ArticleError(_too_long(detail, told)) from cause
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
    if option := _refused_option(status, code, detail, told):
        _raise_unsupported(message, option, cause)
    raise ProviderError(message) from cause


def _refused_option(status: int, code: str, detail: dict[str, Any], told: str) -> str | None:
    """Return the option of the request that the server does not support, if it is that."""
    if "unsupported_" in code and isinstance(param := detail.get("param"), str):
        option = param.partition(".")[0].lower()
        # The user chose the effort; the message says which ones the model has.
        is_wrong_effort = option == "reasoning_effort" and "unsupported_value" in code
        return None if is_wrong_effort else option
    if status not in {400, 422}:
        return None
    if option := UNSUPPORTED.search(told) or UNRECOGNIZED.search(told):
        return option[1].lower()
    if NO_FORMAT.search(told):
        return "response_format"
    return "tools" if NO_TOOLS.search(told) else None


def _raise_if_about_the_reply(
    status: int, cause: BaseException, detail: dict[str, Any], said: str
) -> None:
    """Raise an error if the server rejected the question or the model's text, not the request."""
    code = _codes(detail)
    message = _told(detail.get("message"))  # other parts of an error may repeat the article
    is_filtered = any(name in code for name in FILTERED) or FILTERED_SAID.search(message)
    if status < 500 and is_filtered:
        raise RefusedReply(f"the server's content filter refused the question: {said}") from cause
    is_broken = any(name in code for name in FORM_BROKEN) or FORM_BROKEN_SAID.search(message)
    if status in {400, 422} and is_broken:
        broken = InvalidReply(f"the model's text does not have the requested form: {said}")
        if written := text(detail.get("failed_generation")):
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
    return " ".join(line(h[n]) for h in holders for n in ("code", "type") if h.get(n))


def _raise_unsupported(message: str, option: str, cause: BaseException) -> NoReturn:
    unsupported = UnsupportedOption(message)
    unsupported.option = option
    raise unsupported from cause


def _too_long(detail: dict[str, Any], told: str) -> str:
    size = count(detail.get("n_prompt_tokens"))
    named = LIMIT.search(told)
    limit = count(detail.get("n_ctx")) or (int(named[1].replace(",", "")) if named else 0)
    known = f"COMMUNIQUE_CONTEXT_TOKENS={limit}" if limit else "COMMUNIQUE_CONTEXT_TOKENS"
    numbers = f" ({size:,} tokens, at most {limit:,})" if limit and size else ""
    return (
        f"the article, with the prompt around it, is too long for the model{numbers}; set {known} "
        "to have it read in parts, or use a model with a larger context"
    )
