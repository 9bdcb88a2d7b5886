"""Generation of what the library sends to a model with a version: forms, and example messages.

A released version keeps both as files, so that a change of the library's code that would change
what the model is sent is noticed and can be named.
"""

from __future__ import annotations

import json
from functools import lru_cache

from pydantic import ValidationError

from communique.errors import PromptError
from communique.prompts.faults import faults
from communique.prompts.prompt import Prompt, StrategyName

__all__ = ["PREFIX", "SCHEMA", "render"]

SCHEMA = "schema.json"
"""Name of the file with the forms of the answers, as they are sent."""

PREFIX = "prefix.json"
"""Name of the file with the messages before an article: instructions and examples."""


def render(prompt: Prompt, where: str) -> dict[str, str]:
    """Return the texts of the files that a release adds to a version, by name.

    Args:
        prompt: the version; its hash is not used.
        where: the path of its examples, for messages.

    Raises:
        PromptError: the strategy can't put an example to the model.
    """
    return {SCHEMA: schema_text(prompt.strategy), PREFIX: _prefix_text(prompt, where)}


@lru_cache(maxsize=8)
def schema_text(strategy: StrategyName) -> str:
    """Return the text of the file `SCHEMA` for a strategy."""
    from communique.reading import forms  # reading imports prompts, for types only

    return _json(
        {
            title: {"name": form.__name__, "schema": form.model_json_schema()}
            for title, form in forms.forms(strategy).items()
        }
    )


def _prefix_text(prompt: Prompt, where: str) -> str:
    from communique.reading import PREFIXES

    make = PREFIXES[prompt.strategy]
    for number, example in enumerate(prompt.examples, start=1):
        try:
            make(prompt.model_copy(update={"examples": (example,)}))
        except ValidationError as exc:
            raise PromptError(
                f"{where}, example {number}: the strategy {prompt.strategy} can't put it to the "
                f"model: {faults(exc)}"
            ) from exc
    return _json(make(prompt))


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"
