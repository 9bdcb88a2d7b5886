"""What a `Summarizer` becomes in a pickle: its arguments, without its models and connections."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from communique._internal.variables import OF_SERVER
from communique.errors import SettingsError
from communique.settings import choose_model

if TYPE_CHECKING:
    from communique.models import LanguageModel
    from communique.summarizer import Summarizer

__all__ = ["Pickled"]


class Pickled:
    """The arguments of a summarizer, which make an equal one in another process.

    Settings from variables are among them, so that both behave alike; except those of the server,
    such as a key, which are read from the variables again.

    Args:
        summarizer: the summarizer.
        model: the model as an object, or None if it was given by name.
        given: the other arguments that it was given.

    Raises:
        SettingsError: an HTTP client is among the arguments.
    """

    def __init__(
        self, summarizer: Summarizer, model: LanguageModel | None, given: Mapping[str, Any]
    ) -> None:
        if given.get("http_client") is not None:
            raise SettingsError(
                "http_client: a summarizer with a client of your own can't be pickled: the client "
                "belongs to this process; create the summarizer where it is used"
            )
        settings = summarizer.settings
        found = settings.model_fields_set.difference(given, OF_SERVER, ("model", "prompt"))
        self.kind = type(summarizer)
        self.model = str(choose_model(settings)) if model is None else model
        self.prompt = _anywhere(settings.prompt)
        self.arguments = {**given, **{name: getattr(settings, name) for name in found}}
        self.facts = _facts(summarizer)

    def restore(self) -> Summarizer:
        """Return the summarizer.

        Raises:
            SettingsError: it would ask another server, or with another prompt.
            CommuniqueError: see `Summarizer`.
        """
        summarizer = self.kind(model=self.model, prompt=self.prompt, **self.arguments)
        if _facts(summarizer) != self.facts:
            raise SettingsError(
                "the pickled summarizer would ask another server here, or with another prompt, "
                "than where it was pickled: set the same variables (COMMUNIQUE_BASE_URL, …) and "
                "install the same version of communique, or give base_url and api_key as arguments"
            )
        return summarizer


def _facts(summarizer: Summarizer) -> str:
    """Return a hash of the servers that get the articles, which may have keys, and the prompts."""
    facts = [(reader.model.server, reader.prompt.sha256) for reader in summarizer.readers]
    return hashlib.sha256(repr(facts).encode()).hexdigest()


def _anywhere(prompt: str | None) -> str | None:
    """Return a prompt whose folder is found from any working directory."""
    is_path = "/" in (prompt or "") or os.sep in (prompt or "")
    return str(Path(prompt).absolute()) if prompt and is_path else prompt
