"""Score what the peers said, by the rules and in the form that the prompt versions have.

    python tests/benchmarks/peers/peer_score.py --output FOLDER

reads ``FOLDER/<peer>--<model>/<article>.json`` and writes, into ``--results`` (default: FOLDER),
``<peer>--<model>.json`` as `communique eval` writes its own, and ``peers.md``.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from peer_task import REPOSITORY
from pydantic import TypeAdapter, ValidationError

from communique.evaluation import compare, estimate, load_all, score
from communique.evaluation.report_table import fields_section
from communique.evaluation.results import Evaluation, evaluation_path, judge, save
from communique.evaluation.run import ArticleRun, cassette_folder, run
from communique.prompts import Prompt, list_versions, load_prompt
from communique.settings import ModelChoice, read_choice
from communique.statements import KINDS, Statement, StatementReply, by_kind
from communique.summary import Summary, Usage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from communique.evaluation import ArticleScore, Estimate, GoldArticle

__all__ = ["PEERS", "Scored", "fragment", "main", "raw_folder", "score_peer"]

PEERS = ("langextract", "instructor")

# As in communique's own grounding: what a small model writes where it means null.
NOTHING = {"", "none", "null", "n/a"}
NULLABLE = ("on_behalf_of", "outcome", "trigger")

_STATEMENT: TypeAdapter[Any] = TypeAdapter(Statement)
_REPLY: TypeAdapter[StatementReply] = TypeAdapter(StatementReply)


@dataclass(frozen=True)
class Scored:
    """A peer's evaluation, and what its form has no place for.

    Attributes:
        located: the scores if statements that are not wholly in the article are left out.
        said: statements of all articles, the unusable ones included.
        unusable: statements without evidence or with an empty field, which are left out.
        unlocated: statements with evidence that is not in the article; they count.
        notes: warnings of the peer, such as parts of an article that it lost.
        cut_off: answers that reached the limit of tokens.
        seconds: wall-clock time of all articles.
    """

    evaluation: Evaluation
    located: list[ArticleScore]
    said: int
    unusable: int
    unlocated: int
    notes: int
    cut_off: int
    seconds: float


def main() -> None:
    """Score all peers that have an output."""
    parser = argparse.ArgumentParser(description="Score the outputs of the peers.")
    parser.add_argument("--output", type=Path, required=True, help="what run.py wrote")
    parser.add_argument("--results", type=Path, help="where to write; default: the output folder")
    parser.add_argument("--model", default="local", help="provider/name")
    parser.add_argument(
        "--articles",
        nargs="+",
        default=[],
        help="only these gold articles; default: all that the peers answered",
    )
    arguments = parser.parse_args()
    model = read_choice(arguments.model, "--model")
    name = model.name
    peers = [peer for peer in PEERS if raw_folder(arguments.output, peer, name).is_dir()]
    if not peers:
        raise SystemExit(f"{arguments.output} has no output of {' or '.join(PEERS)} with {model}")
    answered = set.intersection(
        *(
            {path.stem for path in raw_folder(arguments.output, p, model.name).iterdir()}
            for p in peers
        )
    )
    asked = set(arguments.articles) or answered
    gold = [item for item in load_all(REPOSITORY / "seeds") if item.slug in asked]
    results = arguments.results or arguments.output
    scored: list[Scored] = []
    for peer in peers:
        scored.append(score_peer(arguments.output, peer, model, gold))
        save(scored[-1].evaluation, evaluation_path(results, peer, model))
    text = fragment(scored, _versions(gold, model))
    (results / "peers.md").write_text(text, encoding="utf-8")
    sys.stdout.write(text)


def _versions(gold: Sequence[GoldArticle], model: ModelChoice) -> list[Evaluation]:
    """Return the evaluations of the prompt versions that were recorded, from their cassettes.

    They are scored anew, so that they belong to the same gold as the peers'.
    """
    cassettes = REPOSITORY / "cassettes" / "evaluations"
    return [
        judge(gold, run(gold, name, model, cassettes), load_prompt(name), model)
        for name in list_versions()
        if cassette_folder(cassettes, name, model).is_dir()
    ]


def raw_folder(output: Path, peer: str, model: str) -> Path:
    """Return the folder of a peer's answers, with one JSON file per article."""
    return output / f"{peer}--{model.replace('/', '-')}"


def score_peer(output: Path, peer: str, model: ModelChoice, gold: Sequence[GoldArticle]) -> Scored:
    """Score one peer's answers to the gold articles.

    Evidence is what the article has where the peer says its quote is. Evidence that the peer
    could not find counts as a statement that is not grounded: a false alarm, as a rule.

    Raises:
        SystemExit: an article has no answer, or one to another text or another question.
    """
    raw = [_read(raw_folder(output, peer, model.name), item) for item in gold]
    for name in ("version", "asked_sha256"):
        if len({item[name] for item in raw}) > 1:
            raise SystemExit(f"the answers of {peer} differ in {name}: run run.py again")
    runs: list[ArticleRun] = []
    located: list[ArticleScore] = []
    counts = {"said": 0, "unusable": 0, "unlocated": 0}
    for item, answer in zip(gold, raw, strict=True):
        text = item.article.text
        statements = _statements(answer["statements"], text)
        grounded = [each for each in statements if _is_located(each, text)]
        counts["said"] += len(answer["statements"])
        counts["unusable"] += len(answer["statements"]) - len(statements)
        counts["unlocated"] += len(statements) - len(grounded)
        located.append(score(item, None if answer["error"] else grounded))
        runs.append(_run(item, answer, statements))
    asked = raw[0]["asked_sha256"]
    prompt = Prompt.model_construct(
        version=f"{peer} {raw[0]['version']}", sha256=asked, strategy="whole"
    )
    evaluation = judge(gold, runs, prompt, model)
    return Scored(
        # A peer's reply model is part of what it was asked; communique's own has no part in it.
        evaluation=evaluation.model_copy(update={"replies_sha256": asked}),
        located=located,
        **counts,
        notes=sum(len(answer["notes"]) for answer in raw),
        cut_off=sum(call["finish_reason"] == "length" for a in raw for call in a["calls"]),
        seconds=sum(answer["seconds"] for answer in raw),
    )


def _read(folder: Path, item: GoldArticle) -> dict[str, Any]:
    path = folder / f"{item.slug}.json"
    if not path.is_file():
        raise SystemExit(f"{path} is missing: run run.py again, it asks for what is missing")
    answer = json.loads(path.read_text(encoding="utf-8"))
    if answer["article_sha256"] != item.article.id:
        raise SystemExit(f"{path} answers an older text of {item.slug}: run run.py again")
    return answer


def _run(item: GoldArticle, answer: dict[str, Any], statements: Sequence[Any]) -> ArticleRun:
    calls = answer["calls"]
    seconds = [call["model_seconds"] for call in calls]
    # Made without validation: a summary of communique's can't hold ungrounded evidence.
    summary = Summary.model_construct(
        article=item.article,
        gist="",
        **by_kind(statements),
    )
    return ArticleRun.model_construct(
        slug=item.slug,
        summary=None if answer["error"] else summary,
        failure=answer["error"],
        usage=Usage(
            calls=len(calls),
            **{
                name: sum(call[name] for call in calls)
                for name in ("input_tokens", "cached_input_tokens", "output_tokens")
            },
        ),
        # As in communique's evaluations, a failed article has tokens but no seconds.
        seconds=None if answer["error"] or None in seconds else sum(seconds),
    )


def _statements(said: Sequence[dict[str, Any]], text: str) -> list[Any]:
    found: list[Any] = []
    counts = dict.fromkeys(KINDS, 0)
    for fields in said:
        tidy = {name: _tidy(name, value) for name, value in fields.items() if name != "evidence"}
        evidence = _evidence(fields["evidence"], text)
        try:
            # Attribution is not scored, and the peers are not asked for it.
            kind = tidy["kind"]
            number = counts.get(kind, 0) + 1
            found.append(
                _STATEMENT.validate_python(
                    {
                        **_REPLY.validate_python(tidy).normalized().model_dump(),
                        "id": f"{kind}-{number}",
                        "attribution": "reported",
                        "evidence": evidence,
                    }
                )
            )
            counts[kind] = number
        except ValidationError:
            continue
    return found


def _tidy(name: str, value: Any) -> Any:
    if isinstance(value, list):
        parties = (" ".join(str(item).split()) for item in cast("list[object]", value))
        return list(dict.fromkeys(party for party in parties if party))
    if not isinstance(value, str):
        return value
    plain = " ".join(value.split())
    return None if name in NULLABLE and plain.strip(" .").casefold() in NOTHING else plain


def _evidence(quotes: Sequence[dict[str, Any]], text: str) -> list[dict[str, Any]]:
    """Spans in article order; what is not in the article stands behind its end."""
    spans: list[dict[str, Any]] = []
    behind = len(text)
    for quote in quotes:
        start, end, said = quote["start"], quote["end"], quote["text"]
        if start is not None and end is not None and text[start:end].strip():
            spans.append({"start": start, "end": end, "text": text[start:end]})
        elif said.strip():
            spans.append({"start": behind, "end": behind + len(said), "text": said})
            behind += len(said)
    return sorted(spans, key=lambda span: span["start"])


def _is_located(statement: Any, text: str) -> bool:
    return all(text[span.start : span.end] == span.text for span in statement.evidence)


FIGURES = ("f1", "strict_f1", "full_f1", "full_plus_f1", "detection_f1", "grounded")
COLUMNS = (
    "prompt", "model", "F1", "strict F1", "full F1", "full+", "detection F1", "grounded",
    *(f"F1 {kind}" for kind in KINDS), "said", "tokens in", "tokens out", "s", "failed",
)  # fmt: skip


def fragment(scored: Sequence[Scored], versions: Sequence[Evaluation]) -> str:
    """The peers beside the prompt versions, as Markdown.

    Args:
        scored: the peers.
        versions: evaluations of prompt versions; those of other articles are left out.
    """
    articles = [item.slug for item in scored[0].evaluation.articles]
    beside = [item for item in versions if [each.slug for each in item.articles] == articles]
    rows = [*(item.evaluation for item in scored), *beside]
    lines = [
        f"{len(articles)} gold articles; 95 % bootstrap intervals over articles in brackets.",
        "Said (statements), tokens and seconds (s) are means an article; the seconds are the",
        "model's own, as its server reported them for the articles that did not fail.",
        "",
        _row(COLUMNS),
        _row("---" for _ in COLUMNS),
        *(_row(_cells(item)) for item in rows),
        "",
        *(f"- {line}" for item in scored for line in _remarks(item)),
        *(f"- {_against(item.evaluation, version)}" for version in beside for item in scored),
        "",
        *fields_section(rows),
    ]
    return "\n".join(lines) + "\n"


def _cells(evaluation: Evaluation) -> list[str]:
    count = len(evaluation.articles)
    of_all = evaluation.figures["all"]
    said = sum(len(article.statements) for article in evaluation.articles)
    return [
        evaluation.prompt,
        evaluation.model,
        *(_figure(of_all[name]) for name in FIGURES),
        *(_figure(evaluation.figures[kind]["f1"]) for kind in KINDS),
        f"{said / count:.1f}",
        f"{evaluation.usage.input_tokens / count:,.0f}",
        f"{evaluation.usage.output_tokens / count:,.0f}",
        "–" if _seconds(evaluation) is None else f"{_seconds(evaluation):.0f}",
        str(evaluation.failures),
    ]


def _remarks(item: Scored) -> list[str]:
    count = len(item.evaluation.articles)
    name = item.evaluation.prompt
    what = (
        f"{item.said} statements said; {item.unlocated} with evidence that is not in the article, "
        f"{item.unusable} left out for an empty field; {item.cut_off} answers cut off at the "
        f"token limit; {item.notes} warnings; {item.seconds / count:.0f} s an article by the clock"
    )
    without = _figure(estimate(item.located, "f1"))
    return [
        f"{name}: {what}.",
        f"{name}, statements whose evidence is not in the article left out: F1 {without}.",
    ]


def _against(peer: Evaluation, version: Evaluation) -> str:
    found = compare(peer.scores, version.scores)
    line = (
        f"{version.prompt} against {peer.prompt}: F1 {_figure(found.difference, signed=True)}: "
        f"{found.verdict}"
    )
    full = compare(peer.scores, version.scores, "full_f1")
    for title, gap in (("F1", found), ("full F1", full)):
        if gap.old and gap.new is not None:
            line += f"; {gap.new / gap.old:.1f} times its {title}"
    ours, theirs = _seconds(version), _seconds(peer)
    if ours is not None and theirs:
        line += f"; {ours / theirs:.2f} times its seconds"
    return line


def _seconds(evaluation: Evaluation) -> float | None:
    """Mean of the articles whose server reported them."""
    timed = sum(article.seconds is not None for article in evaluation.articles)
    return None if evaluation.seconds is None else evaluation.seconds / timed


def _figure(value: Estimate, *, signed: bool = False) -> str:
    form = "+.2f" if signed else ".2f"
    if value.value is None:
        return "–"
    if value.low is None or value.high is None:
        return f"{value.value:{form}}"
    return f"{value.value:{form}} ({value.low:{form}}–{value.high:{form}})"


def _row(cells: Any) -> str:
    return "| " + " | ".join(cells) + " |"


if __name__ == "__main__":
    main()
