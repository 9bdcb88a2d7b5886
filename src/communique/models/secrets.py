"""Removal of API keys from errors, logs and tracebacks."""

from __future__ import annotations

import logging
from typing import Any, cast

__all__ = ["guard_logs", "remember", "scrub", "scrub_exception"]

_SHORTEST_KEY = 8  # a shorter key is a placeholder, such as "none", "x" or "ollama"
# instructor, the SDKs that it supports, and their HTTP libraries
_LOGGERS = (
    "instructor", "openai", "httpx2", "httpcore2", "httpx", "httpcore", "aiohttp", "urllib3",
    "anthropic", "boto3", "botocore", "cerebras", "cohere", "google", "google_genai", "groq",
    "LiteLLM", "litellm", "mistralai", "writerai", "xai_sdk",
)  # fmt: skip
_keys: set[str] = set()


def remember(key: str) -> None:
    """Hide a key in `scrub` and the guarded logs from now on."""
    if len(key) >= _SHORTEST_KEY:
        _keys.add(key)


def scrub(text: str) -> str:
    """Return ``text`` with every remembered key replaced by asterisks."""
    for key in _keys:
        text = text.replace(key, "***")
    return text


def scrub_exception(error: BaseException | None) -> None:
    """Remove keys from another library's error and from its causes, in place.

    Servers may echo a key, and tracebacks show these errors as ``__cause__``.
    """
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        error.args = _scrubbed(error.args)
        for name, value in list(vars(error).items()):
            if (clean := _scrubbed(value)) != value:
                setattr(error, name, clean)
        error = error.__cause__ or error.__context__


def _scrubbed(value: Any) -> Any:
    """Return a text or collection of texts without keys, and any other value unchanged."""
    if isinstance(value, str):
        return scrub(value)
    if type(value) is dict:
        items = cast("dict[object, object]", value).items()
        return {key: _scrubbed(item) for key, item in items}
    if type(value) is list or type(value) is tuple:
        items = cast("list[object] | tuple[object, ...]", value)
        return type(items)(_scrubbed(item) for item in items)
    return value


class _Redaction(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        if (hidden := scrub(message)) != message:
            record.msg, record.args = hidden, ()
        if record.exc_info:
            scrub_exception(record.exc_info[1])
        return True


_REDACTION = _Redaction()
_NOWHERE = logging.NullHandler()
_guarded = 0  # number of loggers when they were last guarded


def guard_logs() -> None:
    """Hide keys in the logs of instructor, openai and their HTTP libraries, at every level.

    A filter applies to one logger and not to its children, so every existing logger gets one.
    instructor's messages about failed attempts ("Max retries exceeded") reach only configured
    handlers, not standard error: communique retries and logs by itself.
    """
    global _guarded  # noqa: PLW0603 loggers are global as well
    loggers = logging.root.manager.loggerDict
    if len(loggers) == _guarded:  # loggers are never removed, so no new ones
        return
    logging.getLogger("instructor").addHandler(_NOWHERE)
    for name in [name for name in loggers if name.partition(".")[0] in _LOGGERS]:
        logging.getLogger(name).addFilter(_REDACTION)  # adding the same filter twice has no effect
    _guarded = len(loggers)
