"""`communique eval`: scores of prompt versions from recorded answers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from communique._internal.files import make_folder, replace
from communique.cli.checkout import check_checkout
from communique.cli.terminal import terminal
from communique.errors import CommuniqueError, RecordingError, SettingsError

if TYPE_CHECKING:
    from communique.evaluation.gold import GoldArticle
    from communique.evaluation.results import Evaluation
    from communique.evaluation.run import Record

__all__ = ["REGRESSION", "RegressionFound", "evaluate"]

REGRESSION = 5

_PEERS = ("langextract", "instructor")  # see tests/benchmarks/peers/


class RegressionFound(CommuniqueError):
    """A prompt version scores worse than the baseline, or a statement is not grounded."""


def evaluate(
    prompt: Annotated[
        list[str] | None,
        typer.Option(help="A prompt version; may be repeated. Default: all that are recorded."),
    ] = None,
    model: Annotated[
        str, typer.Option(help="The model whose answers are replayed or recorded.")
    ] = "local/qwen2.5-coder-1.5b",
    *,
    articles: Annotated[
        list[str] | None, typer.Option(help="A gold article's name; may be repeated. Default: all.")
    ] = None,
    record: Annotated[
        str,
        typer.Option(help="Articles to ask the model about: none, new (unrecorded), all."),
    ] = "none",
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

    If all articles are scored, the results are also written to prompts/evaluations/.
    """
    check_checkout(root, "eval", "seeds")
    from communique.evaluation.gold import load_all
    from communique.prompts import list_versions

    asked = _record(record)
    gold = _chosen(load_all(root / "seeds"), articles)
    versions = prompt or (_recorded_versions(root, model) if asked == "none" else list_versions())
    found = [_evaluate(gold, v, model, root, asked, quiet=quiet) for v in versions]
    against = next((e for e in found if e.prompt == (baseline or versions[0])), None)
    peers: list[Evaluation] = []
    if articles is None and prompt is None:
        peers = _peers(gold, model, root)
        _publish(found, peers, against or found[0], root)
    if report is not None:
        _write_report(gold, [*found, *peers], against, report)
    _show([*found, *peers], against, as_json=as_json)
    _judge(found, against)


def _recorded_versions(root: Path, model: str) -> list[str]:
    """Return the prompt versions of which the model's answers were recorded, the oldest first.

    Raises:
        RecordingError: there are none.
    """
    from communique.evaluation.run import cassette_folder
    from communique.prompts import list_versions
    from communique.settings import choose_model, load_settings

    choice = choose_model(load_settings(model=model))
    cassettes = root / "cassettes" / "evaluations"
    versions = list_versions()
    found = [name for name in versions if cassette_folder(cassettes, name, choice).is_dir()]
    if not found:
        raise RecordingError(
            f"no answers of {model} were recorded; record them with: communique eval "
            f"--model {model} --prompt {versions[0]} --record new"
        )
    return found


def _record(word: str) -> Record:
    match word:
        case "none" | "new" | "all":
            return word
        case _:
            raise SettingsError(f"--record: {word!r} is not one of none, new, all")


def _chosen(gold: list[GoldArticle], names: list[str] | None) -> list[GoldArticle]:
    if names is None:
        return gold
    known = {article.slug: article for article in gold}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise SettingsError(
            f"--articles: there is no gold article {unknown[0]!r}; there are: {', '.join(known)}"
        )
    return [known[name] for name in names]


def _evaluate(
    gold: list[GoldArticle], version: str, model: str, root: Path, record: Record, *, quiet: bool
) -> Evaluation:
    from communique._internal.progress import Progress
    from communique.cli.display import progress_display
    from communique.evaluation.results import judge
    from communique.evaluation.run import ArticleRun, run
    from communique.prompts import load_prompt
    from communique.settings import choose_model, load_settings

    choice = choose_model(load_settings(model=model))
    done = 0
    with progress_display(enabled=not quiet) as on_progress:

        def report(article: ArticleRun) -> None:
            nonlocal done
            done += 1
            message = f"{version}: {article.slug} ({done} of {len(gold)})"
            on_progress(Progress("read", done, len(gold), message))

        runs = run(
            gold,
            version,
            choice,
            root / "cassettes" / "evaluations",
            record=record,
            on_article=report,
        )
    return judge(gold, runs, load_prompt(version), choice)


def _peers(gold: list[GoldArticle], model: str, root: Path) -> list[Evaluation]:
    """Return existing evaluations of other libraries on the same articles."""
    from communique.evaluation.gold import gold_sha256
    from communique.evaluation.results import evaluation_path, load
    from communique.settings import choose_model, load_settings

    choice = choose_model(load_settings(model=model))
    paths = [evaluation_path(root / "prompts" / "evaluations", peer, choice) for peer in _PEERS]
    found = [load(path) for path in paths if path.is_file()]
    for peer in found:
        if peer.gold_sha256 != gold_sha256(gold):
            raise RecordingError(
                f"the gold has changed since {peer.prompt} was scored; score it again, without the "
                "model, as tests/benchmarks/README.md says (peer_score.py)"
            )
    return found


def _publish(
    found: list[Evaluation],
    peers: list[Evaluation],
    baseline: Evaluation,
    root: Path,
) -> None:
    from communique.evaluation.gold import load_held_back
    from communique.evaluation.report_table import readme
    from communique.evaluation.results import evaluation_path, save
    from communique.settings import ModelChoice

    folder = root / "prompts" / "evaluations"
    for evaluation in found:
        provider, _, name = evaluation.model.partition("/")
        save(evaluation, evaluation_path(folder, evaluation.prompt, ModelChoice(provider, name)))
    text = readme([*found, *peers], baseline, load_held_back(root / "seeds"))
    replace(folder / "README.md", text)


def _write_report(
    gold: list[GoldArticle], found: list[Evaluation], baseline: Evaluation | None, path: Path
) -> None:
    from communique.evaluation.report_html import to_html

    make_folder(path.parent)
    replace(path, to_html(found, gold, baseline=baseline.prompt if baseline else None))


def _show(found: list[Evaluation], baseline: Evaluation | None, *, as_json: bool) -> None:
    if as_json:
        typer.echo("[" + ",\n".join(e.model_dump_json(indent=1) for e in found) + "]")
        return
    from communique.evaluation.report_table import headline_table, sentences

    terminal().print(headline_table(found))
    for sentence in sentences(found, baseline) if baseline else ():
        typer.echo(sentence)


def _judge(found: list[Evaluation], baseline: Evaluation | None) -> None:
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
