"""The address of a model: server, name and key."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field

from communique.errors import SettingsError

__all__ = ["Endpoint", "variable"]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The address of a model.

    Attributes:
        base_url: root of the API, or None for the provider's own.
        model: the model's name on the server.
        hint: what to consult if the server fails, for error messages.
        is_openai: whether the ``OPENAI_…`` variables apply to it.
        is_embedded: whether communique started the server, so that its answers are free.
        price_list: the provider's name in genai-prices, or None if unknown.
        key_variable: the variable that usually holds its key, for error messages.
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
    """Return an environment variable's checked value, or None if it is unset or empty.

    Raises:
        SettingsError: ``check`` raised ValueError.
    """
    try:
        return check(os.environ.get(name, "")) if os.environ.get(name, "").strip() else None
    except ValueError as exc:
        raise SettingsError(f"{name}: {exc}") from None
