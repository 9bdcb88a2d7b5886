"""`communique batch`: an archive in, a file of outcomes out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from communique.cli.options import BaseUrlOption, ModelOption, PromptOption, server_settings
from communique.cli.summarize import say_where
from communique.errors import CommuniqueError, SettingsError

if TYPE_CHECKING:
    from communique import Summarizer
    from communique.batching import BatchEstimate, BatchReport
    from communique.batching.batch_report import OnReport
    from communique.provider_batch import ProviderBatch
    from communique.settings import SettingsKwargs

__all__ = ["INCOMPLETE", "batch"]

INCOMPLETE = 6
"""Exit code if the run came to its end, but not every article has a summary."""


def batch(
    articles: Annotated[
        str,
        typer.Argument(
            metavar="IN",
            help="File of JSON Lines, CSV or Parquet (.jsonl, .csv, .tsv, .parquet; .jsonl.gz), "
            "folder of .txt, .html, .pdf and .docx files, or - for standard input.",
        ),
    ],
    *,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="File of outcomes: JSON Lines, appended to."),
    ] = None,
    table: Annotated[
        Path | None,
        typer.Option(help="Also write a .csv or .parquet file, one row per statement."),
    ] = None,
    excel: Annotated[
        bool, typer.Option("--excel", help="Begin the CSV table with a byte order mark.")
    ] = False,
    text_column: Annotated[str, typer.Option(help="Column or key of the text.")] = "text",
    id_column: Annotated[
        str | None, typer.Option(help="Column or key of the id; if not set: id, if it is there.")
    ] = None,
    model: ModelOption = None,
    prompt: PromptOption = None,
    base_url: BaseUrlOption = None,
    timeout: Annotated[float | None, typer.Option(help="Seconds to wait for a reply.")] = None,
    concurrency: Annotated[
        int | None, typer.Option(help="Articles read at once: 8, or 1 with the embedded model.")
    ] = None,
    requests_per_minute: Annotated[int | None, typer.Option(help="Limit for this process.")] = None,
    tokens_per_minute: Annotated[int | None, typer.Option(help="Limit for this process.")] = None,
    limit: Annotated[int | None, typer.Option(help="Most articles to read this time.")] = None,
    max_cost: Annotated[
        float | None, typer.Option(help="Most US dollars to spend on this output in all.")
    ] = None,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Read articles that failed before again.")
    ] = False,
    provider_batch: Annotated[
        bool,
        typer.Option(
            "--provider-batch", help="Ask by OpenAI's batch API: half the price, within a day."
        ),
    ] = False,
    batch_window: Annotated[
        str, typer.Option(help="Time for a batch, in the provider's words.")
    ] = "24h",
    poll_interval: Annotated[
        float, typer.Option(help="Most seconds between two looks at the batches.")
    ] = 60.0,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Only estimate tokens, cost and time; ask nothing."),
    ] = False,
    cache: Annotated[bool, typer.Option(help="Keep answers, and ask no question twice.")] = True,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Do not show progress.")] = False,
) -> None:
    """Read the articles of IN and write each one's summary or failure to OUTPUT.

    Rows have a text, and may have an id, title, source, url, published and language; all else is
    metadata, and is written back. The same command again resumes where it stopped.

    Exit codes: 0 every article has a summary, or --limit was reached; 6 some failed, or --max-cost
    was reached; 2 bad input or usage; 3 the provider or model failed; 4 its replies; 130 Ctrl-C.
    """
    from communique.batching.archive import summarizer_for
    from communique.batching.by_provider import (
        ByProvider,
        estimate_by_provider,
        open_provider_batch,
        run_by_provider,
    )
    from communique.batching.estimate import estimate_task
    from communique.batching.task import new_task
    from communique.cli.batch_display import batch_display
    from communique.cli.provider_display import StatusLines

    settings: SettingsKwargs = {
        **server_settings(base_url),
        "cache": None if cache and not dry_run else False,
        "timeout": timeout,
        "requests_per_minute": requests_per_minute,
        "tokens_per_minute": tokens_per_minute,
    }
    if output is None and not dry_run:
        raise SettingsError("--output: name the file for the outcomes, such as outcomes.jsonl")
    latest = _Latest()
    task = new_task(
        articles,
        output=output,
        table=table,
        excel=excel,
        text_column=text_column,
        id_column=id_column,
        limit=limit,
        concurrency=concurrency,
        max_cost=max_cost,
        retry_failed=retry_failed,
        on_progress=latest.take,
    )
    with summarizer_for(model, prompt, settings) as summarizer:
        if dry_run:
            estimate = estimate_by_provider if provider_batch else estimate_task
            _show_estimate(estimate(task, summarizer))
            return
        batches = None
        if provider_batch:
            on_status = None if quiet else StatusLines(_say).show
            how = ByProvider(batch_window, poll_interval, on_status)
            batches = open_provider_batch(task, summarizer, how)
        if not quiet:
            say_where(summarizer, "The articles are sent to")
            _fetch_weights(summarizer)
        try:
            with batch_display(enabled=not quiet) as latest.show:
                report = run_by_provider(task, summarizer, batches)
        except CommuniqueError:
            latest.say_how_to_go_on(batches)
            raise
        except KeyboardInterrupt:
            latest.say_how_to_go_on(batches, "nothing was finished this time")
            raise
    if not quiet:
        _show_report(report, table, batches)
    if report.failures or report.stopped == "max_cost":
        raise typer.Exit(INCOMPLETE)


class _Latest:
    """The latest report of a run, which may end with an error."""

    def __init__(self) -> None:
        self.show: OnReport | None = None
        self._report: BatchReport | None = None

    def take(self, report: BatchReport) -> None:
        self._report = report
        if self.show is not None:
            self.show(report)

    def say_how_to_go_on(self, batches: ProviderBatch | None, nothing: str = "") -> None:
        """Say how far the run has come, or ``nothing`` if there is no report."""
        from communique.cli.provider_display import how_to_go_on

        if done := nothing if self._report is None else _done(self._report):
            _say(f"{done}; the same command goes on from there")
        if said := how_to_go_on(batches):
            _say(said)


def _fetch_weights(summarizer: Summarizer) -> None:
    """Show the download of the embedded model, which happens once."""
    from communique import local
    from communique.cli.display import progress_display

    if summarizer.model.provider == "local":
        name = str((summarizer.model.identity or {})["model"])
        with progress_display() as on_progress:
            local.pull(name, on_progress=on_progress)


def _show_report(report: BatchReport, table: Path | None, batches: ProviderBatch | None) -> None:
    from communique.cli.batch_display import time_in_words

    usage, cost = report.usage, report.total_usage.cost_usd
    tokens = f", {usage.input_tokens:,} tokens in, {usage.output_tokens:,} out"
    _say(
        f"{_done(report)}; {report.new:,} of them now, {report.copied:,} as copies of the same "
        f"text, in {time_in_words(report.seconds)}{tokens if usage.calls else ''}"
        f"{'' if cost is None else f', ${cost:,.4f} in all'}"
    )
    if report.errors:
        most = sorted(report.errors.items(), key=lambda item: -item[1])
        named = ", ".join(f"{name} ({count:,})" for name, count in most)
        _say(f"failed: {named}; --retry-failed tries them again")
    if report.stopped is not None:
        option = {"limit": "--limit", "max_cost": "--max-cost"}[report.stopped]
        _say(f"stopped by {option}; the same command goes on from there")
    if table is not None:
        _say(f"table: {table}")
    if batches is not None:
        _say(str(batches.totals))


def _done(report: BatchReport) -> str:
    of = "" if report.total is None else f" of {report.total:,}"
    return f"{report.done:,}{of} rows done, {report.failures:,} of them failed"


def _show_estimate(estimate: BatchEstimate) -> None:
    """Print an estimate to standard output: it is what was asked for."""
    from communique.cli.batch_display import time_in_words

    usage = estimate.usage
    is_known = usage.cost_usd is not None
    cost = f"${usage.cost_usd:,.2f}" if is_known else "unknown; set COMMUNIQUE_PRICES"
    lines = {
        "rows": f"{estimate.rows:,}",
        "done already": f"{estimate.done:,}",
        "can't be read": f"{estimate.unreadable:,}",
        "the same text as another": f"{estimate.repeated:,}",
        "articles to ask about": f"{estimate.articles:,}",
        "questions": f"{usage.calls:,}",
        "tokens in, about": f"{usage.input_tokens:,}",
        "tokens out, about": f"{usage.output_tokens:,}",
        "cost, about": cost,
        "time, about": time_in_words(estimate.seconds),
    }
    for name, value in lines.items():
        typer.echo(f"{name + ':':26}{value}")
    for problem in estimate.problems:
        _say(problem)


def _say(message: str) -> None:
    from communique.render.safe_text import harmless

    typer.echo(harmless(message), err=True)
