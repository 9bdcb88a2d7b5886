"""`batch`: an archive in, a file of outcomes out."""

from __future__ import annotations

import math
from collections.abc import Generator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from pydantic import JsonValue

from communique.batching.budget import Budget
from communique.batching.history import drop_failures, read_history
from communique.batching.inputs import Inputs, open_source
from communique.batching.intake import Intake, check_done, readable_rows
from communique.batching.interrupts import first_interrupt
from communique.batching.ledger import Ledger
from communique.batching.outcomes import OutcomeFile
from communique.batching.report import BatchReport, OnReport
from communique.batching.run_folder import Identity, RunFolder
from communique.batching.runner import Runner
from communique.batching.sources import Columns
from communique.batching.tables import check_table, write_table
from communique.errors import SettingsError
from communique.models import LanguageModel
from communique.models.adapter import price_of
from communique.settings import SettingsKwargs
from communique.summarizer import Summarizer
from communique.summary import Usage

if TYPE_CHECKING:
    from communique.prompts import Prompt

__all__ = ["batch", "open_output", "told_by"]


def batch(
    inputs: Inputs,
    *,
    output: str | Path,
    table: str | Path | None = None,
    excel: bool = False,
    text_column: str = "text",
    id_column: str | None = None,
    limit: int | None = None,
    concurrency: int | None = None,
    max_cost: float | None = None,
    retry_failed: bool = False,
    on_progress: OnReport | None = None,
    model: str | LanguageModel | None = None,
    prompt: str | None = None,
    **settings: Unpack[SettingsKwargs],
) -> BatchReport:
    """Read an archive and write each article's outcome to a file, from which it can be resumed.

    Each line of ``output`` is a `Summary` or a `Failure` as JSON, appended as soon as it is
    done; `read_outcomes` reads them back. Called again in the same way, it goes on with what is
    missing: after an error, Ctrl-C, ``kill -9``, or with more rows at the end of the input. A text
    that occurs more than once is asked about once, and answers are kept in the cache.

    A process that is killed loses what was in flight; a system that crashes, up to the last 64
    outcomes or 2 seconds. On Ctrl-C, articles in progress have 5 seconds to end.

    Args:
        inputs: a file of JSON Lines, CSV or Parquet (by its suffix; also compressed by gzip,
            bzip2 or xz), a folder of ``.txt`` files, ``-`` for standard input; or an iterable
            of articles, texts or dicts; or a data frame of pandas, polars or pyarrow. Columns
            and keys named like fields of `Article` are these, the others its metadata. A row that
            can't be read becomes a `Failure`.
        output: the file of outcomes. A folder ``OUTPUT.run`` beside it says what they were made
            with.
        table: a file to write at the end, ``.csv`` or ``.parquet``: a row for each statement, and
            one for each article without any. Formulas for spreadsheets are disarmed in CSV.
        excel: begin a CSV table with a byte order mark, by which Excel knows UTF-8.
        text_column: the column, or key, that holds the text.
        id_column: the one that holds the id; None: ``id``, if there is one.
        limit: the most rows that get an outcome in this call.
        concurrency: see `summarize_many`.
        max_cost: US dollars that all calls with this output may cost together. An article is
            expected to cost what the dearest one so far did, and in proportion to its length if
            it is longer: the last ones can exceed that.
        retry_failed: ask again about the articles that failed.
        on_progress: called after each outcome with the report so far.
        model: see `Summarizer`.
        prompt: see `Summarizer`.
        **settings: see `Summarizer`; ``cache`` is True by default, unless the model is an object.

    Returns:
        How many summaries and failures there are, what they cost, and whether ``limit`` or
        ``max_cost`` ended the run.

    Raises:
        ArticleError: the input can't be read, or none of its first 100 rows.
        SettingsError: an argument can't be used, the output can't be written or was begun with
            another prompt, model or input, or another process is writing it.
        CommuniqueError: the run ended early because of repeated errors, such as a refused key;
            see `Summarizer.asummarize_many`. What is done is in the output.

    Examples:
        >>> import communique
        >>> from communique.testing import ScriptedModel
        >>> model = ScriptedModel(lambda _: {"gist": "Talks failed.", "statements": []})
        >>> rows = [{"id": "a1", "text": "Talks failed."}, {"id": "a2", "text": None}]
        >>> report = communique.batch(rows, output="out.jsonl", model=model, prompt="v1")
        >>> report.summaries, report.failures
        (1, 1)
        >>> [outcome.id for outcome in communique.read_outcomes("out.jsonl")]
        ['a2', 'a1']
    """
    _check_options(limit, max_cost)
    path, columns = Path(output).expanduser().resolve(), Columns(text_column, id_column)
    source = open_source(inputs, columns)
    table_path = check_table(table, path, excel=excel)
    _check_paths(inputs, path)
    if model is None or isinstance(model, str):
        settings = {"cache": True, **settings}
    with (
        Summarizer(model=model, prompt=prompt, **settings) as summarizer,
        closing(Ledger()) as ledger,
    ):
        _check_price(summarizer, max_cost)
        rows = readable_rows(source, columns)
        with open_output(path, summarizer) as (file, folder):
            if retry_failed:
                drop_failures(file, folder)
            told, budget = told_by(summarizer), Budget(max_cost)
            history = read_history(file, folder, told=told, ledger=ledger, budget=budget)
            check_done(source, columns, ledger, told, path)
            with first_interrupt() as stop:
                runner = Runner(
                    Intake(rows, columns, file, ledger, told),
                    file,
                    ledger,
                    history,
                    budget,
                    total=source.count(),
                    limit=limit,
                    on_progress=on_progress,
                    stop=stop,
                )
                report = runner.run(
                    lambda articles: summarizer.summarize_many(articles, concurrency=concurrency)
                )
                if stop.is_set():
                    raise KeyboardInterrupt
            if table_path is not None:
                write_table(file.path, table_path, excel=excel)
    return report


@contextmanager
def open_output(path: Path, summarizer: Summarizer) -> Generator[tuple[OutcomeFile, RunFolder]]:
    """Open an output for a run, or check that it can go on, before anything is asked.

    Raises:
        SettingsError: it can't be written, or was begun in another way.
    """
    with ExitStack() as stack:
        folder = stack.enter_context(closing(RunFolder(path)))
        file = stack.enter_context(closing(OutcomeFile(path)))
        identity = _identity(summarizer)
        if file.is_empty:
            folder.write(identity)
        else:
            folder.check(identity)
            file.repair()
        yield file, folder


def told_by(summarizer: Summarizer) -> tuple[str, ...]:
    """Return the fields of an article, besides text and language, that decide on its summary."""
    headers = [reader.prompt.questions.header for reader in summarizer.readers]
    told = [name for name in ("source", "published") if any(f"{{{name}}}" in h for h in headers)]
    return ("title", *told)  # grounding knows the names in the title


def _identity(summarizer: Summarizer) -> Identity:
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


def _check_options(limit: object, max_cost: object) -> None:
    if limit is not None and (not isinstance(limit, int) or isinstance(limit, bool) or limit < 1):
        raise SettingsError(f"limit: {limit!r} is not a whole number from 1")
    if max_cost is None:
        return
    is_number = isinstance(max_cost, int | float) and not isinstance(max_cost, bool)
    if not is_number or not 0 < max_cost < math.inf:
        raise SettingsError(f"max_cost: {max_cost!r} is not an amount of US dollars above 0")


def _check_paths(inputs: Inputs, output: Path) -> None:
    if output.exists() and not output.is_file():
        raise SettingsError(f"--output: {output} is not a file; name one")
    if not output.parent.is_dir():
        raise SettingsError(f"--output: there is no folder {output.parent}")
    if isinstance(inputs, str | Path) and str(inputs) != "-" and Path(inputs).resolve() == output:
        raise SettingsError(f"--output: {output} is the input itself; name another file")


def _check_price(summarizer: Summarizer, max_cost: float | None) -> None:
    if max_cost is not None and price_of(summarizer.model, Usage(calls=1)) is None:
        raise SettingsError(
            f"max_cost: the price of {_name(summarizer.model)} is not known; set prices "
            "(COMMUNIQUE_PRICES): US dollars per million tokens of input, cached input, output"
        )
