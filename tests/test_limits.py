"""What ends the reading of an article, or a run over many, before its end; and what is left then."""

from __future__ import annotations

import asyncio
import os
import pickle
import signal
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from builders import answers, completion, position, status, summarizer, whole
from communique import Article, Failure, Summarizer, Summary, summarize, summarize_many
from communique._internal.background import background_loop
from communique.errors import (
    ArticleError,
    AuthenticationFailed,
    Interrupted,
    LimitReached,
    ModelNotAvailable,
    ProviderTimeout,
    ProviderUnavailable,
    RateLimited,
    SettingsError,
    received_before,
)
from communique.prompts import load_prompt
from communique.reading import PREFIXES
from communique.reading.windows import message_tokens
from communique.settings import Settings
from communique.testing import ScriptedModel

if TYPE_CHECKING:
    from pytest_httpserver import HTTPServer

SENTENCE = "Ruritania's foreign minister firmly rejected pipeline number {}."
LONG = " ".join(SENTENCE.format(n) for n in range(30))
TEXTS = [f"Talks about dam number {n} go on." for n in range(60)]


# So little that LONG is read in a dozen parts, each of which is a question.
CONTEXT = 400 + sum(map(message_tokens, PREFIXES["whole"](load_prompt("v1"))))


class Told(ScriptedModel):
    """Answers every question; from a question on it waits instead, for ever."""

    def __init__(self, waits_at: int = 10**9) -> None:
        super().__init__(lambda _: whole(position()), CONTEXT)
        self.waiting = asyncio.Event()
        self._waits_at = waits_at

    async def ask(self, *given: Any) -> Any:
        await asyncio.sleep(0)  # so that articles take turns
        if len(self.asked) + 1 >= self._waits_at:
            self.waiting.set()
            await asyncio.sleep(600)
        return await super().ask(*given)


# An article


def test_no_more_questions_than_an_article_may_take() -> None:
    """The error says how many, and has what their answers say."""
    model = Told()
    with pytest.raises(LimitReached, match=r"5 questions .*ARTICLE_QUESTIONS") as caught:
        summarize(LONG, model=model, prompt="v1", article_questions=5)
    error = caught.value
    assert len(model.asked) == error.attempts == 5
    assert error.usage is not None
    assert error.usage.calls == 5
    assert error.partial is not None
    assert error.partial.positions
    assert not error.retryable


def test_questions_are_limited_from_the_start() -> None:
    """An article of ten thousand short sentences costs no ten thousand questions."""
    assert Settings().article_questions == 500


def test_no_more_tokens_than_an_article_may_take(httpserver: HTTPServer) -> None:
    """A question that would go beyond the limit is not sent."""
    asked = answers(httpserver, completion())
    with summarizer(httpserver, context_tokens=CONTEXT, article_tokens=1) as reader:
        with pytest.raises(LimitReached, match="ARTICLE_TOKENS") as caught:
            reader.summarize(LONG)
        assert (caught.value.attempts, caught.value.partial, asked) == (0, None, [])
    with (
        summarizer(httpserver, context_tokens=CONTEXT, article_questions=1) as reader,
        pytest.raises(LimitReached),
    ):
        reader.summarize(LONG)
    first = sum(len(message["content"]) for message in asked[0]["messages"]) // 4
    with (
        summarizer(httpserver, context_tokens=CONTEXT, article_tokens=first + 60) as reader,
        pytest.raises(LimitReached, match=r"has taken 120 tokens") as caught,
    ):
        reader.summarize(LONG)
    assert caught.value.partial is not None
    assert len(caught.value.partial.positions) == 1
    assert len(asked) == 2


def test_no_more_time_than_an_article_may_take() -> None:
    """Not even if each question is within its own deadline; a later attempt may be faster."""
    started = time.monotonic()
    with pytest.raises(LimitReached, match="ARTICLE_DEADLINE") as caught:
        summarize(LONG, model=Told(waits_at=3), prompt="v1", article_deadline=1)
    assert time.monotonic() - started < 60
    error = caught.value
    assert error.retryable
    assert error.usage is not None
    assert error.usage.calls == 2
    assert error.partial is not None
    assert error.partial.positions


def test_limits_apply_to_streams_and_to_many() -> None:
    """There the statements came before; here the failure has them."""
    with (
        Summarizer(model=Told(), prompt="v1", article_questions=2) as reader,
        reader.stream(LONG) as statements,
    ):
        assert next(statements).id == "position-1"
        with pytest.raises(LimitReached) as caught:
            list(statements)
        assert caught.value.partial is not None
    (failure,) = summarize_many([LONG], model=Told(), prompt="v1", article_questions=2)
    assert isinstance(failure, Failure)
    assert (failure.error, failure.attempts) == ("LimitReached", 2)
    assert failure.partial is not None


# A call that is cancelled


async def cancelling(call: Awaitable[Any], waiting: asyncio.Event) -> BaseException:
    task = asyncio.ensure_future(call)
    await waiting.wait()
    task.cancel()
    try:
        await task
    except asyncio.CancelledError as error:
        return error
    raise AssertionError


async def timing_out(call: Awaitable[Any], waiting: asyncio.Event) -> BaseException:
    async def hurry(scope: asyncio.Timeout) -> None:
        await waiting.wait()
        scope.reschedule(0)

    try:
        async with asyncio.timeout(None) as scope:
            hurrying = asyncio.create_task(hurry(scope))
            await call
    except TimeoutError as error:
        await hurrying
        return error
    raise AssertionError


async def waiting_for(call: Awaitable[Any], _: asyncio.Event) -> BaseException:
    try:
        await asyncio.wait_for(call, 2)
    except TimeoutError as error:
        return error
    raise AssertionError


@pytest.mark.parametrize("end", [cancelling, timing_out, waiting_for])
@pytest.mark.parametrize("streams", [False, True])
def test_what_a_cancelled_call_had_received_is_in_reach(
    end: Callable[[Awaitable[Any], asyncio.Event], Awaitable[BaseException]], streams: bool
) -> None:
    """However it was cancelled: usage, replies and the summary so far."""

    async def program() -> BaseException:
        model = Told(waits_at=3)
        reader = Summarizer(model=model, prompt="v1")

        async def read_stream() -> None:
            async with reader.astream(LONG) as statements:
                async for _ in statements:
                    pass

        return await end(read_stream() if streams else reader.asummarize(LONG), model.waiting)

    received = received_before(asyncio.run(program()))
    assert isinstance(received, Interrupted)
    assert received.usage is not None
    assert (received.usage.calls, received.attempts, len(received.raw_replies)) == (2, 2, 2)
    assert received.partial is not None
    assert received.partial.positions


class Stopped(Told):
    """Presses Ctrl-C instead of waiting."""

    async def ask(self, *given: Any) -> Any:
        if len(self.asked) + 1 == self._waits_at and not self.waiting.is_set():
            self.waiting.set()
            os.kill(os.getpid(), signal.SIGINT)
        return await super().ask(*given)


READ: dict[str, Callable[[Summarizer], object]] = {
    "summarize": lambda reader: reader.summarize(LONG),
    "stream": lambda reader: list(reader.stream(LONG)),
    "many": lambda reader: list(reader.summarize_many([LONG, LONG], concurrency=2)),
}


@pytest.mark.parametrize("read", READ)
@pytest.mark.skipif(os.name == "nt", reason="sends SIGINT")
def test_what_was_received_before_ctrl_c_is_in_reach(read: str) -> None:
    """Of one article, or of each that was being read."""
    with (
        Summarizer(model=Stopped(waits_at=4), prompt="v1") as reader,
        pytest.raises(KeyboardInterrupt) as caught,
    ):
        READ[read](reader)
    received = received_before(caught.value)
    assert isinstance(received, Interrupted)
    ends = [received] if read != "many" else [*received.outcomes]
    assert sum(end.usage.calls for end in ends if end.usage) == 3
    assert sum(end.attempts for end in ends) == 3
    assert any(end.partial and end.partial.positions for end in ends)


@pytest.mark.parametrize("end", [cancelling, timing_out, waiting_for])
def test_a_cancelled_run_tells_what_its_articles_came_to(
    end: Callable[[Awaitable[Any], asyncio.Event], Awaitable[BaseException]],
) -> None:
    """What was received about each article that was being read."""

    async def program() -> BaseException:
        model = Told(waits_at=6)
        reader = Summarizer(model=model, prompt="v1")

        async def read() -> None:
            async for _ in reader.asummarize_many([LONG] * 9, concurrency=2):
                pass

        return await end(read(), model.waiting)

    received = received_before(asyncio.run(program()))
    assert isinstance(received, Interrupted)
    assert [(each.index, each.error) for each in received.outcomes] == [
        (0, "Interrupted"), (1, "Interrupted"),
    ]  # fmt: skip
    assert sum(each.usage.calls for each in received.outcomes) == 5
    for failure in received.outcomes:
        assert failure.retryable
        assert failure.partial.positions


def test_what_was_done_before_ctrl_c_is_not_lost() -> None:
    """An article that has been read, but not been yielded yet."""
    model = Told()
    others = asyncio.all_tasks(background_loop())  # those of other tests

    def articles() -> Iterator[str]:
        yield TEXTS[0]
        while not model.asked or asyncio.all_tasks(background_loop()) - others:
            time.sleep(0.01)
        raise KeyboardInterrupt

    yielded: list[Any] = []
    outcomes = summarize_many(articles(), model=model, prompt="v1", concurrency=2)
    with pytest.raises(KeyboardInterrupt) as caught:
        list(map(yielded.append, outcomes))
    received = received_before(caught.value)
    assert isinstance(received, Interrupted)
    assert [type(each) for each in (*yielded, *received.outcomes)] == [Summary]


def test_what_was_paid_for_an_unfinished_question_is_in_reach(httpserver: HTTPServer) -> None:
    """An answer that was of no use had been paid for when the next attempt was cancelled."""
    begun, over = threading.Event(), threading.Event()

    def wait() -> Any:
        begun.set()
        over.wait(20)
        return status(503)

    answers(httpserver, completion("no JSON"), wait)

    async def program() -> BaseException:
        async with summarizer(httpserver) as reader:
            task = asyncio.create_task(reader.asummarize(TEXTS[0]))
            while not begun.is_set():  # noqa: ASYNC110 another thread sets it
                await asyncio.sleep(0.01)
            task.cancel()
            try:
                await task
            except asyncio.CancelledError as error:
                return error
            finally:
                over.set()
            raise AssertionError

    received = received_before(asyncio.run(program()))
    assert received is not None
    assert received.usage is not None
    assert (received.usage.calls, received.usage.output_tokens, received.attempts) == (1, 20, 2)
    assert received.raw_replies == ("no JSON",)


def test_an_error_without_anything_received_has_nothing_in_reach() -> None:
    """Even if its causes go in a circle."""
    first, second = ValueError(), KeyError()
    first.__cause__, second.__cause__ = second, first
    assert received_before(first) is None
    assert received_before(OSError()) is None


# A run over many

QUOTA = {"error": {"message": "no credit", "code": "insufficient_quota"}}
HOPELESS = {
    "401": (status(401), AuthenticationFailed),
    "403": (status(403), AuthenticationFailed),
    "quota": (status(429, QUOTA), RateLimited),
    "402": (status(402), RateLimited),
    "unknown-model": (status(404), ModelNotAvailable),
}


@pytest.mark.parametrize("fault", HOPELESS)
@pytest.mark.parametrize("many", ["sync", "async"])
def test_a_run_without_hope_ends_after_the_first_few(
    httpserver: HTTPServer, fault: str, many: str
) -> None:
    """Sixty articles cost no sixty requests; each is there as a failure that says why."""
    reply, error = HOPELESS[fault]
    asked = answers(httpserver, reply)
    outcomes = read_many(summarizer(httpserver), TEXTS, many, concurrency=4)
    failures = [outcome for outcome in outcomes if isinstance(outcome, Failure)]
    assert sorted(failure.index for failure in failures) == list(range(60))
    assert {failure.error for failure in failures} == {error.__name__}
    assert {failure.retryable for failure in failures} == {False}
    assert 3 <= len(asked) <= 3 + 4
    unasked = [failure for failure in failures if failure.attempts == 0]
    assert len(unasked) >= 60 - 3 - 4
    assert unasked[-1].article == Article(text=TEXTS[unasked[-1].index])
    assert "nothing was sent: the run ended after" in unasked[-1].message


def test_a_single_refusal_ends_no_run(httpserver: HTTPServer) -> None:
    """A gateway may answer 403 to one article, for what it says."""
    asked = answers(httpserver, *[status(403), status(403), completion()] * 4)
    outcomes = list(summarizer(httpserver).summarize_many(TEXTS[:12], concurrency=1))
    assert len(asked) == 12
    assert sum(isinstance(outcome, Summary) for outcome in outcomes) == 4


def read_many(reader: Summarizer, articles: Any, how: str, **options: Any) -> list[Any]:
    if how == "sync":
        with reader:
            return list(reader.summarize_many(articles, **options))

    async def program() -> list[Any]:
        async with reader:
            return [outcome async for outcome in reader.asummarize_many(articles, **options)]

    return asyncio.run(program())


class Server(ScriptedModel):
    """Fails or waits, as the text of an article says; answers all others."""

    def __init__(self, faults: dict[str, Exception | None]) -> None:
        super().__init__(lambda _: whole())
        self.faults = faults
        self.seen: list[str] = []

    async def ask(self, messages: Any, form: Any, sampling: Any) -> Any:
        text = messages[-1]["content"].partition("] ")[2]
        self.seen.append(text)
        if text in self.faults:
            if (error := self.faults[text]) is None:
                await asyncio.sleep(600)
            else:
                raise error
        return await super().ask(messages, form, sampling)


@pytest.mark.parametrize("many", ["sync", "async"])
def test_an_outage_ends_a_run_that_can_be_resumed(many: str) -> None:
    """What was under way is cut off, the rest is not asked about; given again, all are read."""
    down: dict[str, Exception | None] = {text: ProviderUnavailable("down") for text in TEXTS[5:]}
    model = Server({**down, TEXTS[0]: None})
    reader = Summarizer(model=model, prompt="v1")
    outcomes = read_many(reader, TEXTS, many, concurrency=3, stop_after=4)
    failures = [outcome for outcome in outcomes if isinstance(outcome, Failure)]
    assert {outcome.article.text for outcome in outcomes} == set(TEXTS)
    assert len(model.seen) <= 1 + 4 + 4 + 2
    assert {failure.error for failure in failures} == {"ProviderUnavailable"}
    assert all(failure.retryable for failure in failures)
    (cut,) = [failure for failure in failures if failure.index == 0]
    assert cut.message.startswith("cut off: the run ended after 4 failures in a row")
    model.faults = {}
    again = [failure.article for failure in failures if failure.retryable]
    assert all(isinstance(each, Summary) for each in read_many(reader, again, many))


ROW: dict[str, tuple[list[Any], int]] = {
    "server": ([ProviderUnavailable("x")] * 9, 3),
    "server-and-time": ([ProviderTimeout("x"), ProviderUnavailable("x"), RateLimited("x")] * 3, 3),
    "foreign": ([OSError("x")] * 9, 3),
    "answer-between": ([ProviderTimeout("x"), ProviderTimeout("x"), whole()] * 3, 9),
    "broken-reply-between": ([ProviderTimeout("x"), ProviderTimeout("x"), "no JSON"] * 3, 9),
    "replies-of-single-articles": (["no JSON"] * 9, 9),
    "too-long-counts-not": ([ProviderTimeout("x"), ArticleError("x"), ProviderTimeout("x"), ArticleError("x"), ProviderTimeout("x"), whole()], 5),
}  # fmt: skip


@pytest.mark.parametrize("row", ROW)
def test_which_failures_are_in_a_row(row: str) -> None:
    """Those that tell something about the next article: not those of one article."""
    replies, asked = ROW[row]
    model = ScriptedModel(replies)
    outcomes = list(
        summarize_many(TEXTS[: len(replies)], concurrency=1, model=model, prompt="v1", stop_after=3)
    )
    assert len(outcomes) == len(replies)
    assert len(model.asked) == asked


def test_a_run_that_no_number_of_failures_ends() -> None:
    """All articles are asked about with ``stop_after=None``, and by default no more than twenty."""
    for stop_after, asked in (({"stop_after": None}, 60), ({}, 20)):
        model = ScriptedModel([ProviderUnavailable("down")] * 60)
        options: Any = {"concurrency": 1, "model": model, "prompt": "v1", **stop_after}
        assert len(list(summarize_many(TEXTS, **options))) == 60
        assert len(model.asked) == asked


@pytest.mark.parametrize("many", ["sync", "async"])
def test_a_run_ends_at_its_deadline(many: str) -> None:
    """What is done is yielded, what is under way is cut off, and the rest is failures at once."""
    started = time.monotonic()
    model = Server(dict.fromkeys(TEXTS[1:]))
    outcomes = read_many(
        Summarizer(model=model, prompt="v1"), TEXTS, many, concurrency=4, total_deadline=2
    )
    assert time.monotonic() - started < 100
    assert [type(outcome) for outcome in outcomes] == [Summary] + [Failure] * 59
    assert {failure.error for failure in outcomes[1:]} == {"LimitReached"}
    assert all(failure.retryable for failure in outcomes[1:])
    assert len(model.seen) == 5
    words = [failure.message.partition(":")[0] for failure in outcomes[1:]]
    assert (words.count("cut off"), words.count("nothing was sent")) == (4, 55)


@pytest.mark.parametrize(
    "wrong",
    [{"total_deadline": 0}, {"total_deadline": "9"}, {"total_deadline": float("nan")},
     {"total_deadline": True}, {"stop_after": 0}, {"stop_after": 1.5}, {"stop_after": True}],
)  # fmt: skip
def test_limits_of_a_run_are_checked_at_once(wrong: Any) -> None:
    """Not when the first outcome is asked for."""
    reader = Summarizer(model=ScriptedModel([]), prompt="v1")
    with pytest.raises(SettingsError, match=next(iter(wrong))):
        reader.summarize_many(TEXTS, **wrong)
    with pytest.raises(SettingsError, match=next(iter(wrong))):
        reader.asummarize_many(TEXTS, **wrong)


# Failures


def test_a_failure_has_its_exception_and_says_whether_to_try_again(httpserver: HTTPServer) -> None:
    """With the causes, but without the frames, which hold articles and replies in memory."""
    answers(httpserver, status(429, Retry_After="86400"), status(400))
    pause, refused = summarizer(httpserver).summarize_many(TEXTS[:2], concurrency=1)
    assert isinstance(pause, Failure)
    assert isinstance(refused, Failure)
    assert (pause.retryable, refused.retryable, refused.retry_after) == (
        True,
        True,
        pytest.approx(86400, rel=0.1),
    )
    assert pause.retry_after == 86400
    error = pause.exception
    assert isinstance(error, RateLimited)
    assert str(error) == pause.message
    assert type(error.__cause__).__name__ == "RateLimitError"
    assert error.__traceback__ is None
    assert error.__cause__ is not None
    assert error.__cause__.__traceback__ is None


def test_an_exception_is_neither_written_nor_compared() -> None:
    """A failure that went through JSON, or to another process, is equal, and has none."""

    class Local(Exception):
        """Can't be pickled."""

    (failure,) = summarize_many([TEXTS[0]], model=ScriptedModel([Local("x")]), prompt="v1")
    assert isinstance(failure, Failure)
    assert isinstance(failure.exception, Local)
    for copy in (
        Failure.model_validate_json(failure.model_dump_json()),
        pickle.loads(pickle.dumps(failure)),
    ):
        assert copy == failure
        assert hash(copy) == hash(failure)
        assert copy.exception is None
    assert "exception" not in failure.model_dump()


# What is given as articles


class Frame:
    """As in pandas, polars, dask and DuckDB: iterating yields the names of columns."""

    columns = ("id", "title", "text")

    def __iter__(self) -> Iterator[str]:
        return iter(self.columns)


class Table:
    """As in pyarrow and datasets."""

    column_names = ("id", "text")

    def __iter__(self) -> Iterator[dict[str, str]]:
        return iter([{"id": "1", "text": "Talks began."}])


@pytest.mark.parametrize("table", [Frame(), Table()])
def test_a_table_is_refused(table: Any) -> None:
    """With what to pass instead."""
    reader = Summarizer(model=ScriptedModel([]), prompt="v1")
    for many in (reader.summarize_many, reader.asummarize_many):
        with pytest.raises(ArticleError, match=r"is a table.* table\['text'\]"):
            many(table)


def test_a_data_frame_is_refused_and_its_column_is_not() -> None:
    """The real one, where pandas is installed."""
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"title": ["a", "b"], "text": TEXTS[:2]})
    with pytest.raises(ArticleError, match="DataFrame is a table"):
        summarize_many(frame, model=ScriptedModel([]), prompt="v1")
    model = ScriptedModel([whole(), whole()])
    outcomes = list(summarize_many(frame["text"], model=model, prompt="v1", concurrency=1))
    assert [outcome.article.text for outcome in outcomes if outcome.article] == TEXTS[:2]


def test_an_asynchronous_source() -> None:
    """Outcomes come while it waits for the next article, and it runs in one task from end to end."""

    async def program() -> list[Any]:
        first_is_out = asyncio.Event()
        outcomes: list[Any] = []

        async def source() -> AsyncIterator[str]:
            async with asyncio.timeout(60):  # which only the task that entered it may leave
                yield TEXTS[0]
                await first_is_out.wait()
                yield TEXTS[1]

        reader = Summarizer(model=ScriptedModel([whole(), whole()]), prompt="v1")
        async for outcome in reader.asummarize_many(source(), concurrency=4):
            outcomes.append(outcome)
            first_is_out.set()
        return outcomes

    outcomes = asyncio.run(program())
    assert [outcome.article.text for outcome in outcomes] == TEXTS[:2]


def test_an_asynchronous_source_is_taken_from_as_needed() -> None:
    """Not further ahead than as many as are read at once."""

    async def program() -> list[int]:
        taken = 0

        async def source() -> AsyncIterator[str]:
            nonlocal taken
            for text in TEXTS[:20]:
                taken += 1
                yield text

        reader = Summarizer(model=ScriptedModel([whole()] * 20), prompt="v1")
        ahead: list[int] = []
        async for _ in reader.asummarize_many(source(), concurrency=3):
            await asyncio.sleep(0)
            ahead.append(taken - len(ahead))
        return ahead

    ahead = asyncio.run(program())
    assert len(ahead) == 20
    assert max(ahead) <= 4


@pytest.mark.parametrize("error", [OSError("gone"), asyncio.CancelledError(), KeyboardInterrupt()])
@pytest.mark.parametrize("source", ["generator", "asynchronous generator"])
def test_an_error_of_the_source_comes_through(error: BaseException, source: str) -> None:
    """As it is, after all that was begun is cancelled, and what was done is yielded."""

    def generator() -> Iterator[str]:
        yield from TEXTS[:3]
        raise error

    async def asynchronous() -> AsyncIterator[str]:
        yield TEXTS[0]
        yield TEXTS[1]
        yield TEXTS[2]
        for _ in range(50):  # until the second is done
            await asyncio.sleep(0)
        raise error

    async def program() -> list[Any]:
        model = Server({TEXTS[0]: None})
        reader = Summarizer(model=model, prompt="v1")
        given: Any = generator() if source == "generator" else asynchronous()
        outcomes: list[Any] = []
        try:
            async for outcome in reader.asummarize_many(given, concurrency=4):
                outcomes.append(outcome)  # noqa: PERF401 until the error
        except BaseException as caught:  # noqa: BLE001 any is looked at
            return [caught, *outcomes]
        raise AssertionError

    caught, *outcomes = asyncio.run(program())
    assert caught is error
    if source == "asynchronous generator":
        assert [outcome.article.text for outcome in outcomes] == TEXTS[1:3]


def test_what_is_done_is_yielded_before_an_error_of_the_source() -> None:
    """An archive that breaks off loses nothing that was paid for."""
    model = ScriptedModel([whole(), whole()])

    def source() -> Iterator[str]:
        yield from TEXTS[:2]
        while len(model.asked) < 2:
            time.sleep(0.01)
        time.sleep(0.3)
        raise OSError("gone")

    outcomes: list[Any] = []
    many = summarize_many(source(), concurrency=4, model=model, prompt="v1")
    with pytest.raises(OSError, match="gone"):
        outcomes.extend(many)
    assert [outcome.article.text for outcome in outcomes] == TEXTS[:2]


def test_the_synchronous_function_names_the_other_one() -> None:
    """It can't wait for an asynchronous source."""

    async def source() -> AsyncIterator[str]:
        yield TEXTS[0]

    with pytest.raises(ArticleError, match="asummarize_many"):
        summarize_many(source(), model=ScriptedModel([]), prompt="v1")  # type: ignore[arg-type]
