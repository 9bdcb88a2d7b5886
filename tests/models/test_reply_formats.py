"""Servers without JSON schemas: each is asked in the way that it knows, and says so once."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

import pytest
from werkzeug import Request, Response

from builders import GOOD, PATH, completion, stated, summarizer
from communique.errors import InvalidReply, ProviderError
from communique.models.findings import forget_findings

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_httpserver import HTTPServer

TEXT = "Ruritania opposes the dam. Talks go on."
FENCED = f"Here are the statements:\n\n```json\n{GOOD}\n```\n"
PROSE = "**Position**: Ruritania opposes the dam."

Server = Callable[[dict[str, Any]], Response] if TYPE_CHECKING else object


def said(content: str | None, **message: Any) -> Response:
    choice = {"index": 0, "finish_reason": "stop",
              "message": {"role": "assistant", "content": content, **message}}  # fmt: skip
    return Response(json.dumps(completion(choices=[choice])), content_type="application/json")


def refusal(code: int, error: Any) -> Response:
    return Response(json.dumps({"error": error}), code)


def kind(body: dict[str, Any]) -> str:
    """Return how a request asks for the form of the answer."""
    if "tools" in body:
        return "tools"
    return body.get("response_format", {"type": "text"})["type"]


def shows_schema(body: dict[str, Any]) -> bool:
    return '"statements"' in body["messages"][-1]["content"]


def invalid(message: str, **more: Any) -> dict[str, Any]:
    return {"message": message, "type": "invalid_request_error", "param": None, **more}


def deepseek(body: dict[str, Any]) -> Response:
    """JSON objects only, and only if the question has the word."""
    if kind(body) == "json_schema":
        says = "This response_format type is unavailable now"
        return refusal(400, invalid(says, code="invalid_request_error"))
    if "json" not in json.dumps(body["messages"]).lower():
        says = "Prompt must contain the word 'json' in some form to use 'response_format'"
        return refusal(400, invalid(says))
    return said(GOOD if shows_schema(body) else "{}")


def early_deepseek(body: dict[str, Any]) -> Response:
    """The same, in the words of its deserializer."""
    if kind(body) == "json_schema":
        says = (
            "Failed to deserialize the JSON body into the target type: response_format: "
            "response_format.type `json_schema` is unavailable now at line 1 column 12440"
        )
        return refusal(422, invalid(says))
    return said(GOOD)


def groq(body: dict[str, Any]) -> Response:
    """For a model that has JSON objects only."""
    if kind(body) == "json_schema":
        says = (
            "'response_format.type' : value is not one of the allowed values ['text','json_object']"
        )
        return refusal(400, invalid(says))
    return said(GOOD)


def old_vllm(body: dict[str, Any]) -> Response:
    """The error of its request model, without an error object."""
    if kind(body) == "json_schema":
        says = (
            "[{'type': 'literal_error', 'loc': ('body', 'response_format', 'type'), 'msg': "
            "\"Input should be 'text' or 'json_object'\", 'input': 'json_schema'}]"
        )
        about = {"object": "error", "message": says, "type": "BadRequestError", "code": 400}
        return Response(json.dumps(about), 400)
    return said(GOOD)


def tools_only(body: dict[str, Any]) -> Response:
    """No response_format of any kind, as some gateways."""
    if kind(body) in {"json_schema", "json_object"}:
        return refusal(400, invalid("Unknown field: response_format"))
    if kind(body) == "text":
        return said(PROSE)
    name = body["tools"][0]["function"]["name"]
    assert body["tool_choice"]["function"]["name"] == name
    call = {"id": "1", "type": "function", "function": {"name": name, "arguments": GOOD}}
    return said(None, tool_calls=[call])


def nothing_at_all(body: dict[str, Any]) -> Response:
    """Neither response_format nor tools."""
    if kind(body) == "tools":
        return refusal(400, invalid("test does not support tools"))
    if kind(body) != "text":
        return refusal(400, invalid("structured output is not supported by this backend"))
    return said(FENCED if shows_schema(body) else PROSE)


def ollama(body: dict[str, Any]) -> Response:
    """Ignores what it does not know, and writes Markdown unless the question shows the form."""
    return said(FENCED if shows_schema(body) else PROSE)


def groq_best_effort(body: dict[str, Any]) -> Response:
    """Checks what the model wrote afterwards."""
    if kind(body) == "json_schema":
        error = {"message": "Failed to generate JSON. Please adjust your prompt.",
                 "type": "invalid_request_error", "code": "json_validate_failed",
                 "failed_generation": PROSE}  # fmt: skip
        return refusal(400, error)
    return said(GOOD)


SERVERS: dict[str, tuple[Server, list[str]]] = {
    "deepseek": (deepseek, ["json_schema", "json_object"]),
    "early-deepseek": (early_deepseek, ["json_schema", "json_object"]),
    "groq": (groq, ["json_schema", "json_object"]),
    "old-vllm": (old_vllm, ["json_schema", "json_object"]),
    "tools-only": (tools_only, ["json_schema", "json_object", "tools"]),
    "nothing": (nothing_at_all, ["json_schema", "json_object", "tools", "text"]),
    "ollama": (ollama, ["json_schema", "json_object"]),
    "groq-best-effort": (groq_best_effort, ["json_schema", "json_object"]),
}


def serve(server: HTTPServer, behave: Server) -> list[dict[str, Any]]:
    asked: list[dict[str, Any]] = []

    def handle(request: Request) -> Response:
        asked.append(request.get_json())
        return behave(asked[-1])

    server.expect_request(PATH, method="POST").respond_with_handler(handle)
    return asked


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what communique warned about; the test's own server logs, too."""
    ours = [record for record in caplog.records if record.name.startswith("communique")]
    return [record.getMessage() for record in ours if record.levelno >= logging.WARNING]


@pytest.mark.parametrize("streams", [False, True])
@pytest.mark.parametrize("name", SERVERS)
def test_a_server_is_asked_in_the_way_that_it_knows(
    httpserver: HTTPServer, caplog: pytest.LogCaptureFixture, name: str, streams: bool
) -> None:
    """Found out with the first article; later ones, of other Summarizers too, are asked so at once."""
    behave, ways = SERVERS[name]
    asked = serve(httpserver, behave)
    with caplog.at_level(logging.WARNING, "communique"), summarizer(httpserver) as reader:
        if streams:
            with reader.stream(TEXT) as statements:
                assert [item.id for item in statements] == ["position-1"]
            summary = statements.summary
        else:
            summary = reader.summarize(TEXT)
        assert [position.issue for position in summary.positions] == ["the dam"]
        assert [kind(body) for body in asked] == ways
        assert summary.provenance.attempts == len(ways)
        assert len(warnings(caplog)) == len(ways) - 1
        assert all("openai/test " in warning for warning in warnings(caplog))
    with summarizer(httpserver) as another:
        another.summarize(TEXT)
    assert [kind(body) for body in asked[len(ways) :]] == ways[-1:]
    assert len(warnings(caplog)) == len(ways) - 1


def test_what_was_found_out_is_forgotten_with_the_process(httpserver: HTTPServer) -> None:
    """A server that was upgraded is asked for its schema again."""
    asked = serve(httpserver, deepseek)
    for _ in range(2):
        with summarizer(httpserver) as reader:
            reader.summarize(TEXT)
        forget_findings()
    assert [kind(body) for body in asked] == ["json_schema", "json_object"] * 2


def test_lists_are_asked_for_in_the_question(httpserver: HTTPServer) -> None:
    """A JSON object, or the arguments of a tool, can't be a list, which prompt v2 asks for."""

    def objects_only(body: dict[str, Any]) -> Response:
        if kind(body) == "json_schema":
            return refusal(400, invalid("This response_format type is unavailable now"))
        is_gist = '"gist"' in body["messages"][-1]["content"]
        return said(json.dumps({"gist": "A dam."} if is_gist else stated()))

    asked = serve(httpserver, objects_only)
    with summarizer(httpserver, prompt="v2") as reader:
        summary = reader.summarize("Ruritania firmly opposes the dam.")
    assert [position.issue for position in summary.positions] == ["the dam"]
    assert [kind(body) for body in asked] == ["json_schema", "text", "json_object"]


def test_a_server_that_keeps_the_schema_is_never_doubted(httpserver: HTTPServer) -> None:
    """An answer that is JSON, but breaks the form, is the model's fault; so is no answer."""
    for content in ('{"gist": "x"}', "", '{"gist": "A d'):
        httpserver.clear()
        asked = serve(httpserver, lambda _, content=content: said(content))
        with summarizer(httpserver) as reader, pytest.raises(InvalidReply):
            reader.summarize(TEXT)
        assert [kind(body) for body in asked] == ["json_schema"] * 2


def test_attempts_are_limited_whatever_the_server_ignores(httpserver: HTTPServer) -> None:
    """Answers are paid for: a model that only chats costs no more of them than before."""
    asked = serve(httpserver, lambda _: said("I would rather chat."))
    with summarizer(httpserver, max_attempts=4) as reader, pytest.raises(InvalidReply) as caught:
        reader.summarize(TEXT)
    assert [kind(body) for body in asked] == ["json_schema", "json_object"]
    assert len(caught.value.raw_replies) == 2


def test_a_server_that_refuses_all_is_an_error(httpserver: HTTPServer) -> None:
    """Its own words are in the message."""
    serve(httpserver, lambda _: refusal(400, invalid("response_format and tools are forbidden")))
    with summarizer(httpserver) as reader, pytest.raises(ProviderError, match="are forbidden"):
        reader.summarize(TEXT)
