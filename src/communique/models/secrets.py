"""Keys stay out of errors, logs and tracebacks."""

from __future__ import annotations

import logging
from typing import Any, cast

__all__ = ["guard_logs", "remember", "scrub", "scrub_exception"]

_SHORTEST_KEY = 8  # below that it is a placeholder, such as "none", "x" or "ollama"
# instructor and the SDKs it knows, and what they send with
_LOGGERS = (
    "instructor", "openai", "httpx2", "httpcore2", "httpx", "httpcore", "aiohttp", "urllib3",
    "anthropic", "boto3", "botocore", "cerebras", "cohere", "google", "google_genai", "groq",
    "LiteLLM", "litellm", "mistralai", "writerai", "xai_sdk",
)  # fmt: skip
_keys: set[str] = set()


def remember(key: str) -> None:
    """From now on `scrub` and the guarded logs hide this key."""
    if len(key) >= _SHORTEST_KEY:
        _keys.add(key)


def scrub(text: str) -> str:
    """``text`` with asterisks in place of every remembered key."""
    for key in _keys:
        text = text.replace(key, "***")
    return text


def scrub_exception(error: BaseException | None) -> None:
    """Take keys out of an error of another library, and of those that led to it.

    A server may echo a key, and these errors are shown by tracebacks as ``__cause__``.
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
    """A text, or what holds texts, without keys; anything else as it is."""
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
_guarded = 0  # loggers there were when they were last guarded


def guard_logs() -> None:
    """Hide keys in what instructor, openai and their HTTP library log, at any level.

    A filter holds for one logger and not for those below it, so all that exist get it. What
    instructor says of a failed attempt ("Max retries exceeded") goes to whoever set up logging,
    and to nobody else: communique has its own retries, and its own log of them.
    """
    global _guarded  # noqa: PLW0603 loggers are global, too
    loggers = logging.root.manager.loggerDict
    if len(loggers) == _guarded:  # called often, and loggers are never removed
        return
    logging.getLogger("instructor").addHandler(_NOWHERE)
    for name in [name for name in loggers if name.partition(".")[0] in _LOGGERS]:
        logging.getLogger(name).addFilter(_REDACTION)  # once: a second time changes nothing
    _guarded = len(loggers)
