"""What the library makes of a version's files for the model: forms, and messages of examples.

A released version keeps both as files, so that a change of the library's code which would
change what the model is asked is noticed, and can be named.
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
"""The file with the forms of the answers, as they are sent."""

PREFIX = "prefix.json"
"""The file with the messages that come before an article: instructions and examples."""


def render(prompt: Prompt, where: str) -> dict[str, str]:
    """Return the texts of the files that a release adds to a version, by their names.

    Args:
        prompt: the version; its hash is not looked at.
        where: the path of its examples, for messages.

    Raises:
        PromptError: the strategy can't put an example to the model.
    """
    return {SCHEMA: schema_text(prompt.strategy), PREFIX: _prefix_text(prompt, where)}


@lru_cache(maxsize=8)
def schema_text(strategy: StrategyName) -> str:
    """Return the text of `SCHEMA` for a strategy."""
    from communique.reading import forms  # reading needs the type of a prompt, but only the type

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
