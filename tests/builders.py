"""What many tests build: a model's statements and replies, and the claims and summaries of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter
from werkzeug import Request, Response

from communique import Article, Summarizer, Summary, summarize
from communique.evaluation import GoldArticle
from communique.reading import Claim
from communique.statements import KINDS, Kind, StatementReply
from communique.testing import ScriptedModel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pytest_httpserver import HTTPServer

    from communique.evaluation import GoldStatement

__all__ = [
    "GOOD",
    "KEY",
    "PATH",
    "Said",
    "agreement",
    "answers",
    "claim",
    "completion",
    "condition",
    "fields",
    "gold_article",
    "position",
    "reply",
    "row",
    "stated",
    "status",
    "summarizer",
    "summary_of",
    "threat",
    "whole",
]

Said = dict[str, Any]
"""A statement as a model says it."""

_FIELDS: dict[Kind, Said] = {
    "position": {"actor": "Ruritania", "on_behalf_of": None, "issue": "the dam",
                 "stance": "opposes"},
    "condition": {"actor": "Ruritania", "on_behalf_of": None, "outcome": "talks start",
                  "relation": "after", "condition": "the election is held"},
    "threat": {"actor": "Ana Ruiz", "on_behalf_of": "Ruritania", "target": "Ulmia",
               "action": "close the border", "trigger": "the dam is built", "means": "economic"},
    "agreement": {"parties": ["Ruritania", "Ulmia"], "subject": "treaty", "status": "in_force"},
}  # fmt: skip


def fields(kind: Kind, **changes: Any) -> Said:
    """Return the fields of a statement of a kind, its kind included, without sentences."""
    return {"kind": kind, **_FIELDS[kind], **changes}


def position(*sentences: int, **changes: Any) -> Said:
    """Return a position as a model says it, with the sentences that show it: the first one."""
    return fields("position", sentences=list(sentences or (1,))) | changes


def condition(*sentences: int, **changes: Any) -> Said:
    """Return a condition as a model says it; see `position`."""
    return fields("condition", sentences=list(sentences or (1,))) | changes


def threat(*sentences: int, **changes: Any) -> Said:
    """Return a threat as a model says it; see `position`."""
    return fields("threat", sentences=list(sentences or (1,))) | changes


def agreement(*sentences: int, **changes: Any) -> Said:
    """Return an agreement as a model says it; see `position`."""
    return fields("agreement", sentences=list(sentences or (1,))) | changes


_REPLY: TypeAdapter[StatementReply] = TypeAdapter(StatementReply)


def reply(kind: Kind, **changes: Any) -> StatementReply:
    """Return a statement of a kind as the library has read it from a reply."""
    return _REPLY.validate_python(fields(kind, **changes))


def claim(*sentences: int, kind: Kind = "position", **changes: Any) -> Claim:
    """Return what a model says of these sentences, before anything is checked."""
    return Claim(reply(kind, **changes), sentences)


def whole(*statements: object, **changes: Any) -> dict[str, Any]:
    """Return the reply to prompt v1, which asks about the whole article."""
    return {"gist": "A dam divides two states.", "statements": list(statements), **changes}


def row(*sentences: int, kind: Kind = "position", **changes: Any) -> list[Any]:
    """Return a statement as a row of an answer to prompt v2; see `position`."""
    said = fields(kind, **changes)
    return [list(sentences or (1,)), kind, *(said[name] for name in KINDS[kind].written)]


def stated(issue: str = "the dam", actor: str = "Ruritania", sentence: int = 1) -> list[Any]:
    """Return the reply to a question of prompt v2 about a passage: a position."""
    return [row(sentence, issue=issue, actor=actor)]


def summary_of(article: Article | str, *statements: object, **changes: Any) -> Summary:
    """Summarize an article with prompt v1 and a model that replies with these statements."""
    model = ScriptedModel([whole(*statements, **changes)])
    return summarize(article, model=model, prompt="v1")


def gold_article(
    article: Article, statements: Iterable[GoldStatement] = (), slug: str = "sample"
) -> GoldArticle:
    return GoldArticle(slug, article, tuple(statements), "written for this test")


PATH = "/v1/chat/completions"
KEY = "canary-key-31415926"
GOOD = json.dumps(whole(position()))
"""A reply to prompt v1."""


def completion(content: object = GOOD, **changes: Any) -> dict[str, Any]:
    """Return a chat completion as servers send it.

    Args:
        content: what the model answers.
        changes: the choice's `refusal`, `finish_reason` and `logprobs`, and other fields of the
            body.
    """
    message = {"role": "assistant", "content": content, "refusal": changes.pop("refusal", None)}
    choice = {"index": 0, "finish_reason": changes.pop("finish_reason", "stop"), "message": message}
    if "logprobs" in changes:
        choice["logprobs"] = changes.pop("logprobs")
    usage = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120,
             "prompt_tokens_details": {"cached_tokens": 40}}  # fmt: skip
    body = {"id": "x", "object": "chat.completion", "created": 1, "model": "test-1"}
    return {**body, "choices": [choice], "usage": usage, **changes}


def status(code: int, body: Any = None, **headers: str) -> Response:
    """Return a server's error; by default it echoes the key."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(json.dumps(body or {"error": {"message": f"echo {KEY}"}}), code, names)


def answers(
    server: HTTPServer, *replies: Response | Callable[[], Response] | dict[str, Any]
) -> list[dict[str, Any]]:
    """Let the server give these answers in turn (the last one for ever); return what it was asked.

    Args:
        server: answers at `PATH`.
        replies: responses, functions that make one, or bodies to send as JSON.
    """
    asked: list[dict[str, Any]] = []

    def handle(request: Request) -> Response:
        asked.append(request.get_json())
        reply = replies[min(len(asked), len(replies)) - 1]
        if isinstance(reply, Response):
            return reply
        return reply() if callable(reply) else Response(json.dumps(reply))

    server.expect_request(PATH, method="POST").respond_with_handler(handle)
    return asked


def summarizer(server: HTTPServer, **settings: Any) -> Summarizer:
    """Return a summarizer whose model is behind the server, with the key that `status` echoes."""
    settings = {"max_attempts": 2, "prompt": "v1", "api_key": KEY, **settings}
    return Summarizer(model="openai/test", base_url=server.url_for("/v1"), **settings)
