"""Results of evaluations, stored as one JSON file per prompt version and model."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from communique._internal.files import make_folder, replace
from communique.errors import RecordingError
from communique.evaluation.bootstrap import Estimate
from communique.evaluation.gist_score import GIST_FIGURES
from communique.evaluation.gold import GoldArticle, gold_sha256
from communique.evaluation.matching import Matching, Pair, match
from communique.evaluation.metrics import (
    FIGURES,
    ArticleScore,
    estimate,
    estimate_field,
    estimate_gist,
    score,
    total,
)
from communique.evaluation.run import ArticleRun, replies_sha256
from communique.prompts import Prompt
from communique.settings import ModelChoice
from communique.statements import KINDS, Kind
from communique.summary import Usage

__all__ = ["ArticleResult", "Evaluation", "FieldShare", "evaluation_path", "judge", "load", "save"]


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ArticleResult(_Data):
    """The result for one article.

    Attributes:
        statements: all grounded predictions, in article order.
        matches: pairs of a gold and a predicted statement, including optional ones.
        missed: required gold statements without a prediction.
        false_alarms: ids of predictions without a gold statement.
        gist: the gist, empty if there is none.
        seconds: the model's computing time when the answers were recorded.
    """

    slug: str
    failure: str | None
    usage: Usage
    seconds: float | None
    score: ArticleScore
    statements: tuple[dict[str, JsonValue], ...]
    matches: tuple[dict[str, JsonValue], ...]
    missed: tuple[dict[str, JsonValue], ...]
    false_alarms: tuple[str, ...]
    gist: str


class FieldShare(_Data):
    """In how many of the matched pairs a field is right, and the share with its interval."""

    right: int
    pairs: int
    share: Estimate


class Evaluation(_Data):
    """The result of a prompt version and a model on the gold articles.

    Attributes:
        options: settings that shaped the requests; see `communique.Provenance`.
        prompt_sha256, replies_sha256, gold_sha256: hashes of what was evaluated.
        figures: each figure with its interval, over all kinds and by kind.
        fields: the same for each field; over all kinds, fields of one name are added up.
        gist: figures of the gists; empty if no article's gold has one.
    """

    prompt: str
    model: str
    options: dict[str, JsonValue] = Field(default_factory=dict[str, JsonValue])
    prompt_sha256: str
    replies_sha256: str
    gold_sha256: str
    figures: dict[str, dict[str, Estimate]]
    fields: dict[str, dict[str, FieldShare]]
    gist: dict[str, Estimate]
    usage: Usage
    seconds: float | None
    failures: int
    articles: tuple[ArticleResult, ...]

    @property
    def scores(self) -> list[ArticleScore]:
        """The counts of each article."""
        return [article.score for article in self.articles]


def judge(
    gold: Sequence[GoldArticle], runs: Sequence[ArticleRun], prompt: Prompt, model: ModelChoice
) -> Evaluation:
    """Score each article's run against its gold; both are in the same order."""
    articles = tuple(_judge_one(*pair) for pair in zip(gold, runs, strict=True))
    scores = [article.score for article in articles]
    figures = {
        str(kind or "all"): {name: estimate(scores, name, kind) for name in FIGURES}
        for kind in (None, *KINDS)
    }
    has_gist = any(item.gist is not None for item in scores)
    seconds = [run.seconds for run in runs if run.seconds is not None]
    options: dict[str, JsonValue] = {}
    for run in runs:
        options |= run.options
    return Evaluation(
        prompt=prompt.version,
        model=str(model),
        options=options,
        prompt_sha256=prompt.sha256,
        replies_sha256=replies_sha256(prompt.strategy),
        gold_sha256=gold_sha256(gold),
        figures=figures,
        fields={str(kind or "all"): _fields(scores, kind) for kind in (None, *KINDS)},
        gist={name: estimate_gist(scores, name) for name in GIST_FIGURES} if has_gist else {},
        usage=sum((run.usage for run in runs), Usage()),
        seconds=round(sum(seconds), 3) if seconds else None,
        failures=sum(run.summary is None for run in runs),
        articles=articles,
    )


def _fields(scores: Sequence[ArticleScore], kind: Kind | None) -> dict[str, FieldShare]:
    return {
        name: FieldShare(
            right=counts.right, pairs=counts.pairs, share=estimate_field(scores, name, kind)
        )
        for name, counts in total(scores, kind).fields.items()
    }


def _judge_one(gold: GoldArticle, run: ArticleRun) -> ArticleResult:
    statements = run.summary.statements if run.summary else ()
    gist = run.summary.gist if run.summary else ""
    matchings = match(gold.statements, statements).values()
    return ArticleResult(
        slug=gold.slug,
        failure=run.failure,
        usage=run.usage,
        seconds=run.seconds,
        score=score(gold, run.summary.statements if run.summary else None, gist),
        statements=tuple(s.model_dump(mode="json") for s in statements),
        matches=tuple(
            row
            for m in matchings
            for row in (
                *(_pair(p, optional=False) for p in m.pairs),
                *(_pair(p, optional=True) for p in m.excused),
            )
        ),
        missed=tuple(g.statement.model_dump(mode="json") for m in matchings for g in m.missed),
        false_alarms=tuple(s.id for m in matchings for s in _false_alarms(m)),
        gist=gist,
    )


def _false_alarms(matching: Matching) -> Sequence[Any]:
    return matching.false_alarms


def _pair(pair: Pair, *, optional: bool) -> dict[str, JsonValue]:
    alike = pair.similarity
    return {
        "gold": pair.gold.statement.model_dump(mode="json"),
        "predicted": pair.predicted.id,
        "optional": optional,
        "strict": pair.strict,
        "wrong": list(pair.wrong),
        "similarity": round(alike.total, 4),
        "evidence": round(alike.evidence, 4),
        "actor": round(alike.actor, 4),
        "content": round(alike.content, 4),
    }


def evaluation_path(root: Path, prompt: str, model: ModelChoice) -> Path:
    """Return the path of an evaluation: ``root/v2--NAME.json``."""
    return root / f"{prompt}--{model.name.replace('/', '-')}.json"


def save(evaluation: Evaluation, path: Path) -> None:
    """Write an evaluation as JSON; equal evaluations give equal bytes."""
    make_folder(path.parent)
    replace(path, evaluation.model_dump_json(indent=1) + "\n")


def load(path: Path) -> Evaluation:
    """Read an evaluation.

    Raises:
        RecordingError: the file is missing or not an evaluation.
    """
    try:
        return Evaluation.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as exc:
        raise RecordingError(f"{path} can't be read; make it again with: communique eval") from exc
