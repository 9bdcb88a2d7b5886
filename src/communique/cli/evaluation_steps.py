"""The steps that every evaluation on the command line takes: asking, showing, writing, judging."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from communique._internal.files import make_folder, replace
from communique.cli.terminal import terminal
from communique.errors import CommuniqueError, SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from communique.evaluation.gold import GoldArticle
    from communique.evaluation.results import Evaluation
    from communique.evaluation.run import ArticleRun, Record
    from communique.settings import ModelChoice

__all__ = [
    "REGRESSION",
    "RegressionFound",
    "ask",
    "check_record",
    "check_verdicts",
    "choose_articles",
    "find_baseline",
    "publish",
    "show",
    "write_report",
]

REGRESSION = 5


class RegressionFound(CommuniqueError):
    """A prompt version scores worse than the baseline, or a statement is not grounded."""


def check_record(word: str) -> Record:
    """Return the word of ``--record``.

    Raises:
        SettingsError: it is none of them.
    """
    match word:
        case "none" | "new" | "all":
            return word
        case _:
            raise SettingsError(f"--record: {word!r} is not one of none, new, all")


def choose_articles(gold: Sequence[GoldArticle], names: Sequence[str] | None) -> list[GoldArticle]:
    """Return the articles with these names, in this order; all for None.

    Raises:
        SettingsError: there is no article of a name.
    """
    if names is None:
        return list(gold)
    known = {article.slug: article for article in gold}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise SettingsError(
            f"--articles: there is no gold article {unknown[0]!r}; there are: {', '.join(known)}"
        )
    return [known[name] for name in names]


def ask(
    gold: Sequence[GoldArticle],
    version: str,
    choice: ModelChoice,
    cassettes: Path | None,
    record: Record,
    *,
    quiet: bool,
    on_unanswered: Callable[[GoldArticle, CommuniqueError], None] | None = None,
) -> list[ArticleRun]:
    """Summarize the articles, with progress on standard error; see `communique.evaluation.run`."""
    from communique._internal.progress import Progress
    from communique.cli.display import progress_display
    from communique.evaluation.run import run

    done = 0
    with progress_display(enabled=not quiet) as on_progress:

        def report(article: ArticleRun) -> None:
            nonlocal done
            done += 1
            message = f"{version}: {article.slug} ({done} of {len(gold)})"
            on_progress(Progress("read", done, len(gold), message))

        return run(
            gold,
            version,
            choice,
            cassettes,
            record=record,
            on_article=report,
            on_unanswered=on_unanswered,
        )


def find_baseline(found: Sequence[Evaluation], version: str | None) -> Evaluation | None:
    """Return the evaluation to compare the others with: by default the first."""
    return next((e for e in found if version in {None, e.prompt}), None)


def publish(
    found: Sequence[Evaluation],
    folder: Path,
    baseline: Evaluation,
    *,
    peers: Sequence[Evaluation] = (),
    held_back: frozenset[str] = frozenset(),
) -> None:
    """Write each evaluation to a folder, as JSON, and ``README.md`` with all of them."""
    from communique.evaluation.report_table import readme
    from communique.evaluation.results import evaluation_path, save
    from communique.settings import read_choice

    for evaluation in found:
        model = read_choice(evaluation.model, "model")
        save(evaluation, evaluation_path(folder, evaluation.prompt, model))
    replace(folder / "README.md", readme([*found, *peers], baseline, held_back))


def write_report(
    gold: Sequence[GoldArticle],
    found: Sequence[Evaluation],
    baseline: Evaluation | None,
    path: Path,
) -> None:
    """Write the report as an HTML page."""
    from communique.evaluation.report_html import to_html

    make_folder(path.parent)
    replace(path, to_html(found, gold, baseline=baseline.prompt if baseline else None))


def show(found: Sequence[Evaluation], baseline: Evaluation | None, *, as_json: bool) -> None:
    """Print the evaluations: as tables with verdicts, or as JSON."""
    if as_json:
        typer.echo("[" + ",\n".join(e.model_dump_json(indent=1) for e in found) + "]")
        return
    from communique.evaluation.report_table import fields_table, headline_table, sentences

    console = terminal()
    console.print(headline_table(found))
    typer.echo()
    console.print(fields_table(found))
    lines = sentences(found, baseline) if baseline else []
    typer.echo("\n".join(["", *lines]) if lines else "", nl=bool(lines))


def check_verdicts(found: Sequence[Evaluation], baseline: Evaluation | None) -> None:
    """Check that all statements are grounded and no evaluation is worse than the baseline.

    Raises:
        RegressionFound: that is not so.
    """
    from communique.evaluation.report_table import verdicts

    for evaluation in found:
        if evaluation.figures["all"]["grounded"].value not in {1.0, None}:
            raise RegressionFound(
                f"{evaluation.prompt}: a statement's evidence differs from the article's text"
            )
    worse = [
        name
        for name, comparison in (verdicts(found, baseline) if baseline else {}).items()
        if comparison.verdict == "worse"
    ]
    if worse:
        raise RegressionFound(f"worse than {baseline and baseline.prompt}: {', '.join(worse)}")
