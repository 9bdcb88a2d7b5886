"""A second model that reads an article at which the first has failed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from werkzeug import Request, Response

from builders import KEY, PATH, completion, position, threat, whole
from communique import Failure, Summarizer
from communique.errors import (
    ArticleError,
    AuthenticationFailed,
    CommuniqueError,
    InvalidReply,
    ModelNotAvailable,
    ProviderError,
    ProviderUnavailable,
    SettingsError,
)
from communique.models.retrying import INVALID_REPLY_ATTEMPTS

if TYPE_CHECKING:
    from pytest_httpserver import HTTPServer


TEXT = "Ruritania opposes the dam. Talks go on."
GOOD = completion(json.dumps(whole(position())), model="strong-1")
BROKEN = completion('{"gist": "x"}', model="cheap-1")


def failure(code: int, message: str = "sorry") -> Response:
    return Response(json.dumps({"error": {"message": message}}), code, {"Retry-After": "0"})


def serve(server: HTTPServer, **said: Response | dict[str, Any]) -> list[dict[str, Any]]:
    """Let each model answer in its own way; return what was asked."""
    asked: list[dict[str, Any]] = []

    def handle(request: Request) -> Response:
        asked.append(request.get_json())
        reply = said[asked[-1]["model"]]
        if isinstance(reply, Response):
            return reply
        return Response(json.dumps(reply), content_type="application/json")

    server.expect_request(PATH, method="POST").respond_with_handler(handle)
    return asked


def reader(server: HTTPServer, **settings: Any) -> Summarizer:
    given = {"max_attempts": 2, "api_key": KEY, "base_url": server.url_for("/v1"), **settings}
    return Summarizer(**{"model": "openai/cheap", "fallback_model": "openai/strong", **given})


MENDED: dict[str, tuple[Response | dict[str, Any], int]] = {
    "unavailable": (failure(503), 2),
    "rate-limited": (failure(429), 2),
    "refused-request": (failure(400), 1),
    "invalid": (BROKEN, INVALID_REPLY_ATTEMPTS),
    "cut-off": (completion('{"gist": "x', finish_reason="length"), 1),
    "declined": (completion("", refusal="I can't help with that"), 1),
    "too-long": (failure(400, "maximum context length is 10 tokens"), 1),
}


@pytest.mark.parametrize("name", MENDED)
def test_another_model_reads_what_the_first_could_not(
    httpserver: HTTPServer, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    """After its last attempt; the provenance names the other, and counts both."""
    reply, requests = MENDED[name]
    asked = serve(httpserver, cheap=reply, strong=GOOD)
    with reader(httpserver) as summarizer:
        summary = summarizer.summarize(TEXT)
    assert [request["model"] for request in asked] == ["cheap"] * requests + ["strong"]
    about = summary.provenance
    assert (about.model, about.provider, about.attempts) == ("strong-1", "openai", requests + 1)
    paid = requests if isinstance(reply, dict) else 0
    assert about.usage.calls == paid + 1
    assert about.usage.output_tokens == 20 * (paid + 1)
    assert [item.issue for item in summary.positions] == ["the dam"]
    assert "the fallback model is asked" in caplog.text


@pytest.mark.parametrize(
    ("reply", "error"),
    [(failure(401), AuthenticationFailed), (failure(403), AuthenticationFailed),
     (failure(404), ModelNotAvailable)],
)  # fmt: skip
def test_a_mistake_of_the_user_is_not_hidden(
    httpserver: HTTPServer, reply: Response, error: type[CommuniqueError]
) -> None:
    """A refused key, or a model that is not there, would be paid for unnoticed."""
    asked = serve(httpserver, cheap=reply, strong=GOOD)
    with reader(httpserver) as summarizer, pytest.raises(error):
        summarizer.summarize(TEXT)
    assert [request["model"] for request in asked] == ["cheap"]


def test_the_first_model_is_asked_alone_while_it_works(httpserver: HTTPServer) -> None:
    """And for the next article first again."""
    asked = serve(httpserver, cheap=GOOD)
    with reader(httpserver) as summarizer:
        for _ in range(2):
            assert summarizer.summarize(TEXT).provenance.attempts == 1
    assert [request["model"] for request in asked] == ["cheap"] * 2


def test_both_fail(httpserver: HTTPServer) -> None:
    """The error is the second one, with what both had cost."""
    serve(httpserver, cheap=BROKEN, strong=failure(503))
    with reader(httpserver) as summarizer, pytest.raises(ProviderUnavailable) as caught:
        summarizer.summarize(TEXT)
    assert caught.value.attempts == INVALID_REPLY_ATTEMPTS + 2
    assert len(caught.value.raw_replies) == INVALID_REPLY_ATTEMPTS
    assert caught.value.usage is not None
    assert caught.value.usage.calls == INVALID_REPLY_ATTEMPTS


def test_one_of_many(httpserver: HTTPServer) -> None:
    """Each article by itself."""
    serve(httpserver, cheap=BROKEN, strong=GOOD)
    with reader(httpserver) as summarizer:
        outcomes = list(summarizer.summarize_many([TEXT, "", f"{TEXT} It rains."]))
    assert sorted(type(outcome).__name__ for outcome in outcomes) == [
        "Failure",
        "Summary",
        "Summary",
    ]
    (failed,) = [outcome for outcome in outcomes if isinstance(outcome, Failure)]
    assert failed.error == ArticleError.__name__


def test_a_stream_begins_again(httpserver: HTTPServer) -> None:
    """What the first model had shown is retracted unless the other says it, too."""
    text = (
        "Ruritania opposes the dam. Ana Ruiz of Ruritania said it will close the border to Ulmia."
    )
    begun = json.dumps(whole(position(), threat(2, trigger=None), position()))[:-2]
    said = [{"choices": [{"index": 0, "delta": {"content": begun}}]},
            {"choices": [{"index": 0, "delta": {}, "finish_reason": "length"}]}]  # fmt: skip
    events = "".join(f"data: {json.dumps(event)}\n\n" for event in said) + "data: [DONE]\n\n"
    cut = Response(events, content_type="text/event-stream")
    serve(httpserver, cheap=cut, strong=GOOD)
    with reader(httpserver).stream(text) as statements:
        seen = [statement.id for statement in statements]
    assert seen == ["position-1", "threat-1", "position-1"]
    assert statements.retracted == {"threat-1"}
    assert [item.id for item in statements.summary.statements] == ["position-1"]
    assert statements.summary.provenance.model == "strong-1"


def test_another_providers_model_has_its_own_settings(
    httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Key, address and options of one provider are not for the other; neither are prices."""
    monkeypatch.setenv("DEEPSEEK_API_KEY", "another-key-27182818")
    options: dict[str, Any] = {"extra_body": {"x": 1}, "reasoning_effort": "low",
                               "prices": (1, 1, 1), "max_tokens": 9}  # fmt: skip
    with reader(httpserver, fallback_model="deepseek/chat", **options) as summarizer:
        first, second = (each.model for each in summarizer.readers)
    assert dict(first.options) == {key: options[key] for key in options if key != "prices"}
    assert dict(second.options) == {"max_tokens": 9}
    endpoint = second._endpoint  # type: ignore[attr-defined]
    assert endpoint.base_url == "https://api.deepseek.com"
    assert endpoint.api_key == "another-key-27182818"


def test_each_model_has_its_own_prompt() -> None:
    """Unless one is named: then it is for both."""
    models: dict[str, Any] = {"model": "openai/x", "api_key": KEY, "fallback_model": "local"}
    with Summarizer(**models) as summarizer:
        assert [each.prompt.version for each in summarizer.readers] == ["v1", "v2"]
    with Summarizer(**models, prompt="v1") as summarizer:
        assert [each.prompt.version for each in summarizer.readers] == ["v1", "v1"]


@pytest.mark.parametrize(
    ("fallback", "error", "says"),
    [("strong", SettingsError, "fallback_model: 'strong' does not have the form provider/name"),
     ("acme/x", ModelNotAvailable, "no provider 'acme'"),
     ("groq/x", ModelNotAvailable, "groq/x needs")],
)  # fmt: skip
def test_a_fallback_that_can_not_be_asked_is_refused_at_once(
    httpserver: HTTPServer, fallback: str, error: type[CommuniqueError], says: str
) -> None:
    """Not in the outage for which it is meant."""
    with pytest.raises(error, match=says):
        reader(httpserver, fallback_model=fallback)


def test_without_a_fallback_the_error_is_raised(httpserver: HTTPServer) -> None:
    """As ever."""
    serve(httpserver, cheap=BROKEN)
    with reader(httpserver, fallback_model=None) as summarizer, pytest.raises(InvalidReply):
        summarizer.summarize(TEXT)
    assert issubclass(InvalidReply, CommuniqueError)
    assert not issubclass(InvalidReply, ProviderError)
