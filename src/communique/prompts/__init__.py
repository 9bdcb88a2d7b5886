"""Prompt versions: folders of data that are loaded, verified against a lock, and never edited.

People write four files of a version: ``prompt.toml`` (strategy, sampling, description),
``instructions.md``, ``questions.toml`` (the wording of questions and of the correction after a
broken answer) and ``examples.yaml``. Its release adds two that the library makes of them:
``schema.json`` (the forms of the answers) and ``prefix.json`` (the messages before an article).
Together they are all that a model is asked beside the article itself, and the version's hash is
that of all six.

The folder ``prompts/`` of the repository ships inside the wheel; a folder of the user's own
works the same way. ``lock.toml`` beside the versions holds the sha256 of every released one,
and which version is the default.
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
