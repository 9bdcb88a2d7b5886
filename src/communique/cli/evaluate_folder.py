"""`communique eval --gold`: scores on annotated articles outside the repository."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import typer

from communique._internal.files import make_folder
from communique.cli.evaluation_steps import (
    ask,
    check_verdicts,
    choose_articles,
    find_baseline,
    publish,
    show,
    write_report,
)
from communique.errors import CommuniqueError, GoldError, ProviderError, SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from communique.evaluation.gold import GoldArticle
    from communique.evaluation.results import Evaluation
    from communique.evaluation.run import ArticleRun, Record
    from communique.settings import ModelChoice

__all__ = ["FolderTask", "check_output", "evaluate_folder"]


@dataclass(frozen=True)
class FolderTask:
    """What is scored.

    Attributes:
        folder: the annotated articles, each in a folder of its own.
        prompts: the prompt versions; None for the one that suits the model best.
        articles: names of articles; None for all.
        cassettes: where answers are kept; None to keep none.
        record: which articles to ask the model about, if there are cassettes.
    """

    folder: Path
    model: str
    prompts: Sequence[str] | None
    articles: Sequence[str] | None
    cassettes: Path | None
    record: Record


def check_output(output: Path | None, published: Path) -> None:
    """Check that results on other gold are not mixed with the repository's.

    Raises:
        SettingsError: the output is the folder of the published evaluations.
    """
    if output is not None and output.resolve() == published.resolve():
        raise SettingsError(
            f"--output: {output} is for results on the repository's own gold; name another folder"
        )


def evaluate_folder(
    task: FolderTask,
    *,
    output: Path | None,
    report: Path | None,
    baseline: str | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Score prompt versions on a folder's articles, and print or write the results.

    An article that is invalid, or that the model's server did not answer about, is named on
    standard error and left out; the others are scored.

    Raises:
        GoldError: there are no valid articles; or, after the results, some were invalid.
        CommuniqueError: the model is not available; or, after the results, some articles were
            not answered.
    """
    from communique.evaluation.gold import load_sound

    gold, invalid = load_sound(task.folder)
    gold, invalid = _chosen(gold, invalid, task.articles)
    for error in invalid.values():
        _tell(str(error))
    if not gold:
        raise GoldError(f"{task.folder} has no valid article to score")
    unanswered: dict[str, CommuniqueError] = {}
    found = _score(task, gold, unanswered, quiet=quiet)
    gold = [item for item in gold if item.slug not in unanswered]
    against = find_baseline(found, baseline)
    if output is not None:
        make_folder(output)
        publish(found, output, against or found[0])
    if report is not None:
        write_report(gold, found, against, report)
    show(found, against, as_json=as_json)
    _check_complete(invalid, unanswered)
    check_verdicts(found, against)


def _chosen(
    gold: Sequence[GoldArticle], invalid: Mapping[str, GoldError], names: Sequence[str] | None
) -> tuple[list[GoldArticle], dict[str, GoldError]]:
    if names is None:
        return list(gold), dict(invalid)
    broken = {name: invalid[name] for name in names if name in invalid}
    return choose_articles(gold, [name for name in names if name not in broken]), broken


def _score(
    task: FolderTask,
    gold: Sequence[GoldArticle],
    unanswered: dict[str, CommuniqueError],
    *,
    quiet: bool,
) -> list[Evaluation]:
    """Return the evaluations on the articles that were answered with every prompt version.

    The others are added to ``unanswered``.
    """
    from communique.evaluation.results import judge
    from communique.evaluation.run import default_prompt
    from communique.prompts import load_prompt
    from communique.settings import choose_model, load_settings

    choice = choose_model(load_settings(model=task.model))
    runs: dict[str, list[ArticleRun]] = {}
    for version in task.prompts or [default_prompt(choice)]:
        left = [item for item in gold if item.slug not in unanswered]
        runs[version] = _ask(task, left, version, choice, unanswered, quiet=quiet)
    left = [item for item in gold if item.slug not in unanswered]
    if not left:
        raise next(iter(unanswered.values()))
    answered = {item.slug for item in left}
    return [
        judge(left, [run for run in each if run.slug in answered], load_prompt(version), choice)
        for version, each in runs.items()
    ]


def _ask(
    task: FolderTask,
    gold: Sequence[GoldArticle],
    version: str,
    choice: ModelChoice,
    unanswered: dict[str, CommuniqueError],
    *,
    quiet: bool,
) -> list[ArticleRun]:
    def leave_out(item: GoldArticle, error: CommuniqueError) -> None:
        unanswered[item.slug] = error
        _tell(f"{item.slug}: {error}")

    return ask(
        gold,
        version,
        choice,
        task.cassettes,
        task.record,
        quiet=quiet,
        on_unanswered=leave_out,
    )


def _check_complete(
    invalid: Mapping[str, GoldError], unanswered: Mapping[str, CommuniqueError]
) -> None:
    if unanswered:
        raise ProviderError(f"not scored, for want of an answer: {', '.join(unanswered)}")
    if invalid:
        raise GoldError(f"not scored, as the gold is invalid: {', '.join(invalid)}")


def _tell(message: str) -> None:
    from communique.render.safe_text import harmless

    typer.echo(harmless(message), err=True)
