"""The embedded model: its weights in the cache, and llama-server to run it.

::

    communique.local.pull()                          # download the weights now
    with communique.local.serve() as base_url: ...   # a server for other programs, too
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from communique.local.catalog import DEFAULT
    from communique.local.process import Server
    from communique.local.server import serve, shared_server
    from communique.local.weights import ModelRecord, list_models, path, pull, remove

__all__ = [
    "DEFAULT",
    "ModelRecord",
    "Server",
    "list_models",
    "path",
    "pull",
    "remove",
    "serve",
    "shared_server",
]

_WHERE = {
    "DEFAULT": "catalog",
    "ModelRecord": "weights",
    "Server": "process",
    "list_models": "weights",
    "path": "weights",
    "pull": "weights",
    "remove": "weights",
    "serve": "server",
    "shared_server": "server",
}


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_WHERE[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
