"""Validation of keys and of the setting ``default_headers``."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import cast

from pydantic import SecretStr

__all__ = ["KeyFunction", "check_headers", "clean_key"]

_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_OF_THE_PROTOCOL = frozenset(
    {"connection", "content-encoding", "content-length", "content-type", "cookie", "host",
     "transfer-encoding"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class KeyFunction:
    """A function that returns a key that expires; it is never shown, since it may contain one."""

    function: Callable[[], str | Awaitable[str]] = field(repr=False)

    def __call__(self) -> str | Awaitable[str]:
        """Return the key, or an awaitable of it."""
        return self.function()


def clean_key(key: str) -> str:
    """Return a key without white space around it.

    Raises:
        ValueError: it contains a character that no key has. The message does not show the key.
    """
    key = key.strip()
    wrong = next((character for character in key if not "!" <= character <= "~"), None)
    if wrong is not None:
        raise ValueError(
            f"must contain only printable ASCII characters, but has U+{ord(wrong):04X} at position "
            f"{key.index(wrong) + 1} of {len(key)}; copy the key again"
        )
    return key


def check_headers(given: object) -> dict[str, SecretStr]:
    """Return headers by lower-case name, given as a mapping or as the text of a JSON object.

    Raises:
        ValueError: they are not texts by name, or belong to the protocol. No value is shown.
    """
    items = _parsed(given)
    headers: dict[str, SecretStr] = {}
    for name, value in items.items():
        text = value.get_secret_value() if isinstance(value, SecretStr) else value
        if not isinstance(text, str) or not _NAME.fullmatch(name):
            raise ValueError('must be texts by name, such as {"X-Title": "my app"}')
        if name.lower() in _OF_THE_PROTOCOL:
            raise ValueError(f"must not contain {name}: it belongs to the protocol")
        if not all(" " <= character <= "~" for character in text):
            raise ValueError(f"must contain only printable ASCII characters, but {name} does not")
        headers[name.lower()] = SecretStr(text.strip())
    return headers


def _parsed(given: object) -> Mapping[str, object]:
    if isinstance(given, str):
        try:
            given = json.loads(given)
        except (ValueError, RecursionError):
            given = None
    if not isinstance(given, Mapping) or not all(
        isinstance(name, str) for name in cast("Mapping[object, object]", given)
    ):
        raise ValueError('must be a JSON object, such as {"X-Title": "my app"}')
    return cast("Mapping[str, object]", given)
