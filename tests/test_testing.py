"""What users test their own programs with: the scripted model, and cassettes without keys."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest
from vcr import VCR
from vcr.record_mode import RecordMode
from werkzeug import Request, Response

from builders import GOOD, KEY, PATH, completion, summarizer, whole
from communique import Article, Failure, Summarizer, Summary, Usage, recording, summarize
from communique.errors import (
    AuthenticationFailed,
    InvalidReply,
    ProviderUnavailable,
    RateLimited,
    ReplyError,
)
from communique.testing import ScriptedModel

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_httpserver import HTTPServer

    from communique.models import Message

TEXTS = [f"Ruritania opposes dam {number}. Talks go on." for number in range(6)]
SPENT = Usage(input_tokens=90, cached_input_tokens=10, output_tokens=7, calls=1, cost_usd=0.5)


def gist(text: str) -> dict[str, Any]:
    return whole(gist=f"About {text.split('.', maxsplit=1)[0]}.")


@pytest.mark.parametrize("key", ["text", "article"])
def test_replies_by_article(key: str) -> None:
    """Each article gets its own, however many are read at once and in whatever order."""
    articles = [Article(text=text, title=f"T{n}") for n, text in enumerate(TEXTS)]
    replies = [(a if key == "article" else a.text, [gist(a.text)]) for a in reversed(articles)]
    model = ScriptedModel(dict(replies))
    for outcome in Summarizer(model=model, prompt="v1").summarize_many(articles, concurrency=4):
        assert isinstance(outcome, Summary)
        assert outcome.gist == gist(outcome.article.text)["gist"]
    assert len(model.asked) == len(TEXTS)


def test_replies_by_article_to_streams_and_to_others() -> None:
    """An article without replies fails like a script that has ended."""
    model = ScriptedModel({TEXTS[0]: [gist(TEXTS[0])]})
    reader = Summarizer(model=model, prompt="v1")
    with reader.stream(TEXTS[0]) as statements:
        assert list(statements) == []
    assert statements.gist == gist(TEXTS[0])["gist"]
    for text in TEXTS[:2]:
        with pytest.raises(AssertionError, match="the script ended before question"):
            reader.summarize(text)


def test_replies_by_function() -> None:
    """It gets the messages, and what it returns or raises is the reply."""

    def reply(messages: list[Message]) -> Any:
        said = messages[-1]["content"]
        return RateLimited("busy") if "dam 3" in said else gist(f"Dam {said.count('dam')}.")

    outcomes = list(Summarizer(model=ScriptedModel(reply), prompt="v1").summarize_many(TEXTS))
    (failed,) = [each for each in outcomes if isinstance(each, Failure)]
    assert (failed.error, failed.article and failed.article.text) == ("RateLimited", TEXTS[3])
    assert len(outcomes) == len(TEXTS)


def test_what_it_reports_to_have_used() -> None:
    """For answers that can be used, and for those that can't."""
    model = ScriptedModel([gist(TEXTS[0]), "no JSON"], usage=SPENT)
    summary = summarize(TEXTS[0], model=model, prompt="v1")
    assert (summary.provenance.usage, summary.provenance.attempts) == (SPENT, 1)
    with pytest.raises(InvalidReply) as caught:
        summarize(TEXTS[1], model=model, prompt="v1")
    assert caught.value.usage == SPENT
    assert caught.value.raw_replies == ("no JSON",)


def test_a_failure_is_retried_within_the_attempts() -> None:
    """As by a real model: only errors that may pass, and all attempts are counted."""
    busy = [RateLimited("busy"), ProviderUnavailable("down")]
    model = ScriptedModel([*busy, gist(TEXTS[0])], max_attempts=3)
    assert summarize(TEXTS[0], model=model, prompt="v1").provenance.attempts == 3
    model = ScriptedModel([*busy, gist(TEXTS[0])], max_attempts=2)
    with pytest.raises(ProviderUnavailable) as caught:
        summarize(TEXTS[0], model=model, prompt="v1")
    assert caught.value.attempts == len(model.asked) == 2
    model = ScriptedModel([AuthenticationFailed("no"), gist(TEXTS[0])], max_attempts=3)
    with pytest.raises(AuthenticationFailed):
        summarize(TEXTS[0], model=model, prompt="v1")


def test_a_failure_can_be_summarized_again() -> None:
    """The next time, the article gets its next reply."""
    model = ScriptedModel({text: [RateLimited("busy"), gist(text)] for text in TEXTS})
    reader = Summarizer(model=model, prompt="v1")
    failures = [each for each in reader.summarize_many(TEXTS) if isinstance(each, Failure)]
    assert len(failures) == len(TEXTS)
    again = [each.article for each in failures if each.article is not None]
    assert all(isinstance(each, Summary) for each in reader.summarize_many(again))


def test_as_a_fallback() -> None:
    """Two scripts may stand for two models."""
    with pytest.raises(ReplyError):
        asyncio.run(Summarizer(model=ScriptedModel(["I won't."]), prompt="v1").asummarize(TEXTS[0]))


def record(path: Path, mode: RecordMode, server: str) -> Summary:
    """Summarize with a cassette, as the documentation of `vcr_settings` says."""
    vcr: Any = VCR(record_mode=mode)
    recording.configure(vcr)
    with (
        vcr.use_cassette(str(path), **recording.vcr_settings()),
        Summarizer(
            model="openai/test", base_url=server, api_key=KEY, max_attempts=1, prompt="v1"
        ) as reader,
    ):
        return reader.summarize(TEXTS[0])


def test_a_users_cassette_holds_no_key(httpserver: HTTPServer, tmp_path: Path) -> None:
    """Nor a cookie, a host, or any other header by which a server knows someone again."""
    seen: list[str] = []

    def handle(request: Request) -> Response:
        seen.append(request.headers["authorization"])
        response = Response(json.dumps(completion()), content_type="application/json")
        response.headers["Set-Cookie"] = response.headers["X-Request-Id"] = f"session-{KEY}"
        response.headers["OpenAI-Organization"] = "the-secret-organization"
        return response

    httpserver.expect_request(PATH).respond_with_handler(handle)
    path = tmp_path / "tape.json"
    summary = record(path, RecordMode.ONCE, httpserver.url_for("/v1"))
    assert seen == [f"Bearer {KEY}"]
    tape = path.read_text(encoding="utf-8")
    for secret in (KEY, "cookie", "session", "organization", "localhost", str(httpserver.port)):
        assert secret not in tape.casefold()
    assert recording.find_secrets(tape) == []
    again = record(path, RecordMode.NONE, "http://127.0.0.1:9/v1")
    assert again.statements == summary.statements
    assert len(seen) == 1


def test_the_documented_fixtures_are_enough(
    pytester: pytest.Pytester, httpserver: HTTPServer, repository: Path
) -> None:
    """The documentation's `conftest.py`, and a test that is recorded, then replayed without a server."""
    page = (repository / "docs" / "how-to" / "testing.md").read_text(encoding="utf-8")
    block = next(part for part in page.split("```python\n") if "vcr_config" in part)
    pytester.makeconftest(block.partition("```")[0])
    pytester.makepyfile(f"""
        import pytest
        from communique import summarize

        @pytest.mark.vcr
        def test_gist():
            summary = summarize({TEXTS[0]!r}, model="openai/test", prompt="v1", max_attempts=1,
                                base_url={httpserver.url_for("/v1")!r}, api_key={KEY!r})
            assert summary.gist == {json.loads(GOOD)["gist"]!r}
    """)
    httpserver.expect_request(PATH).respond_with_json(completion())
    options = ["-p", "no:randomly", "-p", "no:xdist"]
    pytester.runpytest_inprocess(*options, "--record-mode=once").assert_outcomes(passed=1)
    (tape,) = pytester.path.rglob("cassettes/**/*.*")
    assert KEY not in tape.read_text(encoding="utf-8")
    httpserver.clear()
    done = pytester.runpytest_inprocess(*options, "--record-mode=none", "--block-network")
    done.assert_outcomes(passed=1)


def test_summarizer_of_builders_is_unaffected(httpserver: HTTPServer) -> None:
    """The loopback model and the scripted one give the same summary of the same reply."""
    httpserver.expect_request(PATH).respond_with_json(completion())
    with summarizer(httpserver) as reader:
        real = reader.summarize(TEXTS[0])
    scripted = summarize(TEXTS[0], model=ScriptedModel([GOOD]), prompt="v1")
    assert real.statements == scripted.statements
