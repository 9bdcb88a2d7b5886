"""Many articles at once, and statements as they come."""

from __future__ import annotations

import asyncio
import itertools
from typing import TYPE_CHECKING, Any

import pytest

from communique import Article, Failure, Summarizer, Summary, stream, summarize, summarize_many
from communique.errors import ProviderTimeout, RateLimited, SettingsError
from communique.testing import ScriptedModel

if TYPE_CHECKING:
    from collections.abc import Iterator

TEXT = "Ruritania opposes the dam. Talks go on. The dam is bad, Ruritania says. Ulmia wants it."
NOTHING: dict[str, object] = {"statements": []}


def position(actor: str, stance: str = "opposes") -> dict[str, object]:
    said = {"kind": "position", "actor": actor, "on_behalf_of": None, "issue": "the dam",
            "stance": stance}  # fmt: skip
    return {"statements": [said]}


def script() -> list[dict[str, object] | str | Exception]:
    return [
        {"gist": "A dam."},
        position("Ruritania"),
        NOTHING,
        position("the Ruritania"),
        position("Ulmia", "supports"),
    ]


def test_statements_come_while_the_model_answers() -> None:
    """Each statement is there before the next question is asked; a repeat is yielded again."""
    model = ScriptedModel(script())
    seen = [
        (len(model.asked), s.id, len(s.evidence)) for s in stream(TEXT, model=model, prompt="v2")
    ]
    assert seen == [(2, "position-1", 1), (4, "position-1", 2), (5, "position-2", 1)]


def test_stream_ends_with_the_statements_of_the_summary() -> None:
    """The last statement of each id is what `summarize` returns."""
    latest = {s.id: s for s in stream(TEXT, model=ScriptedModel(script()), prompt="v2")}
    summary = summarize(TEXT, model=ScriptedModel(script()), prompt="v2")
    assert tuple(latest.values()) == summary.statements


def test_a_stream_can_be_left() -> None:
    """No question is asked for a consumer that has gone."""
    model = ScriptedModel(script())
    with Summarizer(model=model, prompt="v2") as summarizer:
        statements = summarizer.stream(TEXT)
        next(statements)
        statements.close()
    assert len(model.asked) == 2


def test_an_error_in_a_stream_carries_what_was_paid_for() -> None:
    """What came before it has been yielded; the error has replies, usage and attempts."""
    model = ScriptedModel([*script()[:2], ProviderTimeout("too slow")])
    statements = stream(TEXT, model=model, prompt="v2")
    assert next(statements).id == "position-1"
    with pytest.raises(ProviderTimeout) as caught:
        next(statements)
    assert len(caught.value.raw_replies) == 2
    assert caught.value.attempts == 3


def whole(text: str) -> dict[str, object]:
    return {"gist": text, "statements": []}


class Busy(ScriptedModel):
    """Takes its time, and counts how many questions are open at once."""

    def __init__(self, replies: Any) -> None:
        super().__init__(replies)
        self.open = 0
        self.most = 0

    async def ask(self, *arguments: Any) -> Any:
        self.open += 1
        self.most = max(self.most, self.open)
        try:
            await asyncio.sleep(0.01)
            return await super().ask(*arguments)
        finally:
            self.open -= 1


def test_one_bad_article_stops_no_other() -> None:
    """Each article ends as a summary or a failure, once, whatever is wrong with it."""
    model = ScriptedModel(
        [whole("a"), RateLimited("slow down"), "not JSON", *[whole(str(n)) for n in range(20)]]
    )
    articles: list[Any] = [Article(text="Talks began."), "Talks ended.", "Talks failed.", "", None,
                           b"x", "Talks resumed."]  # fmt: skip
    outcomes = list(summarize_many(articles, concurrency=1, model=model, prompt="v1"))
    failures = {f.index: f for f in outcomes if isinstance(f, Failure)}
    assert {index: failure.error for index, failure in failures.items()} == {
        1: "RateLimited",
        2: "InvalidReply",
        3: "ArticleError",
        4: "ArticleError",
        5: "ArticleError",
    }
    assert failures[2].raw_replies == ("not JSON",)
    assert failures[2].attempts == 1
    assert failures[1].article == Article(text="Talks ended.")
    assert failures[3].article is None
    texts = [o.article.text for o in outcomes if isinstance(o, Summary)]
    assert texts == ["Talks began.", "Talks resumed."]
    for failure in failures.values():
        assert Failure.model_validate_json(failure.model_dump_json()) == failure


def test_no_more_at_once_than_asked_for() -> None:
    """Concurrency is used, and is a limit; a generator is read only as far as needed."""
    model = Busy([whole(str(n)) for n in range(12)])
    taken = itertools.count()

    def articles() -> Iterator[str]:
        for n in range(12):
            next(taken)
            yield f"Talk number {n} began."

    outcomes = summarize_many(articles(), concurrency=3, model=model, prompt="v1")
    next(outcomes)
    assert next(taken) <= 7
    assert len(list(outcomes)) == 11
    assert model.most == 3


def test_leaving_early_cancels_the_rest() -> None:
    """Nothing goes on behind the back of a consumer that has gone."""
    model = Busy([whole(str(n)) for n in range(50)])
    with Summarizer(model=model, prompt="v1") as summarizer:
        outcomes = summarizer.summarize_many((f"Talk {n} began." for n in range(50)), concurrency=4)
        next(outcomes)
        outcomes.close()
        assert model.open == 0
        assert len(model.asked) <= 8


def test_an_archive_that_breaks_off() -> None:
    """The error of a generator comes through, after what was begun is cancelled."""

    def articles() -> Iterator[str]:
        yield "Talks began."
        raise OSError("the archive is gone")

    outcomes = summarize_many(articles(), concurrency=1, model=Busy([whole("a")]), prompt="v1")
    assert isinstance(next(outcomes), Summary)
    with pytest.raises(OSError, match="the archive is gone"):
        next(outcomes)


def test_concurrency_must_be_positive() -> None:
    """A limit of zero would never read anything."""
    with pytest.raises(SettingsError, match="concurrency: 0"):
        list(summarize_many(["Talks began."], concurrency=0, model=ScriptedModel([]), prompt="v1"))


def test_both_are_asynchronous_underneath() -> None:
    """`astream` and `asummarize_many` work in the caller's own loop."""

    async def program() -> None:
        async with Summarizer(model=ScriptedModel(script()), prompt="v2") as reader:
            assert [s.id async for s in reader.astream(TEXT)][-1] == "position-2"
        async with Summarizer(model=ScriptedModel([whole("a"), whole("b")]), prompt="v1") as reader:
            texts = ["Talks began.", "Talks ended."]
            outcomes = [o async for o in reader.asummarize_many(texts)]
        assert all(isinstance(outcome, Summary) for outcome in outcomes)

    asyncio.run(program())
