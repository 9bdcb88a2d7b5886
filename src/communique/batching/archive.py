"""`batch` and `estimate_batch`: an archive in, a file of outcomes out."""

from __future__ import annotations

import os
import threading
from collections.abc import Generator
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Unpack

from communique.batching.batch_report import BatchReport, OnReport
from communique.batching.budget import Budget
from communique.batching.estimate import BatchEstimate, estimate_task
from communique.batching.history import drop_failures, read_history, read_retried
from communique.batching.inputs import Inputs
from communique.batching.intake import Intake, check_done, readable_rows
from communique.batching.interrupts import first_interrupt
from communique.batching.ledger import Ledger
from communique.batching.outcomes import OutcomeFile
from communique.batching.run_folder import RunFolder, check_identity, check_no_batches
from communique.batching.runner import AskMany, Runner
from communique.batching.tables import write_table
from communique.batching.task import Task, check_price, identity_of, new_task, told_by
from communique.errors import SettingsError
from communique.models import LanguageModel
from communique.settings import SettingsKwargs
from communique.summarizer import Summarizer

__all__ = ["batch", "estimate_batch", "run_task", "summarizer_for"]


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
    provider_batch: bool = False,
    batch_window: str = "24h",
    poll_interval: float = 60.0,
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
            bzip2 or xz), a folder of ``.txt``, ``.html``, ``.pdf`` and ``.docx`` files, ``-`` for
            standard input; or an iterable of articles, texts or dicts; or a data frame of pandas,
            polars or pyarrow. Columns and keys named like fields of `Article` are these, the others
            its metadata. A row that can't be read becomes a `Failure`.
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
        provider_batch: ask by way of the batch API of OpenAI, or of a server with the same API: at
            half the price, within a day. The program may end meanwhile; the same call collects
            the answers. What a batch does not answer is asked in the ordinary way.
        batch_window: the time in which the server is to answer a batch, in its own words.
        poll_interval: the longest pause, in seconds, between two looks at the batches.
        on_progress: called after each outcome with the report so far.
        model: see `Summarizer`.
        prompt: see `Summarizer`.
        **settings: see `Summarizer`; ``cache`` is True if it is not set, unless the model is an
            object.

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
        >>> sorted(outcome.id for outcome in communique.read_outcomes("out.jsonl"))
        ['a1', 'a2']
    """
    task = new_task(
        inputs,
        output=output,
        table=table,
        excel=excel,
        text_column=text_column,
        id_column=id_column,
        limit=limit,
        concurrency=concurrency,
        max_cost=max_cost,
        retry_failed=retry_failed,
        on_progress=on_progress,
    )
    with summarizer_for(model, prompt, settings) as summarizer:
        if not provider_batch:
            return run_task(task, summarizer)
        from communique.batching.by_provider import (
            ByProvider,
            open_provider_batch,
            run_by_provider,
        )

        how = ByProvider(batch_window, poll_interval)
        return run_by_provider(task, summarizer, open_provider_batch(task, summarizer, how))


def estimate_batch(
    inputs: Inputs,
    *,
    output: str | Path | None = None,
    text_column: str = "text",
    id_column: str | None = None,
    limit: int | None = None,
    concurrency: int | None = None,
    retry_failed: bool = False,
    model: str | LanguageModel | None = None,
    prompt: str | None = None,
    **settings: Unpack[SettingsKwargs],
) -> BatchEstimate:
    """Return what `batch` would take with the same arguments; nothing is sent or written.

    Raises:
        ArticleError: the input can't be read, or none of its first 100 rows.
        SettingsError: an argument can't be used, or the output was begun in another way.

    Examples:
        >>> import communique
        >>> texts = ["Talks failed.", "Talks failed.", "A truce holds."]
        >>> estimate = communique.estimate_batch(
        ...     texts, model="openai/gpt-4.1-mini", api_key="sk-123", base_url=None, prompt="v1"
        ... )
        >>> estimate.articles, estimate.repeated, estimate.usage.calls
        (2, 1, 2)
        >>> 0 < estimate.usage.cost_usd < 0.01
        True
    """
    task = new_task(
        inputs,
        output=output,
        text_column=text_column,
        id_column=id_column,
        limit=limit,
        concurrency=concurrency,
        retry_failed=retry_failed,
    )
    with Summarizer(model=model, prompt=prompt, **{**settings, "cache": False}) as summarizer:
        return estimate_task(task, summarizer)


def summarizer_for(
    model: str | LanguageModel | None, prompt: str | None, settings: SettingsKwargs
) -> Summarizer:
    """Return the summarizer of a batch: its answers are kept, unless ``cache`` says otherwise.

    Raises:
        CommuniqueError: see `Summarizer`.
    """
    is_named = model is None or isinstance(model, str)
    if is_named and settings.get("cache") is None and not os.environ.get("COMMUNIQUE_CACHE"):
        settings = {**settings, "cache": True}
    return Summarizer(model=model, prompt=prompt, **settings)


def run_task(
    task: Task,
    summarizer: Summarizer,
    ask: AskMany | None = None,
    stop: threading.Event | None = None,
) -> BatchReport:
    """Do what `batch` does.

    Args:
        task: the arguments, with an output.
        summarizer: reads the articles.
        ask: asks about articles; None: `Summarizer.summarize_many`.
        stop: set by Ctrl-C, to end the run.

    Raises:
        CommuniqueError: see `batch`.
        KeyboardInterrupt: Ctrl-C was pressed; what was finished is written.
    """
    if task.output is None:
        raise SettingsError("--output: name the file for the outcomes")
    check_price(summarizer, task.max_cost)
    if ask is None:
        check_no_batches(task.output)
    ask = ask or partial(summarizer.summarize_many, concurrency=task.concurrency)
    rows = readable_rows(task.source, task.columns)
    told, budget = told_by(summarizer), Budget(task.max_cost)
    with closing(Ledger()) as ledger, _opened(task.output, summarizer) as (output, folder):
        if task.retry_failed:
            drop_failures(output, folder)
        history = read_history(
            output.read(), read_retried(folder), told=told, ledger=ledger, budget=budget
        )
        check_done(task.source, task.columns, ledger, told, task.output)
        with first_interrupt(stop=stop) as stopped:
            runner = Runner(
                Intake(rows, task.columns, output, ledger, told),
                output,
                ledger,
                history,
                budget,
                total=task.source.count(),
                limit=task.limit,
                on_progress=task.on_progress,
                stop=stopped,
            )
            report = runner.run(ask)
            if stopped.is_set():
                raise KeyboardInterrupt
        if task.table is not None:
            write_table(task.output, task.table, excel=task.excel)
    return report


@contextmanager
def _opened(path: Path, summarizer: Summarizer) -> Generator[tuple[OutcomeFile, RunFolder]]:
    """Open an output, and check that it can be begun or gone on with.

    Raises:
        SettingsError: it can't be written, is in use, or was begun in another way.
    """
    with ExitStack() as stack:
        folder = stack.enter_context(closing(RunFolder(path)))
        output = stack.enter_context(closing(OutcomeFile(path)))
        identity = identity_of(summarizer)
        if output.is_empty:
            folder.write(identity)
        else:
            check_identity(path, identity)
            output.repair()
        output.check_room()
        yield output, folder
