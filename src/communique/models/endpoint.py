"""Where a model answers."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field

from communique.errors import SettingsError

__all__ = ["Endpoint", "variable"]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a model answers.

    Attributes:
        base_url: root of the API, or None for the provider's own.
        model: the name to ask for.
        hint: where to look when the server fails, for error messages.
        is_openai: whether the variables ``OPENAI_…`` are meant for it.
        is_embedded: whether communique started it, so that its answers are free.
        price_list: whose prices hold for it, by genai-prices' name; None if unknown.
        key_variable: where its key usually is, for error messages.
    """

    base_url: str | None
    model: str
    api_key: str = field(repr=False)
    hint: str = ""
    is_openai: bool = False
    is_embedded: bool = False
    price_list: str | None = None
    key_variable: str = "OPENAI_API_KEY"


def variable(name: str, check: Callable[[str], str]) -> str | None:
    """Return an environment variable, or None if it is unset or empty.

    Raises:
        SettingsError: ``check`` raised a ValueError for its value.
    """
    try:
        return check(os.environ.get(name, "")) if os.environ.get(name, "").strip() else None
    except ValueError as exc:
        raise SettingsError(f"{name}: {exc}") from None
