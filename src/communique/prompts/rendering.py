"""What the library makes of a version's files for the model: forms, and messages of examples.

A released version keeps both as files, so that a change of the library's code which would
change what the model is asked is noticed, and can be named.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache

from pydantic import ValidationError

from communique.errors import PromptError
from communique.prompts.faults import faults
from communique.prompts.prompt import Example, Questions, StrategyName, Turn

__all__ = ["RENDERED", "prefix_text", "render_prefix", "schema_text"]

RENDERED: tuple[str, ...] = ("schema.json", "prefix.json")
"""Files that `prompts lock` writes: forms of answers, and the messages before an article."""


def render_prefix(
    strategy: StrategyName,
    instructions: str,
    examples: Sequence[Example],
    questions: Questions,
    where: str,
) -> tuple[Turn, ...]:
    """Return the messages that come before an article: instructions, then examples.

    Args:
        strategy: puts each example as it puts an article.
        instructions: the text of the first message.
        examples: in their order.
        questions: the wording of what is asked about the examples.
        where: the examples' file, for messages.

    Raises:
        PromptError: the strategy can't put an example to the model.
    """
    # A strategy needs the type of a prompt, and a prompt the strategy: only types meet at import.
    from communique.reading import EXAMPLE_TURNS

    turns = [Turn(role="system", content=instructions)]
    for number, example in enumerate(examples, start=1):
        try:
            messages = EXAMPLE_TURNS[strategy](example, questions)
        except ValidationError as exc:
            raise PromptError(
                f"{where}, example {number}: the strategy {strategy} can't put it to the model: "
                f"{faults(exc)}"
            ) from exc
        turns += [Turn(role=said["role"], content=said["content"]) for said in messages]
    return tuple(turns)


def prefix_text(prefix: Sequence[Turn]) -> str:
    """Return the text of ``prefix.json``."""
    return _json([turn.model_dump() for turn in prefix])


@lru_cache(maxsize=8)
def schema_text(strategy: StrategyName) -> str:
    """Return the text of ``schema.json``: each form of a strategy, as it is sent."""
    from communique.reading import FORMS

    forms = {
        title: {"name": form.__name__, "schema": form.model_json_schema()}
        for title, form in FORMS[strategy]().items()
    }
    return _json(forms)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"
