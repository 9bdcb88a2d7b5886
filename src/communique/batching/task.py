"""A batch as it was asked for, checked before anything is read or sent."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import JsonValue

from communique.batching.input_rows import Columns, Source
from communique.batching.inputs import Inputs, open_source
from communique.batching.report import OnReport
from communique.batching.run_folder import Identity
from communique.batching.tables import check_table
from communique.errors import SettingsError
from communique.models import LanguageModel
from communique.models.adapter import price_of
from communique.summary import Usage

if TYPE_CHECKING:
    from communique.prompts import Prompt
    from communique.summarizer import Summarizer

__all__ = ["Task", "check_price", "identity_of", "new_task", "told_by"]


@dataclass(frozen=True, slots=True)
class Task:
    """The arguments of `communique.batch`, without those for the summarizer.

    Attributes:
        source: what the rows are read from.
        output: the file of outcomes; None: only an estimate is wanted.
    """

    source: Source
    columns: Columns
    output: Path | None
    table: Path | None
    excel: bool
    limit: int | None
    concurrency: int | None
    max_cost: float | None
    retry_failed: bool
    on_progress: OnReport | None


def new_task(
    inputs: Inputs,
    *,
    output: str | Path | None = None,
    table: str | Path | None = None,
    excel: bool = False,
    text_column: str = "text",
    id_column: str | None = None,
    limit: int | None = None,
    concurrency: int | None = None,
    max_cost: float | None = None,
    retry_failed: bool = False,
    on_progress: OnReport | None = None,
) -> Task:
    """Return a task; see `communique.batch` for the arguments.

    Raises:
        ArticleError: the input is missing, or of an unknown format.
        SettingsError: an argument can't be used.
    """
    _check_numbers(limit, max_cost)
    columns = Columns(text_column, id_column)
    path = None if output is None else Path(output).expanduser().resolve()
    source = open_source(inputs, columns)
    if path is not None:
        _check_output(inputs, path)
    return Task(
        source,
        columns,
        path,
        check_table(table, path, excel=excel),
        excel,
        limit,
        concurrency,
        max_cost,
        retry_failed,
        on_progress,
    )


def check_price(summarizer: Summarizer, max_cost: float | None) -> None:
    """Check that a limit of the cost can be kept to.

    Raises:
        SettingsError: the model's price is not known.
    """
    if max_cost is not None and price_of(summarizer.model, Usage(calls=1)) is None:
        raise SettingsError(
            f"max_cost: the price of {_name(summarizer.model)} is not known; set prices "
            "(COMMUNIQUE_PRICES): US dollars per million tokens of input, cached input, output"
        )


def told_by(summarizer: Summarizer) -> tuple[str, ...]:
    """Return the fields of an article, besides text and language, that decide on its summary."""
    headers = [reader.prompt.questions.header for reader in summarizer.readers]
    told = [name for name in ("source", "published") if any(f"{{{name}}}" in h for h in headers)]
    return ("title", *told)  # grounding knows the names in the title


def identity_of(summarizer: Summarizer) -> Identity:
    """Return what all outcomes of an output must have been made with."""
    first, *others = summarizer.readers
    identity: dict[str, Any] = {
        "model": _name(summarizer.model),
        "prompt": _version(first.prompt),
        "options": _options(summarizer.model),
    }
    if others:
        identity["fallback model"] = summarizer.settings.fallback_model
        identity["fallback prompt"] = _version(others[0].prompt)
    return identity


def _name(model: LanguageModel) -> str:
    name = (model.identity or {}).get("model") or type(model).__name__
    return f"{model.provider}/{name}"


def _version(prompt: Prompt) -> str:
    return f"{prompt.version} ({prompt.sha256[:16]})"


def _options(model: LanguageModel) -> dict[str, JsonValue]:
    """Return what shapes a model's answers; a server may move to another address."""
    about = model.identity or model.options
    return {name: value for name, value in about.items() if name not in _NAMES and value}


_NAMES = frozenset({"provider", "model", "server", "sent"})


def _check_numbers(limit: object, max_cost: object) -> None:
    if limit is not None and (not isinstance(limit, int) or isinstance(limit, bool) or limit < 1):
        raise SettingsError(f"limit: {limit!r} is not a whole number from 1")
    if max_cost is None:
        return
    if (
        isinstance(max_cost, bool)
        or not isinstance(max_cost, int | float)
        or not 0 < max_cost < math.inf
    ):
        raise SettingsError(f"max_cost: {max_cost!r} is not an amount of US dollars above 0")


def _check_output(inputs: Inputs, output: Path) -> None:
    if output.exists() and not output.is_file():
        raise SettingsError(f"--output: {output} is not a file; name one")
    if not output.parent.is_dir():
        raise SettingsError(f"--output: there is no folder {output.parent}")
    if isinstance(inputs, str | Path) and str(inputs) != "-" and Path(inputs).resolve() == output:
        raise SettingsError(f"--output: {output} is the input itself; name another file")
