"""Runs of a prompt version over the gold articles, from cassettes or with the model itself."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from communique._internal.progress import OnProgress
from communique.errors import (
    ArticleError,
    AuthenticationFailed,
    CommuniqueError,
    ProviderError,
    RecordingError,
    ReplyError,
)
from communique.evaluation.gold import GoldArticle
from communique.models import open_model, open_recorded
from communique.prompts import StrategyName
from communique.reading.forms import schemas
from communique.recording import use_cassette
from communique.settings import ModelChoice, load_settings
from communique.summarizer import Summarizer
from communique.summary import Summary, Usage

__all__ = [
    "ArticleRun",
    "Record",
    "cassette_folder",
    "cassette_path",
    "default_prompt",
    "replies_sha256",
    "run",
]

Record = Literal["none", "new", "all"]
"""Which articles to ask the model about: none (cassettes only), those without a cassette, all."""

_NOWHERE = "http://nowhere.invalid/v1"


class ArticleRun(BaseModel):
    """An article's summary, or the reason for its failure.

    Attributes:
        slug: the gold article's name.
        summary: None if the article failed.
        failure: the error's class and message, or None.
        usage: tokens and calls, including those of a failure.
        seconds: computing time that the model's server reported when it answered, the same in
            a replay; None if it reports none.
        options: settings that shaped the requests; see `communique.Provenance`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    slug: str
    summary: Summary | None
    failure: str | None = None
    usage: Usage
    seconds: float | None
    options: dict[str, JsonValue] = Field(default_factory=dict[str, JsonValue])


def cassette_folder(root: Path, prompt: str, model: ModelChoice) -> Path:
    """Return the folder of all answers of a model to a prompt version."""
    return root / f"{prompt}--{model.name.replace('/', '-')}"


def cassette_path(root: Path, prompt: str, model: ModelChoice, slug: str) -> Path:
    """Return the path of an article's cassette: ``root/v2--NAME/slug.json``."""
    return cassette_folder(root, prompt, model) / f"{slug}.json"


def replies_sha256(strategy: StrategyName) -> str:
    """Return a hash of the forms that a strategy puts to a model.

    If the forms change, the model is asked differently, and recorded answers are obsolete.
    """
    return hashlib.sha256(json.dumps(schemas(strategy)).encode()).hexdigest()


def default_prompt(model: ModelChoice) -> str:
    """Return the prompt version of the settings, or else the one that suits the model best."""
    settings = load_settings(model=str(model))
    return settings.prompt or open_recorded(settings, model, _NOWHERE).default_prompt()


def run(
    articles: Sequence[GoldArticle],
    prompt: str,
    model: ModelChoice,
    cassettes: Path | None,
    *,
    record: Record = "none",
    on_article: Callable[[ArticleRun], None] | None = None,
    on_progress: OnProgress | None = None,
    on_unanswered: Callable[[GoldArticle, CommuniqueError], None] | None = None,
) -> list[ArticleRun]:
    """Summarize each article and return the outcomes, including failures of the model.

    Recording saves answers after each article, including those before an error; the next
    recording continues from there.

    Args:
        articles: the articles to read.
        prompt: a prompt version, or the path of a folder that holds one.
        model: provider and name; the name is also the cassettes' folder.
        cassettes: the folder of all evaluations' cassettes; None to ask the model about every
            article and record nothing.
        record: which articles to ask the model about, if there are cassettes.
        on_article: called after each article.
        on_progress: called for each question to the model.
        on_unanswered: called for each article about which the model's server gave no answer, or
            that is too long for it; it is left out. After an error that the next article would
            meet, too (a server that is down, a refused key), all the others are left out. By
            default such errors are raised.

    Raises:
        RecordingError: a cassette is missing, or does not match this prompt's requests; the
            message names the command that records it.
        ArticleError: an article is too long for the model.
        ModelNotAvailable, ProviderError: the model to ask is not available.
    """
    runs: list[ArticleRun] = []
    with ExitStack() as stack:
        read = _reader(stack, prompt, model, cassettes, record=record, on_progress=on_progress)
        for place, gold in enumerate(articles):
            try:
                done = read(gold)
            except (ProviderError, ArticleError) as exc:
                if on_unanswered is None:
                    raise
                is_last = isinstance(exc, ProviderError) and (
                    exc.retryable or isinstance(exc, AuthenticationFailed)
                )
                for other in articles[place:] if is_last else [gold]:
                    on_unanswered(other, exc)
                if is_last:
                    break
                continue
            runs.append(done)
            if on_article is not None:
                on_article(done)
    return runs


def _reader(
    stack: ExitStack,
    prompt: str,
    model: ModelChoice,
    cassettes: Path | None,
    *,
    record: Record,
    on_progress: OnProgress | None,
) -> Callable[[GoldArticle], ArticleRun]:
    """Return a function that summarizes an article, from its cassette or with the model."""
    recorded = open_recorded(load_settings(model=str(model), max_attempts=2), model, _NOWHERE)
    # Shared by all articles: creating a client takes longer than replaying an article.
    replay = stack.enter_context(Summarizer(model=recorded, prompt=prompt, cache=False))
    ask: Summarizer | None = None
    if cassettes is None or record != "none":
        source = open_model(load_settings(model=str(model)), model)
        ask = stack.enter_context(Summarizer(model=source, prompt=prompt, cache=False))

    def read(gold: GoldArticle) -> ArticleRun:
        if cassettes is None:
            assert ask is not None  # noqa: S101 without cassettes the model is asked
            return _summarized(gold, ask, on_progress)
        path = cassette_path(cassettes, replay.prompt.version, model, gold.slug)
        if record == "all":
            path.unlink(missing_ok=True)
        if ask is not None and not _is_complete(path, gold, replay):
            _one(gold, path, ask, record=True, on_progress=on_progress)
        # Replay even after recording, so that later evaluations report the same seconds.
        return _one(gold, path, replay, record=False, on_progress=None)

    return read


def _is_complete(path: Path, gold: GoldArticle, replay: Summarizer) -> bool:
    """Return whether a cassette answers all current questions."""
    if not path.is_file():
        return False
    try:
        _one(gold, path, replay, record=False, on_progress=None)
    except RecordingError:
        return False
    return True


def _one(
    gold: GoldArticle,
    path: Path,
    summarizer: Summarizer,
    *,
    record: bool,
    on_progress: OnProgress | None,
) -> ArticleRun:
    command = f"communique eval --prompt {summarizer.prompt.version} --record new"
    if not record and not path.is_file():
        raise RecordingError(f"{gold.slug} has no recording for this prompt; make one: {command}")
    try:
        with use_cassette(path, record=record):
            return _summarized(gold, summarizer, on_progress)
    except ProviderError as exc:
        if record:
            raise
        raise RecordingError(
            f"{path.name}: the cassette does not answer what prompt {summarizer.prompt.version} "
            f"asks about {gold.slug} now (prompt, reply models or article changed); record it "
            f"with: {command}"
        ) from exc
    except RecordingError as exc:
        raise RecordingError(f"{gold.slug}: {exc}; for an evaluation: {command}") from exc


def _summarized(
    gold: GoldArticle, summarizer: Summarizer, on_progress: OnProgress | None
) -> ArticleRun:
    try:
        summary = summarizer.summarize(gold.article, on_progress=on_progress)
    except ReplyError as exc:
        return _failed(gold, exc)
    return ArticleRun(
        slug=gold.slug,
        summary=summary,
        usage=summary.provenance.usage,
        seconds=summary.provenance.model_seconds,
        options=summary.provenance.options,
    )


def _failed(gold: GoldArticle, error: CommuniqueError) -> ArticleRun:
    usage = error.usage if isinstance(error, ReplyError) and error.usage else Usage()
    return ArticleRun(
        slug=gold.slug,
        summary=None,
        failure=f"{type(error).__name__}: {error}",
        usage=usage,
        seconds=None,
    )
