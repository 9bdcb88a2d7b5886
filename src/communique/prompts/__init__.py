"""Prompt versions: folders of data that are loaded, verified against a lock, and never edited.

Four files of a version are written by hand: ``prompt.toml`` (strategy, sampling, description),
``instructions.md``, ``questions.toml`` (the wording of questions and of the correction after a
broken answer) and ``examples.yaml``. Releasing the version adds two that the library generates
from them: ``schema.json`` (the forms of the answers) and ``prefix.json`` (the messages before an
article). Together these six are everything that a model is sent besides the article, and the
version's hash covers all of them.

The folder ``prompts/`` of the repository ships inside the wheel; a folder of your own works the
same way. ``lock.toml`` beside the versions has the sha256 of every released version, and the
default versions.
"""

from __future__ import annotations

from communique.prompts.loading import (
    default_version,
    list_versions,
    load_prompt,
    prompt_files,
    prompts_folder,
)
from communique.prompts.prompt import (
    Example,
    ExampleStatement,
    Prompt,
    Questions,
    Sampling,
    StrategyName,
)
from communique.prompts.releasing import check_prompts, lock_version, new_version

__all__ = [
    "Example",
    "ExampleStatement",
    "Prompt",
    "Questions",
    "Sampling",
    "StrategyName",
    "check_prompts",
    "default_version",
    "list_versions",
    "load_prompt",
    "lock_version",
    "new_version",
    "prompt_files",
    "prompts_folder",
]
