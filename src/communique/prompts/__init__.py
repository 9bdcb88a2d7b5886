"""Prompt versions: folders of data that are loaded, verified against a lock, and never edited.

A version is a folder with ``prompt.toml`` (strategy, sampling, description),
``instructions.md`` and ``examples.yaml``. The folder ``prompts/`` of the repository ships
inside the wheel; a folder of the user's own works the same way. ``lock.toml`` beside the
versions holds the sha256 of every released one, and which version is the default.
"""

from __future__ import annotations

from communique.prompts.loading import (
    Example,
    ExampleStatement,
    Prompt,
    Sampling,
    StrategyName,
    default_version,
    list_versions,
    load_prompt,
    prompt_files,
    prompts_folder,
)
from communique.prompts.releasing import check_prompts, lock_version, new_version

__all__ = [
    "Example",
    "ExampleStatement",
    "Prompt",
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
