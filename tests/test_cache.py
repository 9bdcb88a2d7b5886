"""The cache of answers: nothing is asked and paid for twice, and no answer is a wrong one."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import re
import sqlite3
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug import Request, Response

from builders import GOOD, KEY, PATH, answers, completion, position, stated, summarizer, whole
from communique import Article, Summarizer, Summary, Usage, asummarize, summarize
from communique.cache import AnswerCache
from communique.errors import CommuniqueError, ProviderUnavailable, SettingsError, received_before
from communique.models import LanguageModel, LocalModel
from communique.models.servers import FixedServers
from communique.settings import Settings
from communique.testing import ScriptedModel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_httpserver import HTTPServer

TEXT = "Ruritania opposes the dam. Talks go on."
LONG = " ".join(f"Ruritania opposes dam {number}." for number in range(12))  # three passages
UNAVAILABLE = Response("{}", 503)

Ask = dict[str, Any]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "answers.sqlite"


def says(content: str = GOOD, **changes: Any) -> Response:
    """A server's answer, which is read as a whole even where a stream was asked for."""
    body = json.dumps(completion(content, **changes))
    return Response(body, content_type="application/json")


def same(first: Summary, second: Summary) -> bool:
    """Whether two summaries say the same, whenever and however they were made."""
    parts = ("gist", "statements", "rejected", "injections")
    return all(getattr(first, part) == getattr(second, part) for part in parts)


def logprobs(content: str) -> dict[str, Any]:
    return {"content": [{"token": sign, "logprob": -0.1 / 3 * n} for n, sign in enumerate(content)]}


def by_function(reader: Summarizer, article: Article) -> Summary:
    return reader.summarize(article)


def awaited(reader: Summarizer, article: Article) -> Summary:
    return asyncio.run(reader.asummarize(article))


def streamed(reader: Summarizer, article: Article) -> Summary:
    with reader.stream(article) as statements:
        shown = {statement.id: statement for statement in statements}
    assert list(shown.values()) == list(statements.summary.statements)
    return statements.summary


def one_of_many(reader: Summarizer, article: Article) -> Summary:
    (outcome,) = reader.summarize_many([article])
    assert isinstance(outcome, Summary)
    return outcome


@pytest.mark.parametrize("way", [by_function, awaited, streamed, one_of_many])
@pytest.mark.parametrize("first_way", [by_function, streamed])
def test_what_was_answered_is_not_asked_again(
    httpserver: HTTPServer,
    file: Path,
    first_way: Callable[[Summarizer, Article], Summary],
    way: Callable[[Summarizer, Article], Summary],
) -> None:
    """However it is read; only the provenance says that nothing was paid, and what it once took."""
    asked = answers(httpserver, says())
    with summarizer(httpserver, cache=file, prices=(1, 1, 1)) as reader:
        first = first_way(reader, Article(text=TEXT, url="http://x/1"))
    with summarizer(httpserver, cache=str(file), prices=(1, 1, 1)) as reader:
        again = way(reader, Article(text=TEXT, url="http://x/2", language="en"))
    assert len(asked) == 1
    assert (again.article.url, again.article.language) == ("http://x/2", "en")
    assert same(first, again)
    before, now = first.provenance, again.provenance
    assert before.from_cache is None
    assert before.paid == before.usage
    assert now.from_cache == now.usage == before.usage
    assert now.paid == Usage()
    assert before.usage.cost_usd is not None
    assert (now.attempts, now.model, now.options) == (1, before.model, before.options)
    assert "from the cache" in str(now)
    assert "cache," not in str(before)


def test_the_seconds_are_those_of_the_answer(httpserver: HTTPServer, file: Path) -> None:
    """Not those in which the cache was read."""

    def slowly() -> Response:
        threading.Event().wait(0.3)
        return says()

    answers(httpserver, slowly)
    with summarizer(httpserver, cache=file) as reader:
        first, again = reader.summarize(TEXT), reader.summarize(TEXT)
    assert first.provenance.seconds >= 0.3
    assert again.provenance.seconds >= 0.3


def test_a_conversation_with_its_confidences(httpserver: HTTPServer, file: Path) -> None:
    """All questions of the strategy `conversation`, and what is computed from log-probabilities."""
    said = json.dumps(stated())
    asked = answers(httpserver, says(said, logprobs=logprobs(said)), says('{"gist": "A dam."}'))
    with summarizer(httpserver, cache=file, prompt="v2") as reader:
        first, again = reader.summarize(TEXT), reader.summarize(TEXT)
    assert len(asked) == 2
    assert first.statements[0].confidence is not None
    assert same(first, again)
    assert again.provenance.paid == Usage()


def test_an_article_that_was_read_in_part_goes_on_from_there(
    httpserver: HTTPServer, file: Path
) -> None:
    """What was answered before a failure is kept; the failure is not."""
    asked: list[Ask] = []
    is_up = threading.Event()

    def handle(request: Request) -> Response:
        asked.append(request.get_json())
        question = str(asked[-1]["messages"][-1]["content"])
        if "[11]" in question and not is_up.is_set():
            return Response("{}", 503, {"Retry-After": "0"})
        is_gist = asked[-1]["response_format"]["json_schema"]["name"] == "gist"
        return says('{"gist": "Dams."}' if is_gist else "[]")

    httpserver.expect_request(PATH, method="POST").respond_with_handler(handle)
    with summarizer(httpserver, cache=file, prompt="v2", max_attempts=1) as reader:
        with pytest.raises(ProviderUnavailable) as caught:
            reader.summarize(LONG)
        assert caught.value.usage == Usage(
            calls=2, input_tokens=200, cached_input_tokens=80, output_tokens=40
        )
        is_up.set()
        summary = reader.summarize(LONG)
    assert len(asked) == 3 + 2  # the third passage again, and the gist
    about = summary.provenance
    assert (about.usage.calls, about.paid.calls) == (4, 2)
    assert "in part from the cache" in str(about)


def test_progress_is_reported_for_what_is_kept(httpserver: HTTPServer, file: Path) -> None:
    """A display does not stand still."""
    answers(httpserver, says())
    steps: list[list[str]] = [[], []]
    with summarizer(httpserver, cache=file) as reader:
        for seen in steps:
            reader.summarize(TEXT, on_progress=lambda step, seen=seen: seen.append(step.message))
    assert steps[0] == steps[1] == ["article read"]


CHANGES: dict[str, Ask] = {
    "prompt": {"prompt": "v2"},
    "max_tokens": {"max_tokens": 5_999},
    "reasoning_effort": {"reasoning_effort": "low"},
    "extra_body": {"extra_body": {"top_p": 0.9}},
    "model": {"model": "openai/other"},
    "server": {"base_url": "/other/v1"},
    "query": {"base_url": "/v1?tier=2"},
    "header": {"default_headers": {"X-Route": "other"}},
    "provider": {"model": "azure_openai/test"},
    "api_version": {"model": "azure_openai/test", "api_version": "2030-01-01"},
}


def answer_all(server: HTTPServer) -> list[Ask]:
    """Let the server answer every question of every prompt; return what it was asked."""
    asked: list[Ask] = []
    said = {"summary": GOOD, "statements": "[]", "gist": '{"gist": "A dam."}'}

    def handle(request: Request) -> Response:
        asked.append(request.get_json())
        return says(said[asked[-1]["response_format"]["json_schema"]["name"]])

    server.expect_request(re.compile(".*")).respond_with_handler(handle)
    return asked


@pytest.fixture
def ask(httpserver: HTTPServer, file: Path) -> Callable[..., int]:
    """Return a function that summarizes with some settings, and returns the number of requests."""
    asked = answer_all(httpserver)

    def call(text: str = TEXT, **changes: Any) -> int:
        before = len(asked)
        options = {"model": "openai/test", "base_url": "/v1", "prompt": "v1", "api_key": KEY}
        options |= {"cache": file} | changes
        options["base_url"] = httpserver.url_for("") + str(options["base_url"])
        with Summarizer(**options) as reader:
            reader.summarize(text)
        return len(asked) - before

    return call


@pytest.mark.parametrize("name", CHANGES)
def test_whatever_shapes_an_answer_is_part_of_the_question(
    ask: Callable[..., int], name: str
) -> None:
    """A change of it asks anew, and once only; the old answer stays."""
    before = dict(CHANGES[name])
    changed = before.pop("api_version", None)
    base: Ask = before if changed else {}
    assert ask(**base) == 1
    assert ask(**CHANGES[name]) >= 1
    assert ask(**CHANGES[name]) == ask(**base) == 0


@pytest.mark.parametrize("text", [TEXT + " They end.", TEXT.replace("the dam", "a dam")])
def test_another_text_is_another_question(ask: Callable[..., int], text: str) -> None:
    """One word is enough."""
    assert [ask(), ask(text), ask(text), ask()] == [1, 1, 0, 0]


@pytest.mark.parametrize("prompt", ["v1", "v2"])
def test_what_the_model_is_told_of_an_article_is_part_of_the_question(
    httpserver: HTTPServer, file: Path, prompt: str
) -> None:
    """Title, source and date, if the prompt shows them; the rest is not."""
    asked = answer_all(httpserver)
    about: list[Ask] = [{}, {"title": "A"}, {"title": "B"}, {"source": "C"}, {"published": "2026-01-31"}]  # fmt: skip
    articles = [Article(text=TEXT, **each) for each in about]
    questions: list[list[str]] = []
    for cache in (False, file):
        asked.clear()
        with summarizer(httpserver, prompt=prompt, cache=cache) as reader:
            list(reader.summarize_many(articles, concurrency=1))
        questions.append([json.dumps(request["messages"]) for request in asked])
    without, with_cache = questions
    assert sorted(with_cache) == sorted(set(without))


@pytest.mark.parametrize(
    "changes",
    [{"api_key": "another-key-27182818"}, {"timeout": 9, "max_attempts": 1, "deadline": 60},
     {"article_tokens": 9_000}, {"prices": (1, 1, 1)}, {"requests_per_minute": 9}],
)  # fmt: skip
def test_what_does_not_shape_an_answer_is_not(ask: Callable[..., int], changes: Ask) -> None:
    """Another key, other limits."""
    assert [ask(), ask(**changes)] == [1, 0]


def test_off_unless_it_is_asked_for(
    ask: Callable[..., int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By an argument, or by the variable, which an argument overrules."""
    monkeypatch.setenv("COMMUNIQUE_CACHE_DIR", str(tmp_path / "folder"))
    default = tmp_path / "folder" / "answers.sqlite"
    assert [ask(cache=None), ask(cache=None), ask(cache=False)] == [1, 1, 1]
    assert not default.exists()
    assert [ask(cache=True), ask(cache=True), ask(cache=None)] == [1, 0, 1]
    monkeypatch.setenv("COMMUNIQUE_CACHE", "yes")
    assert [ask(cache=None), ask(cache=False)] == [0, 1]
    monkeypatch.setenv("COMMUNIQUE_CACHE", str(tmp_path / "new" / "other.db"))
    assert [ask(cache=None), ask(cache=None)] == [1, 0]
    assert (tmp_path / "new" / "other.db").exists()


@pytest.mark.parametrize("given", [1, 1.5, "", " ", ["x"]])
def test_a_value_that_is_no_switch_and_no_path(given: Any) -> None:
    """The message says what it can be."""
    with pytest.raises(SettingsError, match="cache must be True, False or the path"):
        Summarizer(model="openai/x", api_key=KEY, cache=given)


BROKEN = {
    "unavailable": UNAVAILABLE,
    "no JSON": says("I won't."),
    "cut off": says('{"gist": "x', finish_reason="length"),
    "declined": says("", refusal="I can't help with that"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_failure_is_not_kept(httpserver: HTTPServer, file: Path, name: str) -> None:
    """The next time, the article is asked for again."""
    asked = answers(httpserver, BROKEN[name])
    with summarizer(httpserver, cache=file, max_attempts=1) as reader:
        with pytest.raises(CommuniqueError):
            reader.summarize(TEXT)
        requests = len(asked)
        with pytest.raises(CommuniqueError):
            reader.summarize(TEXT)
    assert len(asked) == 2 * requests
    cache = AnswerCache(file)
    assert cache.contents() == []
    cache.close()


def test_each_model_has_its_own_answers(httpserver: HTTPServer, file: Path) -> None:
    """The first model is asked again where it failed; what the other said, it has said."""
    asked: list[str] = []

    def handle(request: Request) -> Response:
        asked.append(request.get_json()["model"])
        return UNAVAILABLE if asked[-1] == "cheap" else says()

    httpserver.expect_request(PATH, method="POST").respond_with_handler(handle)

    def models(model: str, **more: str) -> list[str]:
        asked.clear()
        url = httpserver.url_for("/v1")
        with Summarizer(
            model=model, base_url=url, api_key=KEY, prompt="v1", cache=file, max_attempts=1, **more
        ) as summarizer:
            summarizer.summarize(TEXT)
        return asked[:]

    assert models("openai/cheap", fallback_model="openai/strong") == ["cheap", "strong"]
    assert models("openai/cheap", fallback_model="openai/strong") == ["cheap"]
    assert models("openai/strong") == []
    with pytest.raises(ProviderUnavailable):
        models("openai/cheap")


def test_equal_articles_at_once_are_asked_once(httpserver: HTTPServer, file: Path) -> None:
    """The others wait for the first one."""

    def slowly() -> Response:
        threading.Event().wait(0.2)
        return says()

    asked = answers(httpserver, slowly)
    with summarizer(httpserver, cache=file) as reader:
        articles = [Article(text=TEXT, url=str(number)) for number in range(8)]
        outcomes = list(reader.summarize_many(articles, concurrency=8))
    assert len(asked) == 1
    assert {outcome.article.url for outcome in outcomes if outcome.article} == set("01234567")
    paid = [each.provenance.paid.calls for each in outcomes if isinstance(each, Summary)]
    assert sorted(paid) == [0] * 7 + [1]


def test_a_stream_that_rests_holds_nobody_up(httpserver: HTTPServer, file: Path) -> None:
    """Its reader may never go on."""
    asked = answers(httpserver, says())
    with summarizer(httpserver, cache=file) as reader, reader.stream(TEXT) as statements:
        next(statements)
        reader.summarize(TEXT)
    assert 1 <= len(asked) <= 2


class Watched(FixedServers):
    """Counts how often the embedded model is started."""

    started = 0

    async def model(self, name: str, on_progress: Any = None) -> Any:
        self.started += on_progress is not None
        return await super().model(name, on_progress)


def test_the_embedded_model_is_not_started_for_what_is_kept(
    httpserver: HTTPServer, file: Path
) -> None:
    """Nor downloaded; when it is needed, the progress of that is shown."""
    answers(httpserver, says())
    started = []
    for _ in range(2):
        servers = Watched(httpserver.url_for("/v1"))
        model = LocalModel(Settings(), servers=servers)
        with Summarizer(model=model, prompt="v1", cache=file) as reader:
            reader.summarize(TEXT, on_progress=lambda _: None)
        started.append(servers.started)
    assert started == [1, 0]


class Known(ScriptedModel):
    """A user's own model that says who it is."""

    def __init__(self, name: object = "known", **script: Any) -> None:
        super().__init__(**{"script": lambda _: whole(position()), **script})
        self.name: Any = name

    @property
    def identity(self) -> Any:
        return {"model": self.name}


def test_a_model_of_ones_own_needs_an_identity(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without one its answers could be taken for those of another; a variable is not for it."""
    with pytest.raises(SettingsError, match="cache: ScriptedModel has no identity"):
        summarize(TEXT, model=ScriptedModel([]), prompt="v1", cache=file)
    with pytest.raises(SettingsError, match="the identity of Known is no JSON object"):
        summarize(TEXT, model=Known(object()), prompt="v1", cache=file)
    known = Known()
    for _ in range(2):
        summarize(TEXT, model=known, prompt="v1", cache=file)
    summarize(TEXT, model=(other := Known("other")), prompt="v1", cache=file)
    assert (len(known.asked), len(other.asked)) == (1, 1)
    monkeypatch.setenv("COMMUNIQUE_CACHE", str(file))
    scripted = ScriptedModel(lambda _: whole())
    for _ in range(2):
        summarize(TEXT, model=scripted, prompt="v1")
    assert len(scripted.asked) == 2


def test_the_summarizers_model_is_the_one_that_was_given(file: Path) -> None:
    """A program may look at it."""
    model = Known()
    with Summarizer(model=model, prompt="v1", cache=file) as reader:
        assert reader.model is model
        (read,) = reader.readers
        hidden = {"ask", "stream", "prepare", "warm_up", "aclose", "default_prompt"}
        for name in [n for n in vars(LanguageModel) if not n.startswith("_") and n not in hidden]:
            assert getattr(read.model, name) == getattr(model, name), name
        assert read.model.default_prompt() == model.default_prompt()


WORDS = st.sampled_from(["Ruritania opposes it. ", "Dr. No left. ", "Я иду. ", "等。", "\n\n", " "])
TEXTS = st.lists(WORDS, min_size=1, max_size=5).map("".join).filter(lambda text: not text.isspace())


@settings(max_examples=15)
@given(st.lists(st.tuples(TEXTS, st.sampled_from([None, "en", "de", "ru"])), max_size=6), st.data())
def test_no_answer_is_a_wrong_one(
    tmp_path_factory: pytest.TempPathFactory,
    articles: list[tuple[str, str | None]],
    data: st.DataObject,
) -> None:
    """With the cache, every article has the summary that it has without."""

    def reply(messages: list[Any]) -> dict[str, Any]:
        said = str(messages[-1]["content"])
        return whole(position(1 + len(said) % 3, issue=f"it {len(said)}"), gist=said[-60:])

    file = tmp_path_factory.mktemp("cache") / "answers.sqlite"
    readers = [
        (Summarizer(model=model, prompt="v1", cache=file), Summarizer(model=model, prompt="v1"))
        for model in (Known("a", script=reply), Known("b", script=reply))
    ]
    for text, language in articles:
        kept, asked = data.draw(st.sampled_from(readers))
        article = Article(text="It is so. " + text, language=language)
        assert same(kept.summarize(article), asked.summarize(article))
    for kept, _ in readers:
        kept.close()


@contextmanager
def opened(file: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(file)
    with connection:
        yield connection
    connection.close()


DAMAGE = {
    "an answer": "UPDATE answers SET answer = replace(answer, 'the dam', 'the war')",
    "the model": "UPDATE answers SET model = 'openai/other'",
    "a checksum": "UPDATE answers SET checksum = x'00'",
    "another type": "UPDATE answers SET answer = 5",
    "another key": "UPDATE answers SET key = zeroblob(32)",
}


@pytest.mark.parametrize("name", DAMAGE)
def test_a_damaged_answer_is_asked_for_again(
    httpserver: HTTPServer, file: Path, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    """And replaced by the new one."""
    asked = answers(httpserver, says())
    with summarizer(httpserver, cache=file) as reader:
        first = reader.summarize(TEXT)
    with opened(file) as connection:
        assert connection.execute(DAMAGE[name]).rowcount == 1
    with summarizer(httpserver, cache=file) as reader:
        assert same(first, reader.summarize(TEXT))
        assert len(asked) == 2
        assert same(first, reader.summarize(TEXT))
    assert len(asked) == 2
    assert name == "another key" or "is damaged; it is asked for again" in caplog.text


def test_an_answer_that_no_longer_has_its_form_is_asked_for_again(
    httpserver: HTTPServer, file: Path
) -> None:
    """Though its checksum is right."""
    asked = answers(httpserver, says())
    with summarizer(httpserver, cache=file) as reader:
        reader.summarize(TEXT)
        with opened(file) as connection:
            (key,) = connection.execute("SELECT key FROM answers").fetchone()
        cache = AnswerCache(file)
        for wrong in (b"{}", b"no JSON", b'{"raw": "{}"}'):
            cache.put(key, "openai/test", wrong)
            assert reader.summarize(TEXT).positions
        cache.close()
    assert len(asked) == 4


def test_a_cache_that_breaks_is_named(httpserver: HTTPServer, file: Path) -> None:
    """Instead of asking everything again, and paying for it."""
    asked = answers(httpserver, says())
    with summarizer(httpserver, cache=file) as reader:
        reader.summarize(TEXT)
        with opened(file) as connection:
            connection.execute("ALTER TABLE answers RENAME TO other")
        with pytest.raises(SettingsError, match="can't be used: no such table"):
            reader.summarize(TEXT)
    assert len(asked) == 1


@pytest.fixture
def full_disk() -> Iterator[Callable[[], None]]:
    """A function after which no file can grow, as on a full disk."""
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, before[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_an_answer_that_can_not_be_kept_is_not_lost(
    httpserver: HTTPServer,
    file: Path,
    full_disk: Callable[[], None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It is returned, and one warning says why it is not kept."""
    asked = answers(httpserver, says())
    with summarizer(httpserver, cache=file) as reader:
        reader.summarize(TEXT)
        full_disk()
        summaries = [reader.summarize(f"{TEXT} {number}.") for number in range(2)]
        assert reader.summarize(TEXT).provenance.from_cache is not None
    assert all(summary.positions for summary in summaries)
    assert len(asked) == 3
    warnings = [r for r in caplog.records if r.levelno == logging.WARNING]
    assert [r.getMessage().count("answers are not kept: cache: ") for r in warnings] == [1]


def test_a_call_that_is_cancelled_while_its_answer_is_kept(
    httpserver: HTTPServer, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Says what was received, and the answer is kept all the same."""
    asked = answers(httpserver, says())
    put = AnswerCache.put
    here, go_on = threading.Event(), threading.Event()

    def slowly(*given: Any) -> None:
        here.set()
        go_on.wait(10)
        put(*given)

    monkeypatch.setattr(AnswerCache, "put", slowly)

    async def cancelled() -> BaseException:
        async with summarizer(httpserver, cache=file) as reader:
            reading = asyncio.create_task(reader.asummarize(TEXT))
            await asyncio.to_thread(here.wait, 10)
            reading.cancel()
            try:
                await reading
            except asyncio.CancelledError as error:
                return error
            finally:
                go_on.set()
            raise AssertionError

    received = received_before(asyncio.run(cancelled()))
    assert received is not None
    assert received.usage is not None
    assert (received.usage.calls, received.raw_replies, received.attempts) == (1, (GOOD,), 1)
    with summarizer(httpserver, cache=file) as reader:
        assert reader.summarize(TEXT).positions
    assert len(asked) == 1


def test_the_event_loop_stays_free(
    httpserver: HTTPServer, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is read and written in threads."""
    threads: set[str] = set()
    for name in ("get", "put"):
        method = getattr(AnswerCache, name)

        def watched(*given: Any, method: Any = method) -> Any:
            threads.add(threading.current_thread().name)
            return method(*given)

        monkeypatch.setattr(AnswerCache, name, watched)
    answers(httpserver, says())
    url = httpserver.url_for("/v1")
    asyncio.run(asummarize(TEXT, model="openai/x", base_url=url, api_key=KEY, prompt="v1", cache=file))  # fmt: skip
    assert threads == {"communique-work"}


def test_no_article_and_no_key_is_kept(httpserver: HTTPServer, file: Path) -> None:
    """Only what the model said; an answer with the key in it is not kept at all."""
    text = "Ruritania opposes the dam. A sentence about nothing in particular."
    echo = whole(position(), gist=f"The key is {KEY}.")
    asked = answers(httpserver, says(), says(json.dumps(echo)))
    headers = {"X-Token": "secret-header-14142135"}
    url = httpserver.url_for("/v1") + "?sig=secret-query-17320508"
    with Summarizer(
        model="openai/x",
        base_url=url,
        api_key=KEY,
        default_headers=headers,
        prompt="v1",
        cache=file,
    ) as reader:
        reader.summarize(text)
        for _ in range(2):
            reader.summarize(TEXT)
        content = b"".join(path.read_bytes() for path in file.parent.iterdir())
    assert len(asked) == 3
    assert b"A dam divides two states." in content
    for secret in (KEY, "nothing in particular", *headers.values(), "secret-query-17320508"):
        assert secret.encode() not in content


def test_evaluations_never_use_it(
    httpserver: HTTPServer, file: Path, monkeypatch: pytest.MonkeyPatch, sample: Article
) -> None:
    """They are about what a model says now, whatever the variable is."""
    from builders import gold_article
    from communique.evaluation.run import run
    from communique.settings import ModelChoice

    asked = answers(httpserver, says())
    for name, value in (("CACHE", str(file)), ("BASE_URL", httpserver.url_for("/v1"))):
        monkeypatch.setenv(f"COMMUNIQUE_{name}", value)
    monkeypatch.setenv("COMMUNIQUE_API_KEY", KEY)
    for _ in range(2):
        run([gold_article(sample)], "v1", ModelChoice("openai", "test"), None)
    assert len(asked) == 2
    assert not file.exists()


FORK = """
import os, sys, threading
from pathlib import Path
from communique.cache import AnswerCache

cache = AnswerCache(Path(sys.argv[1]))
cache.put(b"parent", "m", b"1")
taken, over = threading.Event(), threading.Event()

def use():
    with cache._lock:
        taken.set()
        over.wait()

threading.Thread(target=use).start()
taken.wait()
child = os.fork()
over.set()
if child == 0:
    assert cache.get(b"parent") == b"1"
    cache.put(b"child", "m", b"2")
    cache.close()
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
assert cache.get(b"child") == b"2"
cache.put(b"later", "m", b"3")
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_a_forked_child_has_a_connection_of_its_own(file: Path) -> None:
    """Even if a thread of its parent was using the cache at that moment."""
    subprocess.run([sys.executable, "-c", FORK, str(file)], check=True, timeout=60)
    cache = AnswerCache(file)
    assert [cache.get(key) for key in (b"parent", b"child", b"later")] == [b"1", b"2", b"3"]
    cache.close()
