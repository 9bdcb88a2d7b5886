"""Check that an object given as a model can be asked."""

from __future__ import annotations

from typing import cast

from communique.errors import SettingsError
from communique.models.base import LanguageModel

__all__ = ["check_model"]

_METHODS = ("ask", "context_tokens")


def check_model(model: object) -> LanguageModel:
    """Return an object given as a model, if it has what `LanguageModel` asks for.

    Raises:
        SettingsError: it is a class, or lacks something; the message names all that it lacks.
    """
    if isinstance(model, type):
        raise SettingsError(f"model: {model.__name__} is a class; give an instance of it")
    lacks = [f"{name}()" for name in _METHODS if not callable(getattr(model, name, None))]
    provider = getattr(model, "provider", None)
    if not isinstance(provider, str) or not provider:
        lacks.insert(0, "provider (a name for the summary's provenance)")
    if lacks:
        raise SettingsError(
            f"model: {type(model).__name__} lacks {', '.join(lacks)}; pass the name of a model, "
            "such as local, or an object with all of communique.models.LanguageModel"
        )
    return cast("LanguageModel", model)
