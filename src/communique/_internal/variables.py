"""The ``COMMUNIQUE_…`` variables: which apply beside the arguments, and which are unknown."""

from __future__ import annotations

import difflib
import os
import warnings
from collections.abc import Mapping
from typing import Any

from pydantic_settings import BaseSettings, EnvSettingsSource

from communique._internal.addresses import check_base_url
from communique.errors import SettingsError

__all__ = ["OF_SERVER", "PREFIX", "Variables"]

PREFIX = "COMMUNIQUE_"

OF_SERVER = ("base_url", "api_key", "default_headers", "api_version")
"""Settings that belong to one server."""

_CREDENTIALS = ("api_key", "default_headers")
_NOT_BY_VARIABLE = ("http_client",)
_NO_SETTINGS = ("COMMUNIQUE_CACHE_DIR",)


class Variables(EnvSettingsSource):
    """The environment variables, without those of a server that the arguments do not mean.

    Args:
        settings_cls: the class that is filled.
        arguments: the settings that are given as arguments.
    """

    def __init__(self, settings_cls: type[BaseSettings], arguments: Mapping[str, Any]) -> None:
        super().__init__(settings_cls)
        self._arguments = arguments

    def __call__(self) -> dict[str, Any]:
        """Return the values that apply.

        Raises:
            SettingsError: a key given as an argument would go to a server set by a variable.
        """
        fields = [name for name in self.settings_cls.model_fields if name not in _NOT_BY_VARIABLE]
        _warn_of_unknown({PREFIX + name.upper() for name in fields})
        found = {name: value for name, value in super().__call__().items() if name in fields}
        return _for_one_server(self._arguments, found)


def _for_one_server(arguments: Mapping[str, Any], variables: dict[str, Any]) -> dict[str, Any]:
    """Drop the variables of a server, unless the arguments mean the same server.

    ``COMMUNIQUE_BASE_URL`` and the key belong to the provider of ``COMMUNIQUE_MODEL``, or to an
    OpenAI-compatible server if that is not set.
    """
    owner = _provider(variables.get("model")) or "openai"
    is_other = (_provider(arguments.get("model")) or owner) != owner or "base_url" in arguments
    given = next((name for name in _CREDENTIALS if arguments.get(name) is not None), None)
    if given and not is_other and "base_url" in variables:
        try:
            check_base_url(variables["base_url"])
        except ValueError as exc:
            raise SettingsError(f"{PREFIX}BASE_URL {exc}") from None
        raise SettingsError(
            f"{given} is given as an argument, but the server by {PREFIX}BASE_URL; give both in "
            "the same way, since a key belongs to one server (base_url=None: the provider's own)"
        )
    unwanted = OF_SERVER if is_other else _CREDENTIALS if given else ()
    return {name: value for name, value in variables.items() if name not in unwanted}


def _provider(model: object) -> str:
    return model.strip().partition("/")[0] if isinstance(model, str) else ""


def _warn_of_unknown(known: set[str]) -> None:
    for name in os.environ:
        if name.upper().startswith(PREFIX) and name.upper() not in {*known, *_NO_SETTINGS}:
            near = difflib.get_close_matches(name.upper(), sorted({*known, *_NO_SETTINGS}), n=1)
            instead = f"; did you mean {near[0]}?" if near else ""
            warnings.warn(f"{name} is no setting of communique{instead}", stacklevel=2)
