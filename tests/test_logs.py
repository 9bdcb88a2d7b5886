"""What is logged, by whom, and about which article; other libraries' loggers are their own."""

from __future__ import annotations

import asyncio
import json
import logging
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from werkzeug import Request, Response

from builders import GOOD, KEY, answers, completion, status, summarizer
from communique import Article, Failure, Summarizer, summarize
from communique.errors import CommuniqueError
from communique.testing import ScriptedModel

if TYPE_CHECKING:
    from pytest_httpserver import HTTPServer

TEXTS = [
    "Ruritania opposes the dam. Talks go on.",
    "Ruritania opposes the dam, again. Ulmia signed a truce with Torv.",
]
IDS = [Article(text=text).id for text in TEXTS]

PROGRAM = r"""
import json, logging, sys
from communique import Summarizer, errors

logging.basicConfig(level=logging.DEBUG, filename="program.log")
url = sys.argv[1]
for model, base_url in (("openai/x", url + "v1"), ("anthropic/x", url)):
    with Summarizer(model=model, base_url=base_url, api_key=KEY, max_attempts=1, prompt="v1") as reader:
        try:
            reader.summarize("Talks go on.")
        except errors.CommuniqueError as error:
            print(type(error).__name__, error, file=sys.stderr)

def foreign(logger):
    parts = [*logger.filters, *logger.handlers]
    return [type(part).__module__ for part in parts if type(part).__module__.startswith("communique")]

loggers = [each for each in logging.root.manager.loggerDict.values() if isinstance(each, logging.Logger)]
print(json.dumps({
    "names": sorted(each.name for each in loggers),
    "touched": [each.name for each in (logging.root, *loggers) if foreign(each)],
    "instructor": [type(each).__name__ for each in logging.getLogger("instructor").handlers],
    "levels": {each.name: each.level for each in loggers if each.name.startswith(("instructor", "openai", "httpx", "httpcore"))},
}))
try:
    logging.getLogger("instructor").error("%d apples", "no")
    logging.getLogger("openai").error("the user's own: %s", KEY)
except Exception as error:
    print("raised", error)
"""


def test_no_foreign_logger_is_touched(httpserver: HTTPServer, tmp_path: Any) -> None:
    """No filter, handler or level of ours is on it, and what others log by it is theirs alone."""
    for path in ("/v1/chat/completions", "/v1/messages"):
        httpserver.expect_request(path).respond_with_data("no", status=500)
    done = subprocess.run(
        [sys.executable, "-c", f"KEY = {KEY!r}\n{PROGRAM}", httpserver.url_for("/")],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stderr.count("ProviderUnavailable") == 2, done.stderr
    found = json.loads(done.stdout.splitlines()[0])
    assert {"openai", "instructor", "anthropic"} <= set(found["names"])
    assert found["touched"] == found["instructor"] == []
    assert set(found["levels"].values()) == {logging.NOTSET}
    assert "raised" not in done.stdout
    log = (tmp_path / "program.log").read_text(encoding="utf-8")
    assert f"the user's own: {KEY}" in log


@pytest.mark.parametrize("reply", ["a failed call", "an answer of another form"])
def test_instructor_logs_no_error_of_our_calls(
    httpserver: HTTPServer, caplog: pytest.LogCaptureFixture, reply: str
) -> None:
    """communique tries again and logs by itself; another's call is logged as ever."""

    def handle(request: Request) -> Response:
        if reply == "a failed call":
            return Response(json.dumps({"error": {"message": f"echo {KEY}"}}), 503)
        tool = request.get_json()["tools"][0]["name"]
        use = {"type": "tool_use", "id": "t", "name": tool, "input": {"gist": 7}}
        body = {"id": "m", "type": "message", "role": "assistant", "model": "x", "content": [use],
                "stop_reason": "tool_use", "usage": {"input_tokens": 1, "output_tokens": 1}}  # fmt: skip
        return Response(json.dumps(body), content_type="application/json")

    httpserver.expect_request("/v1/messages").respond_with_handler(handle)
    with (
        caplog.at_level(logging.DEBUG),
        Summarizer(model="anthropic/x", base_url=httpserver.url_for(""), api_key=KEY,
                   max_attempts=1, prompt="v1") as reader,
        pytest.raises(CommuniqueError),
    ):  # fmt: skip
        reader.summarize(TEXTS[0])
    logged = [record for record in caplog.records if record.name.startswith("instructor")]
    assert logged, "or this test would show nothing"
    assert all(record.levelno < logging.WARNING for record in logged)
    assert KEY not in caplog.text


def test_instructor_logs_the_calls_of_others(caplog: pytest.LogCaptureFixture) -> None:
    """Only communique's own calls are quiet."""
    import instructor

    async def fails(**_: object) -> object:
        raise ConnectionError("gone")

    asked = instructor.patch(create=fails, mode=instructor.Mode.JSON_SCHEMA)
    with pytest.raises(Exception, match="gone"):
        asyncio.run(asked(response_model=Article, messages=[], max_retries=0))  # pyright: ignore[reportArgumentType]
    assert [r.levelno for r in caplog.records if r.name.startswith("instructor")]


def test_no_key_of_a_response_header_is_logged(
    httpserver: HTTPServer, caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever logs the headers of responses, at any level."""
    answers(httpserver, status(400, X_Seen=f"Bearer {KEY}", Location=f"http://x/?key={KEY}"))
    with (
        caplog.at_level(logging.DEBUG),
        summarizer(httpserver) as reader,
        pytest.raises(CommuniqueError),
    ):
        reader.summarize(TEXTS[0])
    lines = [record.getMessage() for record in caplog.records if record.name != "werkzeug"]
    assert any("X-Seen" in line for line in lines), "httpcore's wire log"
    assert any("x-seen" in line.lower() and "Bearer ***" in line for line in lines)
    assert not [line for line in lines if KEY in line]


def own(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    return [record for record in caplog.records if record.name.startswith("communique")]


@pytest.mark.parametrize("way", ["summarize", "summarize_many", "stream", "astream"])
def test_each_line_names_its_article(
    httpserver: HTTPServer, caplog: pytest.LogCaptureFixture, way: str
) -> None:
    """In the message, for whoever reads, and whole in the record, for whoever filters."""
    good = Response(json.dumps(completion()), content_type="application/json")
    answers(httpserver, status(503, Retry_After="0"), good)
    caplog.set_level(logging.INFO)
    with summarizer(httpserver) as reader:
        for text in TEXTS if way != "summarize_many" else ():
            if way == "summarize":
                reader.summarize(text)
            elif way == "stream":
                with reader.stream(text) as statements:
                    assert list(statements)
            else:
                asyncio.run(_read(reader, text))
        if way == "summarize_many":
            assert len(list(reader.summarize_many(TEXTS, concurrency=2))) == 2
    seen = {getattr(record, "article_id", None) for record in own(caplog)}
    assert seen == set(IDS)
    for record in own(caplog):
        assert f"article {record.article_id[:12]}: " in record.getMessage()  # type: ignore[attr-defined]
    ends = [record.getMessage() for record in own(caplog) if " statements, " in record.getMessage()]
    assert len(ends) == 2
    assert any("attempt 1 failed" in record.getMessage() for record in own(caplog))


async def _read(reader: Summarizer, text: str) -> None:
    async with reader.astream(text) as statements:
        assert [statement async for statement in statements]
    await reader.aclose()


def test_lines_of_others_name_no_article(caplog: pytest.LogCaptureFixture) -> None:
    """Between the statements of a stream, the caller's context is the caller's."""
    caplog.set_level(logging.INFO)
    said = {"kind": "agreement", "parties": ["Ulmia"], "subject": "truce", "status": "agreed",
            "sentences": [2]}  # fmt: skip
    model = ScriptedModel([{"gist": "A truce.", "statements": [said]}] * 2)

    async def nested() -> list[str]:
        reader = Summarizer(model=model, prompt="v1")
        async with reader.astream(TEXTS[1]) as statements:
            async for _ in statements:
                await reader.asummarize(TEXTS[0])
        return [record.article_id for record in own(caplog)]  # type: ignore[attr-defined]

    assert asyncio.run(nested()) == [IDS[0], IDS[1]]


def test_a_foreign_failure_names_its_article(caplog: pytest.LogCaptureFixture) -> None:
    """What a model given as an object raises is logged with its traceback."""
    reader = Summarizer(model=ScriptedModel([RuntimeError("%s odd")]), prompt="v1")
    (outcome,) = reader.summarize_many(TEXTS[:1])
    assert isinstance(outcome, Failure)
    (record,) = own(caplog)
    assert record.article_id == IDS[0]  # type: ignore[attr-defined]
    assert "%s odd" in record.getMessage()


def test_a_user_without_logging_sees_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    """A summary writes nothing on the screen."""
    summarize(TEXTS[0], model=ScriptedModel([GOOD]), prompt="v1")
    assert "".join(capfd.readouterr()) == ""
