# pyright: strict
"""A program that uses every public name, typed as a user would write it.

`tests/test_examples.py` runs it, and has pyright check it strictly.
"""

from __future__ import annotations

import asyncio
import datetime
from typing import Any, assert_never

import communique
from communique import (
    Agreement,
    Article,
    CommuniqueError,
    Condition,
    Evidence,
    Failure,
    Position,
    Progress,
    Provenance,
    Rejected,
    Sentence,
    Settings,
    Statement,
    Summarizer,
    Summary,
    Threat,
    Usage,
    asummarize,
    errors,
    json_schema,
    local,
    stream,
    summarize,
    summarize_many,
    testing,
)
from communique.render import Row

ARTICLE = Article(
    text="Ruritania opposes the dam. Ulmia will bomb it if work goes on. Both signed a truce.",
    title="The dam",
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


def cost(usage: Usage) -> float:
    return usage.cost_usd or 0.0


def made_by(provenance: Provenance) -> str:
    return f"{provenance.model}, prompt {provenance.prompt_version}, {cost(provenance.usage)} USD"


def reasons(rejected: tuple[Rejected, ...]) -> list[str]:
    return [item.reason for item in rejected]


def first(sentences: tuple[Sentence, ...]) -> str:
    return sentences[0].text


def one_by_one(outcome: Summary | Failure) -> str:
    if isinstance(outcome, Failure):
        return f"{outcome.index}: {outcome.error}: {outcome.message}"
    return outcome.gist


async def awaited(steps: list[Progress]) -> list[Summary]:
    summaries = [await asummarize(ARTICLE, model=model(), prompt="v1", on_progress=steps.append)]
    async with Summarizer(model=model(), prompt="v1") as summarizer:
        summaries.append(await summarizer.asummarize(ARTICLE))
    async with Summarizer(model=model(), prompt="v1") as summarizer:
        outcomes = [outcome async for outcome in summarizer.asummarize_many([ARTICLE])]
        summaries += [outcome for outcome in outcomes if isinstance(outcome, Summary)]
    async with Summarizer(model=model(), prompt="v1") as summarizer:
        assert [s.id async for s in summarizer.astream(ARTICLE)]
    return summaries


def main() -> list[str]:
    """What the program would print."""
    summary = summarize(ARTICLE, model=model(), prompt="v1", timeout=60.0, max_attempts=1)
    said = [describe(statement) for statement in summary.statements]
    said += [describe(statement) for statement in stream(ARTICLE, model=model(), prompt="v1")]
    said += [quote(span, summary.article) for span in summary.threats[0].evidence]
    said += reasons(summary.rejected)
    said += [made_by(summary.provenance), first(ARTICLE.sentences)]
    said += [one_by_one(each) for each in summarize_many([ARTICLE, ""], model=model(), prompt="v1")]

    steps: list[Progress] = []
    said += [each.gist for each in asyncio.run(awaited(steps))]
    said += [f"{step.stage} {step.done}/{step.total} {step.message}" for step in steps]

    with Summarizer(model=model(), prompt="v1") as summarizer:
        settings: Settings = summarizer.settings
        said.append(f"{settings.timeout} {summarizer.summarize(ARTICLE.text).gist}")
    try:
        summarize("", model=model())
    except errors.ArticleError as error:
        said.append(f"{error} {error.usage} {error.attempts} {error.raw_replies}")
    except CommuniqueError:
        raise

    rows: list[Row] = summary.to_rows()
    cell: str | float | None = rows[0]["actor"] if rows else None
    pages: list[str] = [summary.to_markdown(), summary.to_html(), summary.model_dump_json()]
    schema: dict[str, Any] = json_schema()
    assert Summary.model_validate_json(pages[-1]) == summary
    said += [str(len(rows)), str(cell), str(all(pages)), str("properties" in schema)]
    said += [record.name for record in local.list_models()]
    assert set(communique.__all__) <= set(globals())
    return said


if __name__ == "__main__":
    print("\n".join(main()))  # noqa: T201
