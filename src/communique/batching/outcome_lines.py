"""Outcomes as lines of JSON."""

from __future__ import annotations

import json
from collections.abc import Generator
from pathlib import Path

from communique.errors import ArticleError
from communique.summary import Failure, Summary

__all__ = ["read_outcome", "read_outcomes"]


def read_outcomes(path: str | Path) -> Generator[Summary | Failure]:
    """Yield each outcome in a file that `communique.batch` has written, one after another.

    They stand in the order in which they were done; ``index`` is the row of the input. If the
    file is still being written, an unfinished last line is left out.

    Raises:
        ArticleError: there is no such file, or a line is not an outcome.

    Examples:
        >>> import communique
        >>> from communique.testing import ScriptedModel
        >>> model = ScriptedModel([{"gist": "Talks failed.", "statements": []}])
        >>> report = communique.batch(["Talks failed."], output="o.jsonl", model=model, prompt="v1")
        >>> [outcome.gist for outcome in communique.read_outcomes("o.jsonl")]
        ['Talks failed.']
    """
    try:
        with Path(path).open("rb") as file:
            for number, line in enumerate(file, start=1):
                if line.endswith(b"\n"):
                    yield read_outcome(f"{path}, line {number}", line)
    except OSError as exc:
        raise ArticleError(f"{path} can't be read: {exc.strerror or exc}") from exc


def read_outcome(place: str, line: bytes) -> Summary | Failure:
    """Return the outcome in a line.

    Raises:
        ArticleError: it is none; the message begins with its place.
    """
    try:
        fields = json.loads(line)
        kind = Summary if "schema_version" in fields else Failure
        return kind.model_validate_json(line)
    except (ValueError, TypeError) as exc:
        said = str(exc).splitlines()[0]
        raise ArticleError(f"{place} is not an outcome of communique.batch: {said}") from exc
