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
from functools import lru_cache
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
_used: dict[str, None] = {}  # the keys, in the order of their last use
_keys: frozenset[str] = frozenset()
_LOCK = threading.Lock()


def remember(key: str) -> None:
    """Hide a key in `scrub` from now on, in every form that it may have."""
    global _keys  # noqa: PLW0603 keys are hidden in the whole process
    if len(key) < _SHORTEST_KEY:
        return
    with _LOCK:
        _used.pop(key, None)
        _used[key] = None  # now the last to be forgotten
        for old in list(_used)[:-_MOST_KEYS]:
            del _used[old]
        if key not in _keys:
            _keys = frozenset(_used)


def remember_headers(headers: Mapping[str, str]) -> None:
    """Hide the values of headers, except of those that name a program."""
    for name, value in headers.items():
        if name.lower() not in _PUBLIC:
            scheme, _, token = value.partition(" ")
            remember(token if scheme.lower() in {"basic", "bearer"} else value)


def scrub(text: str) -> str:
    """Return ``text`` with every remembered key replaced by asterisks."""
    return _pattern(_keys).sub("***", text)


@lru_cache(maxsize=1)  # since many keys may come before the next text does
def _pattern(keys: frozenset[str]) -> re.Pattern[str]:
    # The longest first: one key may begin another.
    forms = sorted({form for key in keys for form in _forms(key)}, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, forms)) or "(?!)")


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
