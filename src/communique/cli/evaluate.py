"""`communique eval`: scores of prompt versions, from recorded answers or with the model itself."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from communique.cli.checkout import check_checkout
from communique.cli.evaluate_folder import FolderTask, check_output, evaluate_folder
from communique.cli.evaluation_steps import (
    ask,
    check_record,
    check_verdicts,
    choose_articles,
    find_baseline,
    publish,
    show,
    write_report,
)
from communique.errors import RecordingError, SettingsError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from communique.evaluation.gold import GoldArticle
    from communique.evaluation.results import Evaluation
    from communique.evaluation.run import Record

__all__ = ["evaluate"]

_CASSETTES = Path("cassettes", "evaluations")
_PUBLISHED = Path("prompts", "evaluations")
_PEERS = ("langextract", "instructor")  # see tests/benchmarks/peers/


def evaluate(
    prompt: Annotated[
        list[str] | None,
        typer.Option(
            help="A prompt version; may be repeated. Default: all that are recorded; with --gold, "
            "the one that suits the model."
        ),
    ] = None,
    model: Annotated[
        str, typer.Option(help="The model whose answers are replayed, or that is asked.")
    ] = "local",
    *,
    articles: Annotated[
        list[str] | None, typer.Option(help="A gold article's name; may be repeated. Default: all.")
    ] = None,
    record: Annotated[
        str | None,
        typer.Option(
            help="Articles to ask the model about: none, new (unrecorded), all. Default: none; "
            "new with --cassettes."
        ),
    ] = None,
    gold: Annotated[
        Path | None,
        typer.Option(
            help="A folder of gold articles to score instead of the repository's seeds/; the model "
            "is asked now."
        ),
    ] = None,
    cassettes: Annotated[
        Path | None,
        typer.Option(
            help="With --gold: a folder for the model's answers; what it has is not asked again. "
            "Default: nothing is recorded."
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="With --gold: write the results to this folder, as JSON and Markdown.",
        ),
    ] = None,
    baseline: Annotated[
        str | None,
        typer.Option(help="The prompt version to compare the others with. Default: the first."),
    ] = None,
    report: Annotated[
        Path | None, typer.Option(help="Write the full report as an HTML page to this file.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write the evaluations as JSON.")] = False,
    root: Annotated[
        Path, typer.Option(help="The repository, with seeds/, cassettes/ and prompts/evaluations/.")
    ] = Path(),
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Do not show progress.")] = False,
) -> None:
    """Score prompt versions on the gold articles, offline, from recorded answers.

    If all articles are scored, the results are also written to prompts/evaluations/. With --gold,
    another folder's articles are scored by asking the model, in any folder and without a clone;
    the results are only printed, unless --output or --report says otherwise.
    """
    if gold is not None:
        if record is not None and cassettes is None:
            raise SettingsError("--record with --gold needs --cassettes FOLDER, where to record")
        check_output(output, root / _PUBLISHED)
        asked = check_record(record or "new")
        task = FolderTask(gold, model, prompt, articles, cassettes, asked)
        evaluate_folder(
            task, output=output, report=report, baseline=baseline, as_json=as_json, quiet=quiet
        )
        return
    for name, given in (("--cassettes", cassettes), ("--output", output)):
        if given is not None:
            raise SettingsError(f"{name} belongs to --gold FOLDER, which is missing")
    check_checkout(root, "eval", "seeds")
    _evaluate_seeds(
        root,
        model,
        prompt,
        articles,
        check_record(record or "none"),
        baseline=baseline,
        report=report,
        as_json=as_json,
        quiet=quiet,
    )


def _evaluate_seeds(
    root: Path,
    model: str,
    prompts: Sequence[str] | None,
    articles: Sequence[str] | None,
    record: Record,
    *,
    baseline: str | None,
    report: Path | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Score prompt versions on the repository's gold, and publish the results if it is all."""
    from communique.evaluation.gold import load_all, load_held_back
    from communique.evaluation.results import judge
    from communique.prompts import list_versions, load_prompt
    from communique.settings import choose_model, load_settings

    gold = choose_articles(load_all(root / "seeds"), articles)
    choice = choose_model(load_settings(model=model))
    versions = prompts or (_recorded_versions(root, model) if record == "none" else list_versions())
    found: list[Evaluation] = []
    for version in versions:
        runs = ask(gold, version, choice, root / _CASSETTES, record, quiet=quiet)
        found.append(judge(gold, runs, load_prompt(version), choice))
    against = find_baseline(found, baseline)
    peers: list[Evaluation] = []
    if articles is None and prompts is None:
        peers = _peers(gold, model, root)
        held_back = load_held_back(root / "seeds")
        publish(found, root / _PUBLISHED, against or found[0], peers=peers, held_back=held_back)
    if report is not None:
        write_report(gold, [*found, *peers], against, report)
    show([*found, *peers], against, as_json=as_json)
    check_verdicts(found, against)


def _recorded_versions(root: Path, model: str) -> list[str]:
    """Return the prompt versions of which the model's answers were recorded, the oldest first.

    Raises:
        RecordingError: there are none.
    """
    from communique.evaluation.run import cassette_folder
    from communique.prompts import list_versions
    from communique.settings import choose_model, load_settings

    choice = choose_model(load_settings(model=model))
    versions = list_versions()
    found = [name for name in versions if cassette_folder(root / _CASSETTES, name, choice).is_dir()]
    if not found:
        raise RecordingError(
            f"no answers of {model} were recorded; record them with: communique eval "
            f"--model {model} --prompt {versions[0]} --record new"
        )
    return found


def _peers(gold: list[GoldArticle], model: str, root: Path) -> list[Evaluation]:
    """Return existing evaluations of other libraries, if they are on all these articles."""
    from communique.evaluation.gold import gold_sha256
    from communique.evaluation.results import evaluation_path, load
    from communique.settings import choose_model, load_settings

    choice = choose_model(load_settings(model=model))
    paths = [evaluation_path(root / _PUBLISHED, peer, choice) for peer in _PEERS]
    found = [load(path) for path in paths if path.is_file()]
    for peer in found:
        if peer.gold_sha256 != gold_sha256(_answered(peer, gold)):
            raise RecordingError(
                f"the gold has changed since {peer.prompt} was scored; score it again, without the "
                "model, as tests/benchmarks/README.md says (peer_score.py)"
            )
    return [peer for peer in found if len(peer.articles) == len(gold)]


def _answered(peer: Evaluation, gold: Sequence[GoldArticle]) -> list[GoldArticle]:
    slugs = {article.slug for article in peer.articles}
    return [article for article in gold if article.slug in slugs]
