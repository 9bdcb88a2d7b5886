# pyright: strict
"""A program that uses every public name, typed as a user would write it.

`tests/test_examples.py` runs it, and has pyright and mypy check it strictly.
"""

from __future__ import annotations

import asyncio
import datetime
import tempfile
from collections.abc import AsyncIterator, Generator, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal, assert_never, assert_type

import httpx2

import communique
from communique import (
    Agreement,
    Article,
    AsyncStatementStream,
    BatchEstimate,
    BatchReport,
    CommuniqueError,
    Condition,
    Correction,
    Dossier,
    Evidence,
    Failure,
    Position,
    Progress,
    Provenance,
    Rejected,
    Sentence,
    Settings,
    Statement,
    StatementStream,
    Summarizer,
    Summary,
    Threat,
    Usage,
    asummarize,
    batch,
    codes,
    dossier,
    errors,
    estimate_batch,
    json_schema,
    local,
    read_article,
    read_outcomes,
    stream,
    summarize,
    summarize_many,
    testing,
    to_duckdb,
    to_pandas,
    to_parquet,
    to_polars,
    write_report,
)
from communique.models import Answer, LanguageModel, Message
from communique.models.base import ReplyT
from communique.prompts import Sampling
from communique.render import EventRow, Row, to_csv, to_json

ARTICLE = Article(
    text="Ruritania opposes the dam. Ulmia will bomb it if work goes on. Both signed a truce.",
    id=4711,
    title="The dam",
    metadata={"desk": "Asia", "pages": [1, 2]},
    published=datetime.date(2026, 1, 31),
)

ANSWER: dict[str, object] = {
    "gist": "Two states argue about a dam.",
    "statements": [
        {"kind": "position", "actor": "Ruritania", "on_behalf_of": None, "issue": "the dam",
         "stance": "opposes", "sentences": [1]},
        {"kind": "condition", "actor": "Ulmia", "on_behalf_of": None, "outcome": None,
         "relation": "if", "condition": "work on the dam ends", "sentences": [2]},
        {"kind": "threat", "actor": "Ulmia", "on_behalf_of": None, "target": "Ruritania",
         "action": "bomb the dam", "trigger": "work goes on", "means": "military", "sentences": [2]},
        {"kind": "agreement", "parties": ["Ruritania", "Ulmia"], "subject": "truce",
         "status": "agreed", "sentences": [3]},
        {"kind": "agreement", "parties": ["Ruritania", "Ulmia"], "subject": " ",
         "status": "agreed", "sentences": [3]},
    ],
}  # fmt: skip


def model() -> testing.ScriptedModel:
    return testing.ScriptedModel([ANSWER])


class OwnModel(LanguageModel):
    """A model of the user's own."""

    provider = "own"

    async def ask(
        self, messages: Sequence[Message], form: type[ReplyT], sampling: Sampling
    ) -> Answer[ReplyT]:
        return await model().ask(messages, form, sampling)


def scripts() -> list[testing.ScriptedModel]:
    """Each kind of script."""
    by_article: dict[Article, list[testing.Reply]] = {ARTICLE: [errors.RateLimited("busy"), ANSWER]}
    by_text = {ARTICLE.text: [ANSWER, "no JSON"]}
    return [
        testing.ScriptedModel(by_article, max_attempts=2),
        testing.ScriptedModel(by_text, usage=Usage(calls=1, input_tokens=9)),
        testing.ScriptedModel(lambda messages: ANSWER if messages else "?"),
        testing.ScriptedModel([[{"action": "bomb"}], "text", ANSWER], 8_000),
    ]


def why(error: CommuniqueError) -> str:
    """Every error, with what it carries."""
    partial: Summary | None = error.partial
    received = f"{error.attempts} {error.raw_replies} {error.usage} {partial}"
    match error:
        case (
            errors.AuthenticationFailed()
            | errors.RateLimited()
            | errors.ProviderUnavailable()
            | errors.ProviderTimeout()
            | errors.LimitReached()
            | errors.Interrupted()
        ):
            return f"{received} {error.retryable} {error.retry_after}"
        case errors.ProviderError() | errors.ModelNotAvailable():
            return received
        case errors.RefusedReply() | errors.TruncatedReply() | errors.InvalidReply():
            return received
        case errors.ReplyError() | errors.SettingsError() | errors.PromptError():
            return received
        case errors.GoldError() | errors.RecordingError() | errors.ArticleError():
            return received
        case _:
            return type(error).__name__


def archived() -> list[str]:
    """An archive, from rows to outcomes."""
    with tempfile.TemporaryDirectory() as folder:
        return archive(Path(folder))


def archive(folder: Path) -> list[str]:
    steps: list[BatchReport] = []
    rows: list[dict[str, object]] = [{"id": 7, "text": ARTICLE.text, "desk": "Asia"}]
    output = folder / "out.jsonl"
    estimate: BatchEstimate = estimate_batch(
        [ARTICLE, ARTICLE.text], output=output, model=model(), prompt="v1", concurrency=2
    )
    report: BatchReport = batch(
        rows,
        output=output,
        table=str(folder / "out.csv"),
        excel=True,
        limit=10,
        concurrency=4,
        retry_failed=True,
        on_progress=steps.append,
        model=model(),
        prompt="v1",
    )
    found = [outcome.id or one_by_one(outcome) for outcome in read_outcomes(output)]
    assert_type(report.stopped, Literal["limit", "max_cost"] | None)
    assert (report.done, report.left, report.errors) == (1, 0, {})
    return [*found, f"{estimate.articles} {estimate.usage.calls} {[step.total for step in steps]}"]


def correct(summary: Summary) -> tuple[Correction, ...]:
    threat = summary.threats[0]
    better = summary.corrected(threat.id, means="nuclear", by="Ana Ruiz")
    better = better.without(threat.id, by="Ana Ruiz").with_statement(threat)
    assert better.accepted(threat.id, by="Ana Ruiz").with_gist("A dam.", by="Ana Ruiz").undone()
    assert_type(better.undone(), Summary)
    return better.provenance.corrections


def embedded() -> list[str]:
    """The embedded model by every function; never called."""
    with local.serve(api_key="key", port=0) as base_url:
        reader = Summarizer(
            model=f"openai/{base_url.model}", base_url=base_url, api_key=base_url.api_key
        )
    server: local.Server = local.shared_server()
    paths: list[Path] = [local.pull(), local.path(local.DEFAULT)]
    return [repr(reader), server.base_url, *map(str, paths), str(local.remove())]


def describe(statement: Statement) -> str:
    match statement:
        case Position():
            return f"{statement.actor} {statement.stance} {statement.issue}"
        case Condition():
            return f"{statement.condition} {statement.relation} {statement.outcome or 'nothing'}"
        case Threat():
            return f"{statement.target}: {statement.action}, {statement.trigger or statement.means}"
        case Agreement():
            return f"{' and '.join(statement.parties)}: {statement.subject}, {statement.status}"
        case _:
            assert_never(statement)


def quote(evidence: Evidence, article: Article) -> str:
    return article.text[evidence.start : evidence.end]


def quotations(summary: Summary) -> list[str]:
    injections: tuple[Evidence, ...] = summary.injections
    return [quote(span, summary.article) for span in (*summary.threats[0].evidence, *injections)]


def cost(usage: Usage) -> float:
    return usage.cost_usd or 0.0


def made_by(provenance: Provenance) -> str:
    before: Usage | None = provenance.from_cache
    paid: Usage = provenance.paid if before is None else provenance.usage - before
    return f"{provenance.model}, prompt {provenance.prompt_version}, {cost(paid)} USD"


def reasons(rejected: tuple[Rejected, ...]) -> list[str]:
    return [item.reason for item in rejected]


def first(sentences: tuple[Sentence, ...]) -> str:
    return sentences[0].text


def one_by_one(outcome: Summary | Failure) -> str:
    if isinstance(outcome, Failure):
        error: BaseException | None = outcome.exception
        assert error is not None
        assert_type(outcome.retryable, bool)
        assert_type(outcome.retry_after, float | None)
        return f"{outcome.index}: {outcome.error}: {outcome.message}"
    return outcome.gist


async def awaited(steps: list[Progress]) -> list[Summary]:
    summaries = [await asummarize(ARTICLE, model=model(), prompt="v1", on_progress=steps.append)]
    async with Summarizer(model=model(), prompt="v1") as summarizer:
        summaries.append(await summarizer.asummarize(ARTICLE))
    async with Summarizer(model=model(), prompt="v1") as summarizer:
        many = summarizer.asummarize_many(queue(), total_deadline=60, stop_after=None)
        outcomes = [outcome async for outcome in many]
        summaries += [outcome for outcome in outcomes if isinstance(outcome, Summary)]
    async with Summarizer(model=model(), prompt="v1") as summarizer:
        async with summarizer.astream(ARTICLE) as statements:
            assert_type(statements, AsyncStatementStream)
            assert [statement.id async for statement in statements]
        summaries.append(statements.summary)
    return summaries


def dated() -> list[Article]:
    days = ("2026-01-31", datetime.date(2026, 1, 31), datetime.datetime.now(datetime.UTC), None)
    return [from_a_file(), *(Article(text="Talks began.", published=day) for day in days)]


async def queue() -> AsyncIterator[Article | str]:
    yield ARTICLE


def texts() -> Iterator[str | Article]:
    yield ARTICLE
    yield ""


def configured() -> Summarizer:
    """Every setting, of the types in which people have them."""
    return Summarizer(
        model="openai/some",
        prompt="v1",
        base_url="http://127.0.0.1:9/v1",
        api_key="key",
        timeout=60,
        max_attempts=2,
        deadline=90.5,
        article_deadline=60,
        article_questions=100,
        article_tokens=None,
        context_tokens=None,
        requests_per_minute=10,
        tokens_per_minute=200_000,
        prices=(0.4, 0.1, 1.6),
        max_tokens=2_000,
        reasoning_effort="low",
        extra_body={"top_p": 0.9},
        fallback_model="openai/other",
        cache=False,
    )


async def token() -> str:
    return "token"


def deployed() -> Summarizer:
    """Every setting of the way to a server."""
    paths: tuple[bool | str | Path, ...] = (True, "answers.sqlite", Path("answers.sqlite"))
    assert len(paths) == 3
    return Summarizer(
        model="azure_openai/some",
        prompt="v1",
        base_url="http://127.0.0.1:9",
        api_key=token,
        default_headers={"X-Title": "newsroom"},
        api_version="2024-10-21",
        http_client=httpx2.AsyncClient(),
    )


def report_of(outcome: Summary | Failure) -> str:
    """Return the index of a report."""
    with tempfile.TemporaryDirectory() as folder:
        index: Path = write_report([outcome], folder, title="Dam")
        return index.read_text(encoding="utf-8")


def tables(outcomes: Sequence[Summary | Failure], folder: Path) -> list[str]:
    """Tables by every function; not called, for the libraries are extras."""
    columns = [*to_polars(outcomes).columns, *to_pandas(outcomes, codebook="plover").columns]
    path: Path = to_parquet(outcomes, folder / "statements.parquet")
    to_duckdb(outcomes, folder / "news.duckdb", table="events", codebook="plover")
    return [*columns, path.name]


def coded(summary: Summary) -> list[str]:
    """Codes and events of a summary."""
    events: list[EventRow] = summary.to_rows(codebook="plover")
    code: codes.ActorCode | None = codes.find_code("the Kremlin")
    event: codes.PloverEvent | None = codes.event_of(summary.threats[0])
    assert code is not None
    assert event is not None
    assert_type((code.iso3, code.cow, code.sector), tuple[str | None, int | None, str | None])
    return [str(events[0]["event"]), f"{code.iso3} {code.cow} {code.sector} {event.type}"]


def from_a_file() -> Article:
    """Return the article of a file, by either kind of path."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "article.txt"
        path.write_text(ARTICLE.text, encoding="utf-8")
        assert read_article(str(path), timeout=5, private_addresses=False) == read_article(path)
        return read_article(path, id="a1", published=datetime.date(2026, 1, 31))


def over_time(*summaries: Summary) -> str:
    """Return what an actor says in many articles."""
    found: Dossier = dossier(summaries)
    (actor,) = found.find("Ruritania")
    days: list[datetime.date | None] = [line.article.date for line in actor.lines]
    assert days == [datetime.date(2026, 1, 31)] * 2
    assert all(threat.is_open for threat in actor.threats)
    return found.to_markdown()


def unfinished(error: BaseException) -> tuple[Summary | Failure, ...]:
    """Return what the articles of a cancelled run came to."""
    received = errors.received_before(error)
    return received.outcomes if isinstance(received, errors.Interrupted) else ()


def main() -> list[str]:
    """Return the lines that the program would print."""
    summary = summarize(ARTICLE, model=model(), prompt="v1")
    said = [describe(statement) for statement in summary.statements]
    with stream(ARTICLE, model=model(), prompt="v1") as statements:
        assert_type(statements, StatementStream)
        said += [describe(statement) for statement in statements]
    assert statements.summary.statements == summary.statements
    assert reasons(statements.rejected) == reasons(summary.rejected)
    assert cost(statements.usage) == 0.0
    assert next(stream(ARTICLE.text, model=model(), prompt="v1")).id
    said += [*quotations(summary), *coded(summary)]
    said += reasons(summary.rejected)
    said += [made_by(summary.provenance), first(ARTICLE.sentences), *archived()]
    outcomes = summarize_many(texts(), model=model(), prompt="v1")
    assert_type(outcomes, Generator[Summary | Failure])
    said += [one_by_one(each) for each in outcomes]
    assert [type(each) for each in summarize_many((ARTICLE,), model=model(), prompt="v1")]

    steps: list[Progress] = []
    said += [each.gist for each in asyncio.run(awaited(steps))]
    said += [f"{step.stage} {step.done}/{step.total} {step.message}" for step in steps]

    assert len(dated()) == 5
    assert Settings(api_key="key", timeout=60).timeout == 60
    assert configured().settings.prices == (0.4, 0.1, 1.6)
    assert deployed().settings.api_version == "2024-10-21"
    with Summarizer(model=model(), prompt="v1") as summarizer:
        settings: Settings = summarizer.settings
        said.append(f"{settings.timeout} {summarizer.summarize(ARTICLE.text).gist}")
    try:
        summarize("", model=model())
    except errors.ArticleError as error:
        said.append(f"{error} {error.usage} {error.attempts} {error.raw_replies}")
        said += [str(errors.received_before(error)), str(len(unfinished(error)))]
    except CommuniqueError:
        raise

    said += [f"{made.action} {made.statement} by {made.by}" for made in correct(summary)]
    for scripted in (*scripts()[:3], OwnModel()):
        said.append(summarize(ARTICLE, model=scripted, prompt="v1").gist)
    try:
        summarize(ARTICLE, model=testing.ScriptedModel([errors.RateLimited("busy")]), prompt="v1")
    except CommuniqueError as error:
        said.append(why(error))

    rows: list[Row] = summary.to_rows()
    cell: str | float | None = rows[0]["actor"] if rows else None
    pages: list[str] = [summary.to_markdown(), summary.to_html(), to_csv(summary), to_json(summary)]
    pages[:0] = [report_of(summary), over_time(summary)]
    schema: dict[str, Any] = json_schema()
    assert Summary.model_validate_json(pages[-1]) == summary
    said += [str(len(rows)), str(cell), str(all(pages)), str("properties" in schema)]
    said += [record.name for record in local.list_models()]
    assert set(communique.__all__) <= set(globals())
    return said


if __name__ == "__main__":
    print("\n".join(main()))  # noqa: T201
