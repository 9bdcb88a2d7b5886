"""Many articles at once, and statements as they come."""

from __future__ import annotations

import asyncio
import gc
import itertools
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import pytest

from builders import row, stated, whole
from communique import (
    Article,
    Failure,
    StatementStream,
    Summarizer,
    Summary,
    stream,
    summarize,
    summarize_many,
)
from communique.errors import ArticleError, ProviderTimeout, RateLimited, SettingsError
from communique.models.secrets import remember
from communique.testing import ScriptedModel

if TYPE_CHECKING:
    from collections.abc import Iterator

# Prompt v2 asks about sentences 1 to 5, 6 to 10, 11 and 12, then for the gist.
RAIN = " It rained in the hills on Tuesday." * 4
TEXT = (
    f"Ruritania's foreign minister firmly rejected the new pipeline.{RAIN} "
    f"Ruritania firmly rejects the new pipeline.{RAIN} "
    "Ulmia's foreign minister firmly backed the new pipeline. Talks go on."
)


def script() -> list[Any]:
    return [
        stated("the new pipeline", "Ruritania", 1),
        stated("the new pipeline", "Ruritania", 6),
        stated("the new pipeline", "Ulmia", 11),
        {"gist": "A pipeline."},
    ]


def reader(replies: Iterable[Any] | None = None) -> Summarizer:
    return Summarizer(model=ScriptedModel(script() if replies is None else replies), prompt="v2")


def content(summary: Summary) -> dict[str, Any]:
    """All of a summary but the time that it took."""
    return summary.model_dump(exclude={"provenance": {"created", "seconds"}})


def test_statements_come_while_the_model_answers() -> None:
    """Each statement is there before the next question is asked; a repeat is yielded again."""
    model = ScriptedModel(script())
    seen = [
        (len(model.asked), s.id, len(s.evidence)) for s in stream(TEXT, model=model, prompt="v2")
    ]
    assert seen == [(1, "position-1", 1), (2, "position-1", 2), (3, "position-2", 1)]
    assert len(model.asked) == 4


# Answers in which a claim further on changes what was shown, or what is rejected, before.
CHANGES: dict[str, list[Any]] = {
    "repeat": script(),
    "fuller-name": [stated("the new pipeline", "Roe"), stated("the new pipeline", "Foreign Minister Ana Roe", 6), stated("the new pipeline", "Ulmia", 11), {"gist": "g"}],
    "rejected": [stated("the new pipeline", " "), stated(" ", "Ruritania", 6), stated("the new pipeline", "Ulmia", 11), {"gist": "g"}],
    "nothing": [stated("", ""), [], [], {"gist": ""}],
}  # fmt: skip


@pytest.mark.parametrize("answers", CHANGES)
def test_the_summary_of_a_stream_is_that_of_summarize(answers: str) -> None:
    """Field by field, ids and rejected claims included, for both kinds of stream."""
    expected = content(reader(CHANGES[answers]).summarize(TEXT))
    with reader(CHANGES[answers]).stream(TEXT) as statements:
        list(statements)
    assert content(statements.summary) == expected

    async def awaited() -> Summary:
        async with reader(CHANGES[answers]).astream(TEXT) as statements:
            async for _ in statements:
                pass
        return statements.summary

    assert content(asyncio.run(awaited())) == expected


def test_a_stream_tells_how_far_it_is() -> None:
    """Article, tokens, gist and rejected claims are those so far; the summary is for the end."""
    with reader(
        [stated("the new pipeline", "Ruritania"), stated("the new pipeline", " ", 6), *script()[2:]]
    ).stream(TEXT) as statements:
        assert isinstance(statements, StatementStream)
        assert statements.article.text == TEXT
        seen = [(s.id, statements.usage.calls, len(statements.rejected), statements.gist)
                for s in itertools.islice(statements, 2)]  # fmt: skip
        assert seen == [("position-1", 1, 0, ""), ("position-2", 3, 1, "")]
        with pytest.raises(RuntimeError, match="read to its end"):
            _ = statements.summary
        assert list(statements) == []
        assert (statements.usage.calls, statements.gist) == (4, "A pipeline.")
    assert statements.summary.gist == "A pipeline."
    assert statements.summary.rejected == statements.rejected
    assert list(statements) == []


class Watched(ScriptedModel):
    """Takes its time, and counts how many questions are open, and were open at once."""

    def __init__(self, replies: Any = (), seconds: float = 0.01) -> None:
        super().__init__(replies)
        self.open = 0
        self.most = 0
        self.seconds = seconds
        self.first_is_done = threading.Event()

    async def ask(self, *arguments: Any) -> Any:
        self.open += 1
        self.most = max(self.most, self.open)
        try:
            await asyncio.sleep(self.seconds)
            return await super().ask(*arguments)
        finally:
            self.open -= 1
            self.first_is_done.set()


def leave_block(statements: StatementStream) -> None:
    with statements:
        next(statements)


def leave_by_closing(statements: StatementStream) -> None:
    next(statements)
    statements.close()


def leave_loop(statements: StatementStream) -> None:
    for _ in statements:
        break


@pytest.mark.parametrize("leave", [leave_block, leave_by_closing, leave_loop])
def test_a_stream_can_be_left(
    leave: Callable[[StatementStream], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing more is asked, and the connections are closed, with or without ``with``."""
    closed = threading.Event()

    async def close(_: Summarizer) -> None:
        closed.set()

    monkeypatch.setattr(Summarizer, "aclose", close)
    model = ScriptedModel(script())
    leave(stream(TEXT, model=model, prompt="v2"))
    gc.collect()
    assert closed.wait(10)
    assert len(model.asked) == 1


def test_a_stream_that_nobody_reads_asks_nothing() -> None:
    """The first question is asked for the first statement."""
    model = ScriptedModel([])
    with stream(TEXT, model=model, prompt="v2"):
        pass
    assert model.asked == []


def test_an_error_in_a_stream_carries_what_was_received() -> None:
    """Earlier statements have been yielded; the error has replies, usage, attempts and a summary."""
    statements = reader([*script()[:2], ProviderTimeout("too slow")]).stream(TEXT)
    assert next(statements).id == "position-1"
    assert len(next(statements).evidence) == 2
    with pytest.raises(ProviderTimeout) as caught:
        next(statements)
    error = caught.value
    assert (len(error.raw_replies), error.attempts) == (2, 3)
    assert error.usage == statements.usage
    assert error.partial is not None
    assert [(s.id, len(s.evidence)) for s in error.partial.statements] == [("position-1", 2)]
    with pytest.raises(RuntimeError, match="read to its end"):
        _ = statements.summary


def test_threads_may_share_a_stream() -> None:
    """Each statement goes to one of them."""
    found: list[str] = []
    with reader().stream(TEXT) as statements:
        threads = [
            threading.Thread(target=lambda: found.extend(s.id for s in statements))
            for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(found) == ["position-1", "position-1", "position-2"]
    assert len(statements.summary.positions) == 2


def test_settings_and_articles_are_checked_when_a_stream_is_made() -> None:
    """Not when it is first read."""
    with pytest.raises(ArticleError, match="empty"):
        reader().stream("")
    with pytest.raises(SettingsError, match="timeout"):
        stream(TEXT, model="openai/x", timeout=0)


UNFINISHED = """
from communique import stream, summarize_many
from communique.models.secrets import remember
from communique.testing import ScriptedModel
from tests.test_many_and_stream import TEXT, Watched, script

statements = stream(TEXT, model=ScriptedModel(script()), prompt="v2")
next(statements)
whole = [{"gist": "g", "statements": []}] * 9
outcomes = summarize_many(["Talks began."] * 9, concurrency=3, model=Watched(whole, 0.2), prompt="v1")
next(outcomes)
print("done")
"""


def test_a_program_may_end_with_unfinished_work(repository: Any) -> None:
    """An abandoned stream neither hangs nor complains."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", UNFINISHED],
        cwd=repository, capture_output=True, text=True, timeout=30, check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(repository), *sys.path])},
    )  # fmt: skip
    assert (done.stdout, done.stderr, done.returncode) == ("done\n", "", 0)


def test_one_bad_article_stops_no_other() -> None:
    """Each article ends as a summary or a failure, once, whatever is wrong with it."""
    model = ScriptedModel(
        [
            whole(gist="a"),
            RateLimited("slow down"),
            "not JSON",
            *[whole(gist=str(n)) for n in range(20)],
        ]
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


RAISED = [
    ValueError("broken"),
    KeyError("choices"),
    TimeoutError(),
    AssertionError("the script ended"),
    RuntimeError("half a pair: \ud83d"),
    RecursionError("too deep"),
    LookupError("no such name"),
    ExceptionGroup("two", [ValueError("one"), OSError("other")]),
]


@pytest.mark.parametrize("error", RAISED, ids=lambda error: type(error).__name__)
def test_whatever_a_model_raises_is_a_failure(error: Exception) -> None:
    """The failure has the error's class and message, and everything received before it."""
    model = ScriptedModel([*script()[:1], error, *script()])
    failure, summary = summarize_many([TEXT, TEXT], concurrency=1, model=model, prompt="v2")
    assert isinstance(summary, Summary)
    assert isinstance(failure, Failure)
    assert (failure.index, failure.error, failure.article) == (
        0,
        type(error).__name__,
        Article(text=TEXT),
    )
    assert failure.message == str(error).replace("\ud83d", "?")
    assert len(failure.raw_replies) == 1
    assert failure.attempts > 0
    assert failure.usage is not None
    assert failure.usage.calls == 1
    assert failure.partial is not None
    assert [s.id for s in failure.partial.statements] == ["position-1"]
    assert Failure.model_validate_json(failure.model_dump_json()) == failure


def test_a_model_that_cancels_itself_stops_no_other() -> None:
    """As one does whose own tasks are cancelled; nobody has cancelled the article."""

    class Cancelling(ScriptedModel):
        async def ask(self, *arguments: Any) -> Any:
            if not self.asked:
                self.asked.append([])
                raise asyncio.CancelledError
            return await super().ask(*arguments)

    model = Cancelling([whole("a")])
    failure, summary = summarize_many([TEXT, TEXT], concurrency=1, model=model, prompt="v1")
    assert isinstance(summary, Summary)
    assert isinstance(failure, Failure)
    assert failure.error == "CancelledError"


def test_a_failure_shows_no_key(caplog: pytest.LogCaptureFixture) -> None:
    """A model may quote the key that it was given; neither the failure nor the log shows it."""
    remember("canary-key-31415926")
    model = ScriptedModel([ValueError("not canary-key-31415926")])
    (failure,) = summarize_many([TEXT], model=model, prompt="v2")
    assert isinstance(failure, Failure)
    assert failure.message == "not ***"
    assert "item 0 failed: Traceback" in caplog.text
    assert "ValueError: not ***" in caplog.text
    assert "canary" not in caplog.text


@pytest.mark.parametrize("error", [ValueError("broken"), KeyError("choices")])
def test_for_one_article_it_comes_through(error: Exception) -> None:
    """Who gave the model knows its errors."""
    with pytest.raises(type(error)) as caught:
        summarize(TEXT, model=ScriptedModel([error]), prompt="v2")
    assert caught.value is error


@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt])
def test_a_model_that_ends_the_program(error: type[BaseException]) -> None:
    """Its caller gets it, and whoever catches it can go on using the library."""

    class Ending(ScriptedModel):
        async def ask(self, *_: Any) -> Any:
            raise error

    with pytest.raises(error):
        list(summarize_many(["Talks began."], model=Ending([]), prompt="v1"))
    assert summarize("Talks ended.", model=ScriptedModel([whole()]), prompt="v1").gist


def test_no_more_at_once_than_asked_for() -> None:
    """Concurrency is used, and is a limit; a generator is read only as far as needed."""
    model = Watched([whole(gist=str(n)) for n in range(12)])
    taken = itertools.count()

    def articles() -> Iterator[str]:
        for n in range(12):
            next(taken)
            yield f"Talk number {n} began."

    outcomes = summarize_many(articles(), concurrency=3, model=model, prompt="v1")
    next(outcomes)
    assert next(taken) <= 4
    assert len(list(outcomes)) == 11
    assert model.most == 3


def test_leaving_early_cancels_the_rest() -> None:
    """Nothing goes on behind the back of a consumer that has gone."""
    model = Watched([whole(gist=str(n)) for n in range(50)])
    with Summarizer(model=model, prompt="v1") as summarizer:
        outcomes = summarizer.summarize_many((f"Talk {n} began." for n in range(50)), concurrency=4)
        next(outcomes)
        outcomes.close()
        assert model.open == 0
        assert len(model.asked) <= 8


def test_what_is_dropped_in_a_callback_is_cancelled() -> None:
    """The garbage collector may close a generator in the thread that does the work."""
    model = Watched(seconds=60)
    outcomes = summarize_many(["Talks began.", "Talks ended.", ""], model=model, prompt="v1")
    assert isinstance(next(outcomes), Failure)
    assert model.open == 2
    kept = [outcomes]
    del outcomes
    other = ScriptedModel([whole()])
    summarize("Talks ended.", model=other, prompt="v1", on_progress=lambda _: kept.clear())
    deadline = time.monotonic() + 20
    while model.open and time.monotonic() < deadline:
        time.sleep(0.01)
    assert model.open == 0


Many = Callable[[Iterable[Any], Any], list[Any]]


def directly(articles: Iterable[Any], model: Any) -> list[Any]:
    return list(summarize_many(articles, concurrency=2, model=model, prompt="v1"))


def in_a_running_loop(articles: Iterable[Any], model: Any) -> list[Any]:
    async def program() -> list[Any]:
        return directly(articles, model)

    return asyncio.run(program())


def asynchronously(articles: Iterable[Any], model: Any) -> list[Any]:
    async def program() -> list[Any]:
        async with Summarizer(model=model, prompt="v1") as summarizer:
            return [each async for each in summarizer.asummarize_many(articles, concurrency=2)]

    return asyncio.run(program())


everywhere = pytest.mark.parametrize("many", [directly, in_a_running_loop, asynchronously])


@everywhere
def test_articles_from_a_database_cursor(many: Many) -> None:
    """It may only be used in the thread that made it."""
    database = sqlite3.connect(":memory:")
    database.execute("create table articles (text)")
    texts = [f"Talk number {n} began." for n in range(7)]
    database.executemany("insert into articles values (?)", [(text,) for text in texts])
    cursor = database.execute("select text from articles order by rowid")
    outcomes = many((text for (text,) in cursor), Watched([whole() for _ in texts]))
    assert sorted(outcome.article.text for outcome in outcomes) == texts
    database.close()


@everywhere
def test_articles_whose_taking_needs_summarize(many: Many) -> None:
    """A generator may use the library itself."""

    def articles() -> Iterator[str]:
        for n in range(4):
            gist = f"Talk number {n} began."
            yield summarize("Talks.", model=ScriptedModel([whole(gist=gist)]), prompt="v1").gist

    outcomes = many(articles(), Watched([whole() for _ in range(4)]))
    assert len({outcome.article.text for outcome in outcomes}) == 4


@pytest.mark.parametrize("many", [directly, in_a_running_loop])
def test_slow_articles_hold_up_nothing(many: Many) -> None:
    """While the next article is being taken, those that were begun are read to their ends."""
    model = Watched([whole(), whole()])
    in_time: list[bool] = []

    def articles() -> Iterator[str]:
        yield "Talks began."
        in_time.append(model.first_is_done.wait(20))
        yield "Talks ended."

    assert len(many(articles(), model)) == 2
    assert in_time == [True]


@everywhere
@pytest.mark.parametrize(
    "error", [OSError("the archive is gone"), KeyError("text"), KeyboardInterrupt()]
)
def test_an_archive_that_breaks_off(many: Many, error: BaseException) -> None:
    """Its error comes through as it is, after all that was begun is cancelled."""
    model = Watched(seconds=60)

    def articles() -> Iterator[str]:
        yield "Talks began."
        raise error

    started = time.monotonic()
    with pytest.raises(type(error)) as caught:
        many(articles(), model)
    assert caught.value is error
    assert model.open == 0
    assert time.monotonic() - started < 20


def test_what_is_finished_is_delivered_before_an_error() -> None:
    """Also if more articles could be read at once when the archive breaks off."""
    model = Watched([whole(gist="a")])
    seen: list[Summary | Failure] = []

    def articles() -> Iterator[str]:
        yield "Talks began."
        assert model.first_is_done.wait(20)
        yield ""  # fails at once
        time.sleep(0.5)
        raise OSError("the archive is gone")

    outcomes = summarize_many(articles(), concurrency=4, model=model, prompt="v1")
    with pytest.raises(OSError, match="the archive is gone"):
        seen.extend(outcomes)
    assert {type(outcome) for outcome in seen} == {Summary, Failure}  # in any order


def test_an_archive_that_breaks_off_late() -> None:
    """Articles that were finished before are yielded."""

    def articles() -> Iterator[str]:
        yield "Talks began."
        raise OSError("the archive is gone")

    outcomes = summarize_many(
        articles(), concurrency=1, model=Watched([whole(gist="a")]), prompt="v1"
    )
    assert isinstance(next(outcomes), Summary)
    with pytest.raises(OSError, match="the archive is gone"):
        next(outcomes)


WAITING = """
from communique import stream, summarize_many
from tests.test_many_and_stream import Watched

model = Watched(seconds=60)
def articles():
    yield "Talks began."
    print("begun", flush=True)
    yield "Talks ended."
def wait_for_many():
    list(summarize_many(articles(), concurrency=2, model=model, prompt="v1"))
def wait_for_a_stream():
    print("begun", flush=True)
    with stream("Talks began.", model=model, prompt="v1") as statements:
        list(statements)
try:
    {wait}()
except KeyboardInterrupt:
    print("interrupted", model.open)
"""


@pytest.mark.parametrize("wait", ["wait_for_many", "wait_for_a_stream"])
@pytest.mark.skipif(os.name == "nt", reason="sends SIGINT")
def test_ctrl_c_while_waiting(repository: Any, wait: str) -> None:
    """It is raised at once, and nothing is left running."""
    with subprocess.Popen(
        [sys.executable, "-c", WAITING.format(wait=wait)], cwd=repository, stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(repository), *sys.path])},
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=20)
    assert out == "interrupted 0\n"


@pytest.mark.parametrize(
    ("articles", "concurrency", "error", "says"),
    [
        (["Talks began."], 0, SettingsError, "concurrency: 0"),
        (["Talks began."], True, SettingsError, "concurrency: True"),
        ("Talks began.", None, ArticleError, "articles: str"),
        (42, None, ArticleError, "articles: int"),
    ],
)
def test_arguments_are_checked_at_once(
    articles: Any, concurrency: Any, error: type[Exception], says: str
) -> None:
    """Not when the first outcome is asked for."""
    with pytest.raises(error, match=says):
        summarize_many(articles, concurrency=concurrency, model=ScriptedModel([]), prompt="v1")
    with pytest.raises(error, match=says):
        reader().asummarize_many(articles, concurrency=concurrency)


def test_statements_that_become_part_of_others_are_retracted() -> None:
    """Without them, the last statement of each id says what the summary says."""
    text = (
        f"Ulmia signed the treaty.{RAIN} Torv signed the treaty.{RAIN} "
        "Ulmia and Torv both signed the treaty. Talks go on."
    )
    said = {1: ["Ulmia"], 6: ["Torv"], 11: ["Ulmia", "Torv"]}
    about = {"kind": "agreement", "subject": "the treaty", "status": "agreed"}
    answers: list[Any] = [[row(number, **about, parties=who)] for number, who in said.items()]
    model = ScriptedModel([*answers, {"gist": "Signed."}])
    with stream(text, model=model, prompt="v2") as statements:
        latest = {statement.id: statement for statement in statements}
    assert len(latest) == 2
    assert statements.retracted < set(latest)
    kept = [item for name, item in latest.items() if name not in statements.retracted]
    (agreement,) = statements.summary.agreements
    assert [item.model_copy(update={"id": agreement.id}) for item in kept] == [agreement]
    assert agreement.parties == ("Ulmia", "Torv")
    assert len(agreement.evidence) == 3
