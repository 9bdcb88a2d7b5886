"""Removal of API keys from errors and tracebacks.

Loggers of other libraries belong to the program and are never touched. No key reaches them:
requests carry keys in headers, which are not logged; the transport hides them in the headers of
responses (`echoes`); and errors that quote a server are not logged (`unlogged`).
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import quote, quote_plus

__all__ = ["remember", "remember_headers", "scrub", "scrub_exception"]

_SHORTEST_KEY = 8  # a shorter key is a placeholder, such as "none", "x" or "ollama"
# headers that name a program, not a secret
_PUBLIC = frozenset(
    {"accept", "anthropic-beta", "anthropic-version", "http-referer", "referer", "user-agent",
     "x-title"}
)  # fmt: skip
_MOST_KEYS = 200  # keys that expire are forgotten at last
_keys: dict[str, None] = {}
_pattern = re.compile(r"(?!)")  # matches nothing
_LOCK = threading.Lock()


def remember(key: str) -> None:
    """Hide a key in `scrub` from now on, in every form that it may have."""
    global _pattern  # noqa: PLW0603 keys are hidden in the whole process
    if len(key) < _SHORTEST_KEY:
        return
    with _LOCK:
        is_known = key in _keys
        _keys.pop(key, None)
        _keys[key] = None  # now the last to be forgotten
        if is_known:
            return
        for old in list(_keys)[:-_MOST_KEYS]:
            del _keys[old]
        # The longest first: one key may begin another.
        forms = sorted({form for key in _keys for form in _forms(key)}, key=len, reverse=True)
        _pattern = re.compile("|".join(map(re.escape, forms)))


def remember_headers(headers: Mapping[str, str]) -> None:
    """Hide the values of headers, except of those that name a program."""
    for name, value in headers.items():
        if name.lower() not in _PUBLIC:
            scheme, _, token = value.partition(" ")
            remember(token if scheme.lower() in {"basic", "bearer"} else value)


def scrub(text: str) -> str:
    """Return ``text`` with every remembered key replaced by asterisks."""
    return _pattern.sub("***", text)


def _forms(key: str) -> set[str]:
    """Return how a key looks in plain text, in ``repr``, in JSON and in a URL."""
    quoted = {quote(key), quote(key, safe=""), quote_plus(key)}
    written = json.dumps(key)[1:-1]
    return {
        key,
        repr(key)[1:-1],
        key.replace("\\", "\\\\").replace("'", "\\'"),
        written,
        written.replace("/", "\\/"),
        *quoted,
        *(re.sub("%[0-9A-F]{2}", lambda found: found[0].lower(), each) for each in quoted),
    }


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
