"""Removal of API keys from errors and tracebacks.

Loggers of other libraries belong to the program and are never touched. No key reaches them:
requests carry keys in headers, which are not logged; the transport hides them in the headers of
responses (`echoes`); and errors that quote a server are not logged (`unlogged`).
"""

from __future__ import annotations

from typing import Any, cast

__all__ = ["remember", "scrub", "scrub_exception"]

_SHORTEST_KEY = 8  # a shorter key is a placeholder, such as "none", "x" or "ollama"
_keys: set[str] = set()


def remember(key: str) -> None:
    """Hide a key in `scrub` from now on."""
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
